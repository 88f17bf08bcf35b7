/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pools, as dom0's own device tree describes them.  A pool stands there twice,
 * with the same one `reg`:
 *
 *   /reserved-memory/NODE   no-map: keeps it out of Xen's heap and of Linux
 *   /NODE                   compatible = "hv-mgr,carveout-pool", label = NAME:
 *                           gives dom0 its right to it; Xen gives none for what
 *                           is under /reserved-memory alone (domain_build.c,
 *                           map_range_to_domain())
 */
#ifndef CONFIG_POOL_TREE_H
#define CONFIG_POOL_TREE_H

#include <stddef.h>
#include <stdint.h>

#include "carveoutif.h"
#include "config/sentence.h"

#define POOL_COMPATIBLE "hv-mgr,carveout-pool"
#define POOL_MEMORY_COMPATIBLE "hv-mgr,carveout-pool-memory"
#define POOL_NAME_MAX CARVEOUTIF_NAME_MAX
#define POOLS_MAX 8

struct pool_node {
	char name[POOL_NAME_MAX + 1]; /* its label, or the node's name */
	uint64_t address;	      /* host-physical; 0 if broken */
	uint64_t size;
	/* Why it cannot be used and how to mend that, as a sentence; empty: it
	 * can. */
	char problem[200];
};

/*
 * Find the pools in a flattened tree of `size` bytes, which may be anything.
 * Broken ones are among them, with their problem.  Returns how many, at most
 * POOLS_MAX; or -EINVAL with a sentence in error, if it is no device tree.
 */
int pool_tree_find(const void *fdt, size_t size, struct pool_node *pools,
		   struct sentence error);

/*
 * The tree that this kernel was booted with (/sys/firmware/fdt); the caller
 * frees it.  -ENOENT: there is none (x86, ACPI); or a negated errno.
 */
int pool_tree_live(void **fdt, size_t *size);

#endif
