/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The manager's private memory, by way of which content comes and goes.  Taken in
 * turn, so that one piece can be hashed while the next comes into other bytes.
 */
#ifndef CARVEOUT_SCRATCH_H
#define CARVEOUT_SCRATCH_H

#include <stddef.h>
#include <stdint.h>

#include "carveout/chunks.h"

/* The largest piece, or two of those that a stream has: one is hashed while the
 * next comes.  All of it is locked, and counts as the manager's. */
#define SCRATCH_SIZE CARVEOUT_CHUNK
#define SCRATCH_PIECE (SCRATCH_SIZE / 2)

struct scratch {
	uint8_t *bytes; /* SCRATCH_SIZE, page-aligned; its owner's */
	size_t next;	/* where the next piece begins */
};

/*
 * So many bytes, CARVEOUT_CHUNK at most, page-aligned, which nobody uses.  They
 * are the caller's until it hands them to the hasher, or takes others; it wipes
 * what it does not hand over.
 */
void *scratch_take(struct scratch *scratch, size_t length);

#endif
