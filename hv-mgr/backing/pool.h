/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The pool backing: content lives at fixed addresses of host memory that the
 * host's device tree sets aside; windows are those very frames, mapped into the
 * guest.  The guest writes into the final resting place.
 *
 * Why no copy is needed here: such frames have no owner in Xen.  A guest can
 * neither grant them nor hand them to Xen, so that taking them out of its p2m
 * ends all its ways to them (struct hv_host, confines_iomem).  It has the right
 * to a frame only while a window is open over it.
 */
#ifndef BACKING_POOL_H
#define BACKING_POOL_H

#include "backing/backing.h"
#include "backing/guest.h"
#include "backing/pool_space.h"

/*
 * One page of its own that a guest with a carveout in a pool may have more: see
 * frames_evict().
 */
#define POOL_GUEST_PAGES 1

/* One pool of the host, reached. */
struct pool {
	struct pool_space space;
	struct hv_memory *memory;
};

/* Errors: those of hv_memory_open(), and -ENOMEM. */
int pool_open(struct hv *hv, const char *name, mfn_t first, uint64_t pages,
	      struct pool *pool);
void pool_close(struct pool *pool); /* accepts a zeroed one */

/*
 * Scrub a bounded piece (2 MiB) of what is free and dirty.  Returns 1 if there
 * is more to scrub, 0 if not, or a negated errno: it stays dirty.
 */
int pool_scrub(struct pool *pool);

struct pool_place {
	struct guest *guest; /* outlives the backing */
	const char *name;    /* the carveout's, for the log; outlives it too */
	struct pool *pool;   /* as well */
	gfn_t base;	     /* the carveout's first frame in the guest */
	mfn_t first;	     /* its frames, taken from pool->space */
	uint64_t size;	     /* bytes */
};

/*
 * A backing on frames that the caller took from the pool's space: they are the
 * backing's from now on, unless this fails: -EPERM: dom0 has no right to them
 * (hv_iomem_permit()); -ENOMEM.  destroy gives them back to be scrubbed;
 * hand_over keeps them.
 */
int pool_create(const struct pool_place *place, struct backing **backing);

/*
 * The same for frames that an earlier manager used: whatever of them the guest
 * may still have is taken away first, but for `count` windows that were open
 * then, and are to be withdrawn or kept by the caller.  If that fails (the
 * hypervisor does), the backing is there, and answers -EIO until it succeeds.
 */
int pool_adopt(const struct pool_place *place,
	       const struct backing_window *windows, unsigned int count,
	       struct backing **backing);

#endif
