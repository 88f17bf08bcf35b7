/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where in a guest's physical address space its carveouts go.
 */
#ifndef CONFIG_PLACEMENT_H
#define CONFIG_PLACEMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/sentence.h"

/* Guest-physical bytes: a carveout that has its place, or what has it. */
struct placed {
	uint64_t base;
	uint64_t size;
};

/* Where carveouts of a guest may be: guest-physical bytes [first, end), but for
 * `never`. */
struct placement_space {
	uint64_t first;
	uint64_t end;
	struct placed never;
};

/* No carveout lies above, whatever the machine: a grant names a guest's frame
 * by 32 bits (grant_entry_v1). */
#define PLACEMENT_END (1ULL << 44)
/* Of every base: no two carveouts share a page table. */
#define PLACEMENT_ALIGN (2ULL << 20)

/*
 * arm64: libxl leaves 4 GiB .. 8 GiB free (GUEST_VPCI_PREFETCH_MEM, unused
 * without vPCI); everything else outside RAM is offered to Linux as extended
 * regions, where it puts grant and foreign mappings (libxl_arm.c,
 * make_hypervisor_node()).
 */
struct placement_space placement_arm64(void);

/*
 * x86: libxl puts RAM up to the hole below 4 GiB, and the rest from 4 GiB up
 * (libxl_x86.c, domain_construct_memmap()); so it ends at most at 4 GiB + all
 * that the guest may ever have (`memory`, bytes).  Carveouts begin there, and
 * no higher than they have to: who saves a guest, sends it elsewhere or dumps
 * it goes through every frame number below the highest that was ever in use,
 * eight octets each in the stream, and nothing makes that lower again
 * (x86_hvm_setup() and write_batch() in xg_sr_save*.c; p2m->max_mapped_pfn).
 *
 * Linux places what it makes up itself (hotplugged memory, foreign mappings) in
 * the lowest hole that has room, in sections of 128 MiB (allocate_resource() in
 * drivers/xen/balloon.c and unpopulated-alloc.c).  It has as much room beside
 * its memory as lies of that below 4 GiB, or up to 4 GiB, for RAM there was
 * counted as if it lay above, too; and it goes round a carveout whose driver
 * has claimed it.
 *
 * The end is that of the physical addresses (address_bits, as CPUID 0x80000008
 * tells them).  Never at 0xfd00000000 .. 2^40, which AMD's processors and
 * IOMMUs keep for HyperTransport.  first > end: there is no room at all.
 */
struct placement_space placement_x86(unsigned int address_bits,
				     uint64_t memory);

/*
 * Choose a base for `size` bytes clear of `count` others, or check the one that
 * is asked for (gpa, 0: choose).  The lowest there is, so that the same stanzas
 * in the same order get the same places, and a device tree that names them can
 * be written before there is a guest.  Bases are multiples of 2 MiB, so that no
 * two carveouts share a page table. -ENOSPC: no room; -EINVAL: the range asked
 * for cannot be used; -EEXIST: it overlaps another carveout.
 */
int placement_choose(const struct placement_space *space,
		     const struct placed *others, size_t count, uint64_t gpa,
		     uint64_t size, uint64_t *base);

/* What its error means to a person.  gpa: as it was asked for. */
void placement_explain(const struct placement_space *space, uint64_t gpa,
		       int rc, struct sentence why);

#endif
