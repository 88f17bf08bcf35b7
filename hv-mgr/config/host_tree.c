// SPDX-License-Identifier: GPL-2.0-only
#include "config/host_tree.h"

#include <errno.h>
#include <inttypes.h>
#include <libfdt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/host_use.h"
#include "config/name.h"
#include "range.h"

/* So that guests' windows can be blocks of 2 MiB in their page tables. */
#define CHOSEN_ALIGN (2ULL << 20)
#define FOUR_GIB (1ULL << 32)

/*
 * Boot firmware puts itself, and what it loads for Xen, at the top of a bank,
 * and no tree says so.  Measured, QEMU's virt with 2 GiB: the last 36 MiB
 * (U-Boot 2023.01) and 94 MiB (EDK2, with a kernel and an initrd); these may be
 * much larger.  U-Boot's load addresses, and QEMU's, are at the bottom of the
 * lowest bank.
 */
#define FIRMWARE_TOP_LEAST (128ULL << 20)
#define FIRMWARE_TOP_MOST (512ULL << 20)
#define FIRMWARE_BOTTOM (128ULL << 20)

static int check_request(const struct host_request *request,
			 struct sentence error)
{
	struct dtb_range range = { request->address, request->size };

	if (!request->size || !range_page_aligned(request->size))
		return sentence_set(error, -EINVAL,
				    "a pool of %" PRIu64
				    " bytes: its size must be a multiple of 4K",
				    request->size);
	if (!range_page_aligned(request->address))
		return sentence_set(error, -EINVAL,
				    "a pool at 0x%" PRIx64
				    ": its address must be a multiple of 4K",
				    request->address);
	if (!dtb_range_fits(range))
		return sentence_set(
			error, -EINVAL,
			"a pool at 0x%" PRIx64
			" of that size goes beyond the last address",
			request->address);
	if (request->name &&
	    !name_is_right(request->name, strlen(request->name)))
		return sentence_set(
			error, -EINVAL,
			"\"%.40s\" is no name for a pool: it begins with one of a-z, 0-9 and goes on with at most 30 of a-z, 0-9, _, -",
			request->name);
	return 0;
}

static bool is_label_used(const void *fdt, const char *name)
{
	int node;

	fdt_for_each_subnode(node, fdt, 0) {
		const char *label = dtb_string(fdt, node, "label");

		if (label && !strcmp(label, name) &&
		    dtb_is_compatible(fdt, node, POOL_COMPATIBLE))
			return true;
	}
	return false;
}

static int choose_name(const void *fdt, const struct host_request *request,
		       struct host_plan *plan, struct sentence error)
{
	if (request->name) {
		snprintf(plan->name, sizeof(plan->name), "%s", request->name);
		if (!is_label_used(fdt, plan->name))
			return 0;
		return sentence_set(error, -EEXIST,
				    "the tree has a pool called %s already",
				    plan->name);
	}
	for (int i = 0; i < POOLS_MAX; i++) {
		snprintf(plan->name, sizeof(plan->name), "pool%d", i);
		if (!is_label_used(fdt, plan->name))
			return 0;
	}
	return sentence_set(error, -ENOSPC,
			    "the tree has %d pools already, which is the most",
			    POOLS_MAX);
}

static uint64_t end_of(struct dtb_range range)
{
	return range.address + range.size;
}

/* A quarter of the bank, within bounds. */
static uint64_t firmware_top(struct dtb_range bank)
{
	if (bank.size / 4 < FIRMWARE_TOP_LEAST)
		return FIRMWARE_TOP_LEAST;
	return bank.size / 4 > FIRMWARE_TOP_MOST ? FIRMWARE_TOP_MOST :
						   bank.size / 4;
}

/* What of a bank, cut off at limit, is not left to firmware: maybe nothing. */
static struct dtb_range choosable(const struct host_use *use,
				  struct dtb_range bank, uint64_t limit)
{
	uint64_t top;

	if (bank.address >= limit)
		return (struct dtb_range){ 0, 0 };
	if (end_of(bank) > limit)
		bank.size = limit - bank.address;
	top = firmware_top(bank);
	if (bank.address == use->banks[0].address)
		top += FIRMWARE_BOTTOM;
	if (bank.size <= top)
		return (struct dtb_range){ 0, 0 };
	if (bank.address == use->banks[0].address)
		bank.address += FIRMWARE_BOTTOM;
	bank.size -= top;
	return bank;
}

static bool is_within(struct dtb_range range, struct dtb_range outer)
{
	return range.address >= outer.address &&
	       range_within(range.address - outer.address, range.size,
			    outer.size);
}

static void warn_of_firmware(const struct host_use *use, struct dtb_range range,
			     struct dtb_range bank,
			     struct host_warnings *warnings)
{
	if (!is_within(range, choosable(use, bank, FOUR_GIB)) &&
	    !is_within(range, choosable(use, bank, UINT64_MAX)))
		host_warn(
			warnings,
			"0x%" PRIx64
			" is where U-Boot and UEFI put themselves or what they load, which no tree names: see that it is free (xl dmesg: MODULE, bdinfo in U-Boot, memmap in UEFI's shell)",
			range.address);
}

