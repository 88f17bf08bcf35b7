/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What hashes: a thread of its own, where there is a processor for it, so that
 * the next piece of a stream is fetched and stored meanwhile.  Until it is
 * started all is hashed by who asks.
 */
#ifndef CARVEOUT_HASHER_H
#define CARVEOUT_HASHER_H

#include <stddef.h>

struct sha256;

/*
 * Once, after sha256_init().  The thread runs when this returns, so that a
 * filter of system calls may be loaded: it only hashes and waits from then on.
 * -errno: there is none, and all is hashed by who asks.
 */
int hasher_start(void);
/* What was added is hashed, and the thread has ended. */
void hasher_stop(void);

/*
 * These bytes are hashed, then wiped; until then they are nobody else's.  What
 * was added to a digest before is hashed before.
 */
void hasher_add(struct sha256 *sha256, void *bytes, size_t length);

/* None of these bytes is to be hashed any more. */
void hasher_wait_for(const void *bytes, size_t length);

/* All that was added is hashed: before anything else is done with a digest. */
void hasher_wait(void);

#endif
