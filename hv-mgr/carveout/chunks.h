/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which chunks of a carveout may be other than zero: so scrubbing, trimming and
 * reading back cost what was written, not how far up it was.
 */
#ifndef CARVEOUT_CHUNKS_H
#define CARVEOUT_CHUNKS_H

#include <stdbool.h>
#include <stdint.h>

#include "carveoutif.h"

/* Bytes handled in one go: the largest window, and one step of slow work. */
#define CARVEOUT_CHUNK CARVEOUTIF_WINDOW_MAX
/* Of the largest carveout, 4 GiB. */
#define CHUNKS_MAX ((unsigned int)((4ULL << 30) / CARVEOUT_CHUNK))

/* A bit a chunk; and where, to a page, the last of what was added ends. */
struct chunks {
	uint64_t bits[CHUNKS_MAX / 64];
	uint64_t end;
};

/* Add every chunk that a range of bytes touches. */
void chunks_add(struct chunks *chunks, uint64_t offset, uint64_t length);
void chunks_clear(struct chunks *chunks);

bool chunks_has(const struct chunks *chunks, uint64_t offset);
/* Does a range of bytes touch one of them? */
bool chunks_touch(const struct chunks *chunks, uint64_t offset,
		  uint64_t length);

/*
 * The first byte at or after `offset` that is in one of them, or `end` if none
 * before that is.
 */
uint64_t chunks_next(const struct chunks *chunks, uint64_t offset,
		     uint64_t end);

/* Where the last page ends of which a byte was added; 0: there is none. */
uint64_t chunks_end(const struct chunks *chunks);

#endif
