/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One watch of a guest's, on a connection of its own, spoken without
 * libxenstore.
 *
 * Linux may hand over a watch's first event before the reply to the request
 * that sets it (xenbus_write_watch() in
 * drivers/xen/xenbus/xenbus_dev_frontend.c: the event comes from the thread
 * xenwatch). The static libxenstore, which has no thread that reads, takes
 * whatever comes next for the reply, and hangs up (read_reply() in
 * tools/libs/store/xs.c): at nine attempts out of ten, on one processor.
 */
#ifndef WATCH_H
#define WATCH_H

#include <stdint.h>
#include <xen/io/xs_wire.h>

struct watch {
	int fd;
	/* the last event's: its path, and behind that the watch's token */
	char event[XENSTORE_PAYLOAD_MAX + 1];
};

/* Set it on `path`; -1 and errno. */
int watch_open(struct watch *watch, const char *path);

/* Wait for an event: its path, good until the next; NULL: there is none. */
const char *watch_next(struct watch *watch);

#endif
