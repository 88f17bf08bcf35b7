/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Setting a pool aside in a host's device tree: the one that its firmware gives
 * to Xen, not the one that Xen makes of it for dom0.  See pool_tree.h for how a
 * pool stands there.
 */
#ifndef CONFIG_HOST_TREE_H
#define CONFIG_HOST_TREE_H

#include <stddef.h>
#include <stdint.h>

#include "config/dtb.h"
#include "config/host_warnings.h"
#include "config/pool_tree.h"

struct host_request {
	uint64_t size;	  /* a multiple of 4 KiB */
	uint64_t address; /* a multiple of 4 KiB; 0: choose one */
	const char *name; /* NULL: pool0, or the first such that is free */
	/* What else is in use when Xen starts, and not in the tree. */
	const struct dtb_range *avoid;
	size_t avoid_count;
};

struct host_plan {
	char name[POOL_NAME_MAX + 1];
	uint64_t address, size;
	struct host_warnings warnings;
};

/*
 * Find a place for a pool in a tree, which may be anything: inside one bank of
 * memory, clear of all that is known to be in use; and if no address is asked
 * for, of where boot firmware puts what no tree names.  -EINVAL: the tree, or
 * what is asked for, is wrong; -ENOSPC: there is no such place; -EEXIST: what
 * is asked for is in use; -ENOMEM.
 */
int host_tree_plan(const void *fdt, size_t size,
		   const struct host_request *request, struct host_plan *plan,
		   struct sentence error);

/*
 * The overlay that adds the planned pool to that tree.  It names its target by
 * path, so that the tree needs no symbols.
 */
int host_tree_overlay(const void *fdt, const struct host_plan *plan,
		      struct dtb_blob *overlay, struct sentence error);

/*
 * The tree with the overlay applied.  Adds to the plan's warnings what hv-mgr
 * will say of the pool, if it will not use it.
 */
int host_tree_merge(const void *fdt, const struct dtb_blob *overlay,
		    struct host_plan *plan, struct dtb_blob *merged,
		    struct sentence error);

#endif
