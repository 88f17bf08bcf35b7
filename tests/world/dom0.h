/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The admin: one request at a time over the manager's control socket, asked
 * again of the next manager if one dies over it.
 */
#ifndef TESTS_WORLD_DOM0_H
#define TESTS_WORLD_DOM0_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct dom0 {
	int fd;		    /* 0: not connected */
	char request[512];  /* JSON; empty: nothing is asked */
	unsigned int asked; /* how often */
	int error;	    /* of the last answer: 0 or a positive errno */
	uint8_t data[4096]; /* that came with it */
	uint8_t reply[32768];
	size_t length;
};

/* The socket's path, in a directory of this process's own. */
const char *dom0_socket(void);

__attribute__((format(printf, 1, 2))) void dom0_ask(const char *format, ...);

/* No request waits for an answer. */
bool dom0_answered(void);

/* Go on, without waiting. */
void dom0_step(void);
void dom0_hang_up(void);

#endif
