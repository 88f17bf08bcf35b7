/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where the manager's time goes while guests load: for whoever makes it faster.
 * By wall clock: on a host with one processor a guest's time may be in it.
 */
#ifndef BASE_PHASE_H
#define BASE_PHASE_H

#include <stdint.h>

enum phase {
	PHASE_FETCH,	/* what a guest puts, into private memory */
	PHASE_STORE,	/* from there into the content */
	PHASE_HASH,	/* ... and into the digest; or waiting for who hashes */
	PHASE_RECORD,	/* the state, into the records' file */
	PHASE_OPEN,	/* memory behind a window */
	PHASE_KEEP,	/* a window's bytes, into the content */
	PHASE_WITHDRAW, /* a window's memory, away from the guest */
	PHASES
};

/* To be handed to phase_end(), when it is over. */
uint64_t phase_begin(void);
void phase_end(enum phase phase, uint64_t begun);

/* So far: how often, and nanoseconds of all together. */
struct phase_sum {
	const char *name; /* static storage */
	uint64_t count, ns;
};
struct phase_sum phase_sum(enum phase phase);

#endif
