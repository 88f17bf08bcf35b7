/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What systemd is told, if it started this process: that requests are taken,
 * and from then on that the loop still turns (sd_notify(3), WatchdogSec=).
 */
#ifndef DAEMON_NOTIFY_H
#define DAEMON_NOTIFY_H

#include <stdint.h>

struct notify {
	int fd;		/* -1: nobody wants to know */
	int64_t period; /* ms between two signs of life; -1: none is wanted */
	uint64_t at;	/* ms: the next one */
};

/* By the environment; before the sandbox, which connects to nobody. */
struct notify notify_open(void);
void notify_close(const struct notify *notify);

void notify_ready(const struct notify *notify);

/* A turn of the loop: milliseconds until there has to be another; -1: never. */
int64_t notify_turn(struct notify *notify);

#endif
