/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What hashes: a thread of its own, where there is a processor for it, so that
 * the next piece of a stream is fetched and stored meanwhile.  It has a copy,
 * as the manager's buffer is used again at once.  Until it is started all is
 * hashed by who asks.
 */
#ifndef CARVEOUT_HASHER_H
#define CARVEOUT_HASHER_H

#include <stddef.h>

struct gcry_md_handle;

/*
 * Once; libgcrypt is initialised.  The thread runs when this returns, so that a
 * filter of system calls may be loaded: it only hashes and waits from then on.
 * -errno: there is none, and all is hashed by who asks.
 */
int hasher_start(void);
/* What was added is hashed, and the thread has ended. */
void hasher_stop(void);

/* At most as much as CARVEOUT_CHUNK at once. */
void hasher_add(struct gcry_md_handle *md, const void *bytes, size_t length);

/* All that was added is hashed: before anything else is done with a handle. */
void hasher_wait(void);

#endif
