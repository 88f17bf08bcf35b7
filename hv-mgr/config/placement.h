/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where in a guest's physical address space its carveouts go: the lowest free
 * place, so that the same stanzas in the same order get the same places, and a
 * device tree that names them can be written before there is a guest.
 *
 * arm64: libxl leaves 4 GiB .. 8 GiB free (GUEST_VPCI_PREFETCH_MEM, unused
 * without vPCI); everything else outside RAM is offered to Linux as extended
 * regions, where it puts grant and foreign mappings (libxl_arm.c,
 * make_hypervisor_node()).
 */
#ifndef CONFIG_PLACEMENT_H
#define CONFIG_PLACEMENT_H

#include <stddef.h>
#include <stdint.h>

/* A carveout that has its place: guest-physical bytes. */
struct placed {
	uint64_t base;
	uint64_t size;
};

/*
 * Choose a base for `size` bytes clear of `count` others, or check the one that
 * is asked for (gpa, 0: choose).  Bases are multiples of 2 MiB, so that no two
 * carveouts share a page table.
 * -ENOSPC: no room; -EINVAL: the range asked for cannot be used; -EEXIST: it
 * overlaps another carveout.
 */
int placement_choose(const struct placed *others, size_t count, uint64_t gpa,
		     uint64_t size, uint64_t *base);

#endif
