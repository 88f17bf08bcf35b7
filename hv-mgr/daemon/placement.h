/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where in a guest's physical address space a carveout goes.
 *
 * arm64: libxl leaves 4 GiB .. 8 GiB free (GUEST_VPCI_PREFETCH_MEM, unused
 * without vPCI); everything else outside RAM is offered to Linux as extended
 * regions, where it puts grant and foreign mappings (libxl_arm.c,
 * make_hypervisor_node()).
 */
#ifndef DAEMON_PLACEMENT_H
#define DAEMON_PLACEMENT_H

#include "daemon/manager.h"

/*
 * Choose a base for `size` bytes clear of the tenant's other carveouts, or
 * check the one that is asked for (gpa, 0: choose).  Bases are multiples of
 * 2 MiB, so that no two carveouts share a page table.
 * -ENOSPC: no room; -EINVAL: the range asked for cannot be used; -EEXIST: it
 * overlaps another carveout.
 */
int placement_choose(const struct tenant *tenant, uint64_t gpa, uint64_t size,
		     uint64_t *base);

#endif
