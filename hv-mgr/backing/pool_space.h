/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which frames of a pool are whose: taken or free, and if free, known to be
 * zero or not.  Book-keeping alone; touches no memory of the pool.
 */
#ifndef BACKING_POOL_SPACE_H
#define BACKING_POOL_SPACE_H

#include <stdbool.h>

#include "carveoutif.h"
#include "hv/hv.h"

struct pool_space {
	char name[CARVEOUTIF_NAME_MAX + 1];
	mfn_t first;
	uint64_t pages;
	uint8_t *state; /* one enum page_state a page */
	uint64_t dirty; /* free pages that are not known to be zero */
};

/* All free, and all dirty: who knows what was there before.  -ENOMEM. */
int pool_space_init(struct pool_space *space, const char *name, mfn_t first,
		    uint64_t pages);
void pool_space_free(struct pool_space *space);

/* Take the lowest free range of so many pages.  -ENOSPC: there is none.
 * *clean: all of it is known to be zero. */
int pool_space_take(struct pool_space *space, uint64_t pages, mfn_t *first,
		    bool *clean);
/* Take this range.  -EINVAL: it is not in the pool; -EBUSY: some of it is
 * taken. */
int pool_space_take_at(struct pool_space *space, mfn_t first, uint64_t pages,
		       bool *clean);

/* Give a taken range back; it is dirty. */
void pool_space_return(struct pool_space *space, mfn_t first, uint64_t pages);

/*
 * The lowest dirty free range, at most `most` pages of it: its index from the
 * pool's first page, and its length, 0 if there is none.
 */
uint64_t pool_space_dirty(const struct pool_space *space, uint64_t most,
			  uint64_t *page);
/* A dirty range is zero now. */
void pool_space_cleaned(struct pool_space *space, uint64_t page,
			uint64_t pages);

struct pool_space_usage {
	uint64_t free;	  /* pages */
	uint64_t dirty;	  /* of these, those that are still to be scrubbed */
	uint64_t largest; /* pages of the largest free range */
	uint64_t ranges;  /* free ranges: 1 if nothing is fragmented */
};
struct pool_space_usage pool_space_usage(const struct pool_space *space);

#endif
