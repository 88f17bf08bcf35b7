/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The processors' addresses that a device tree names: every range of a node's
 * `reg`, and every window through which a bus shows what is behind it, seen
 * through the `ranges` of all buses above.
 */
#ifndef CONFIG_DTB_NAMED_H
#define CONFIG_DTB_NAMED_H

#include "config/dtb.h"

/* Other than 0 ends the search, and is what it returns.  The range may go
 * beyond the last address. */
typedef int dtb_named_fn(void *context, int node, struct dtb_range range);

/*
 * Tell of each, in the order of the tree; one that dtb_check() took.
 *
 * Not told of: banks of memory; dma-ranges, which are devices' addresses; what
 * is on a bus that shows the processors nothing (I2C, cpus), or shows it
 * through windows of another kind than addresses (PCI: those windows are told
 * of).  Of ordinary windows those are that move addresses: one that does not,
 * of a whole SoC, says nothing of what is there.
 *
 * Below /reserved-memory and /chosen `ranges` do not count, as for Xen
 * (bootinfo-fdt.c, before 4.20 bootfdt.c).
 *
 * -EINVAL with a sentence: a reg there cannot be understood, or the tree is
 * too deep, or takes too long.
 */
int dtb_each_named(const void *fdt, dtb_named_fn *each, void *context,
		   struct sentence error);

/* A root's child that is a bank of memory, in use or not. */
bool dtb_is_memory(const void *fdt, int node);

#endif