static int check_place(const void *fdt, const struct host_use *use,
		       struct dtb_range range, struct host_plan *plan,
		       struct sentence error)
{
	const struct host_range *taken = host_use_overlap(use, range);
	char what[HOST_WHAT_MAX];

	if (taken)
		return sentence_set(
			error, -EEXIST,
			"0x%" PRIx64 " to 0x%" PRIx64 " overlaps %s, 0x%" PRIx64
			" to 0x%" PRIx64 "; choose another --at, or none",
			range.address, range.address + range.size - 1,
			host_use_what(fdt, taken, what), taken->range.address,
			taken->range.address + taken->range.size - 1);
	for (size_t i = 0; i < use->bank_count; i++) {
		if (!is_within(range, use->banks[i]))
			continue;
		warn_of_firmware(use, range, use->banks[i], &plan->warnings);
		return 0;
	}
	return sentence_set(error, -EINVAL,
			    "0x%" PRIx64 " to 0x%" PRIx64
			    " is not inside one bank of memory of this tree",
			    range.address, range.address + range.size - 1);
}

/* The highest place in a range, or 0. */
static uint64_t highest_in(const struct host_use *use, struct dtb_range range,
			   uint64_t size)
{
	struct dtb_range at = { end_of(range), size };
	const struct host_range *taken;

	for (;;) {
		if (at.address < size)
			return 0;
		at.address = (at.address - size) & ~(CHOSEN_ALIGN - 1);
		if (at.address < range.address)
			return 0;
		taken = host_use_overlap(use, at);
		if (!taken)
			return at.address;
		at.address = taken->range.address;
	}
}

static uint64_t highest(const struct host_use *use, uint64_t size,
			uint64_t limit)
{
	uint64_t best = 0, at;

	for (size_t i = 0; i < use->bank_count; i++) {
		at = highest_in(use, choosable(use, use->banks[i], limit),
				size);
		if (at > best)
			best = at;
	}
	return best;
}

static int choose_place(const void *fdt, const struct host_use *use,
			const struct host_request *request,
			struct host_plan *plan, struct sentence error)
{
	plan->size = request->size;
	plan->address = request->address;
	if (plan->address)
		return check_place(fdt, use,
				   (struct dtb_range){ plan->address,
						       plan->size },
				   plan, error);
	/* Devices that read firmware there may reach no further. */
	plan->address = highest(use, plan->size, FOUR_GIB);
	if (!plan->address)
		plan->address = highest(use, plan->size, UINT64_MAX);
	if (plan->address)
		return 0;
	return sentence_set(
		error, -ENOSPC,
		"no bank of memory has %" PRIu64
		" bytes in one piece that the tree leaves free, with room for boot firmware at its ends; take a smaller --size, or name a place with --at",
		plan->size);
}

static bool fits_cells(const struct host_plan *plan, struct dtb_cells cells)
{
	return (cells.address == 2 || plan->address <= UINT32_MAX) &&
	       (cells.size == 2 || plan->size <= UINT32_MAX);
}

static int check_cells(const void *fdt, const struct host_plan *plan,
		       struct sentence error)
{
	struct dtb_cells root, reserved;
	int rc = host_tree_cells(fdt, &root, &reserved, error);

	if (rc)
		return rc;
	if (fits_cells(plan, root) && fits_cells(plan, reserved))
		return 0;
	return sentence_set(
		error, -EINVAL,
		"0x%" PRIx64 " and its size 0x%" PRIx64
		" do not fit into this tree's cells, which hold 32 bits; choose another --at or --size",
		plan->address, plan->size);
}

static int check_nodes(const void *fdt, const struct host_plan *plan,
		       struct sentence error)
{
	char path[80];

	snprintf(path, sizeof(path), "/carveout-pool@%" PRIx64, plan->address);
	if (fdt_path_offset(fdt, path) < 0) {
		snprintf(path, sizeof(path),
			 "/reserved-memory/carveout-pool@%" PRIx64,
			 plan->address);
		if (fdt_path_offset(fdt, path) < 0)
			return 0;
	}
	return sentence_set(
		error, -EEXIST,
		"the tree has a node %s already: take it out, or choose another --at",
		path);
}

int host_tree_plan(const void *fdt, size_t size,
		   const struct host_request *request, struct host_plan *plan,
		   struct sentence error)
{
	struct host_use use = { 0 };
	int rc = dtb_check(fdt, size, error);

	*plan = (struct host_plan){ 0 };
	if (!rc)
		rc = check_request(request, error);
	if (!rc)
		rc = choose_name(fdt, request, plan, error);
	if (!rc)
		rc = host_use_read(fdt, &use, error);
	if (!rc)
		rc = host_use_avoid(&use, request->avoid, request->avoid_count,
				    error);
	plan->warnings = use.warnings;
	if (!rc)
		rc = choose_place(fdt, &use, request, plan, error);
	if (!rc)
		rc = check_cells(fdt, plan, error);
	if (!rc)
		rc = check_nodes(fdt, plan, error);
	host_use_free(&use);
	return rc;
}
