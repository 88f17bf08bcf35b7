/* SPDX-License-Identifier: GPL-2.0-only */
/* The host's pools: found in dom0's device tree, scrubbed, given out. */
#ifndef DAEMON_POOLS_H
#define DAEMON_POOLS_H

#include "backing/pool.h"
#include "config/pool_tree.h"
#include "config/stanza.h"
#include "daemon/manager.h"

struct host_pool {
	struct pool_node node; /* with why it cannot be used, if so */
	struct pool pool;      /* zeroed if it cannot */
};

struct pools {
	struct host_pool at[POOLS_MAX];
	unsigned int count;
	char problem[200]; /* why there may be more; empty: there are not */
	hv_domid suspect;  /* pools_suspect(); 0: none */
};

/* Find them.  What is broken is logged, and shown by pool list.  -ENOMEM. */
int pools_start(struct manager *manager);
void pools_stop(struct manager *manager);

/* NULL: there is no usable pool of this name. */
struct pool *pools_find(struct manager *manager, const char *name);

/* Frames for a carveout. */
struct pool_frames {
	struct pool *pool;
	mfn_t first;
	bool clean; /* known to be zero */
};

/*
 * Take frames as the stanza says.  Returns 0, or a negated errno with the end
 * of a sentence in why: -EOPNOTSUPP, -ENOENT no such pool, -EINVAL at= is
 * outside, -EBUSY somebody has it, -ENOSPC.
 */
int pools_take(struct manager *manager, const struct stanza *stanza,
	       struct pool_frames *frames, struct sentence why);

/*
 * A guest lives whose frames are not known, because what was recorded of it
 * cannot be used: it may have windows onto any frame that looks free.
 * pools_withhold(), when all records have been read, takes the pools out of use
 * if there was such a guest.
 */
void pools_suspect(struct manager *manager, hv_domid domid);
void pools_withhold(struct manager *manager);

/* One bounded step of scrubbing what is free.  Returns true if there is more. */
bool pools_scrub(struct manager *manager);

#endif
