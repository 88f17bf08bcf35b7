/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * SHA-256 of a carveout's content while it streams in.  As long as pieces
 * arrive in order, each is hashed from the manager's private memory, once; a
 * piece out of order, or a rewrite, makes the running digest worthless, and the
 * seal hashes the whole vault instead.
 */
#ifndef CARVEOUT_MEASURE_H
#define CARVEOUT_MEASURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/sha256.h"
#include "carveoutif.h"

#define MEASURE_DIGEST_SIZE CARVEOUTIF_DIGEST_SIZE
_Static_assert(MEASURE_DIGEST_SIZE == SHA256_SIZE, "what the protocol carries");

struct measure {
	struct sha256 *sha256;
	uint64_t upto; /* [0, upto) is hashed */
	bool in_order;
};

/* -ENOMEM.  measure_close() accepts a zeroed struct. */
int measure_open(struct measure *measure);
void measure_close(struct measure *measure);

/* Start again from nothing. */
void measure_reset(struct measure *measure);

/* What was added says nothing of the content any more: covers nothing, until
 * the next reset. */
void measure_forget(struct measure *measure);

/* These bytes are the content at offset.  They are wiped, not before they are
 * hashed: hasher_add(). */
void measure_add(struct measure *measure, uint64_t offset, void *bytes,
		 size_t length);

/* Does the running digest cover exactly [0, length)? */
bool measure_covers(const struct measure *measure, uint64_t length);

/* The digest of all that was added.  The measure must be reset after that. */
void measure_finish(struct measure *measure,
		    uint8_t digest[MEASURE_DIGEST_SIZE]);

#endif
