// SPDX-License-Identifier: GPL-2.0-only
#include "config/host_use.h"

#include <errno.h>
#include <libfdt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/dtb_named.h"
#include "config/host_reading.h"

int host_tree_cells(const void *fdt, struct dtb_cells *root,
		    struct dtb_cells *reserved, struct sentence error)
{
	int node = fdt_subnode_offset(fdt, 0, "reserved-memory");
	int rc = dtb_root_cells(fdt, root, error);

	*reserved = *root;
	if (!rc && node >= 0)
		rc = dtb_cells(fdt, node, reserved, error);
	return rc;
}

static int add_bank(const struct host_reading *reading, struct dtb_range bank)
{
	struct host_use *use = reading->use;

	if (!bank.size)
		return 0;
	if (use->bank_count == HOST_BANKS_MAX)
		return sentence_set(reading->error, -EINVAL,
				    "the tree has more than %d banks of memory",
				    HOST_BANKS_MAX);
	if (!dtb_range_fits(bank))
		return sentence_set(
			reading->error, -EINVAL,
			"a bank of memory goes beyond the last address");
	use->banks[use->bank_count++] = bank;
	return 0;
}

static int read_memory(const struct host_reading *reading, int node,
		       struct dtb_cells cells)
{
	const char *type = dtb_string(reading->fdt, node, "device_type");
	char name[DTB_NAME_MAX];
	struct dtb_reg reg;
	int rc;

	if (!type || strcmp(type, "memory") ||
	    !dtb_is_enabled(reading->fdt, node))
		return 0;
	rc = dtb_reg(reading->fdt, node, cells, &reg);
	if (rc)
		return sentence_set(
			reading->error, -EINVAL,
			"%s has no reg that goes with #address-cells and #size-cells of the root",
			dtb_name(reading->fdt, node, name));
	for (int i = 0; !rc && i < reg.count; i++)
		rc = add_bank(reading, dtb_reg_at(&reg, i));
	return rc;
}

/* dom0's tree, or a guest's, names their memory and not the host's. */
static int refuse_made(const struct host_reading *reading)
{
	int node;

	fdt_for_each_subnode(node, reading->fdt, 0)
		if (dtb_is_compatible(reading->fdt, node, "xen,xen"))
			return sentence_set(
				reading->error, -EINVAL,
				"this tree was made by Xen, for dom0 or a guest; a pool goes into the one that the board's firmware gives to Xen: the .dtb on its boot partition, or beside the board's kernel");
	return 0;
}

static int by_address(const void *a, const void *b)
{
	const struct dtb_range *one = a, *other = b;

	return (one->address > other->address) -
	       (one->address < other->address);
}

/*
 * Banks that touch are one: cells of 32 bits cannot say more than 4 GiB.  Xen
 * takes what is reserved out of each bank by itself (setup_mm()).
 */
static void join_banks(struct host_use *use)
{
	struct dtb_range *last = use->banks;

	qsort(use->banks, use->bank_count, sizeof(*use->banks), by_address);
	for (size_t i = 1; i < use->bank_count; i++) {
		if (last->address + last->size == use->banks[i].address)
			last->size += use->banks[i].size;
		else
			*++last = use->banks[i];
	}
	use->bank_count = (size_t)(last - use->banks) + 1;
}

static int read_banks(const struct host_reading *reading,
		      struct dtb_cells cells)
{
	int node, rc;

	fdt_for_each_subnode(node, reading->fdt, 0) {
		rc = read_memory(reading, node, cells);
		if (rc)
			return rc;
	}
	if (reading->use->bank_count) {
		join_banks(reading->use);
		return 0;
	}
	return sentence_set(
		reading->error, -EINVAL,
		"the tree has no memory: no node at the root with device_type = \"memory\" and a reg; was it the board's? Some get theirs from the boot loader");
}

static int take_named(void *context, int node, struct dtb_range range)
{
	return host_take(context, range, "", node);
}

static void warn_of_unplaced(const struct host_reading *reading)
{
	int parent = fdt_subnode_offset(reading->fdt, 0, "reserved-memory");
	char name[DTB_NAME_MAX];
	int node;

	if (parent < 0)
		return;
	fdt_for_each_subnode(node, reading->fdt, parent) {
		if (!fdt_getprop(reading->fdt, node, "size", NULL) ||
		    fdt_getprop(reading->fdt, node, "reg", NULL))
			continue;
		host_warn(
			&reading->use->warnings,
			"/reserved-memory/%s gets its place only when the system boots, beside the pool",
			dtb_name(reading->fdt, node, name));
		return;
	}
}

/* Where processors wait until they are started: in memory, and the firmware's
 * (Linux, smp_spin_table.c). */
static int read_spin_tables(const struct host_reading *reading)
{
	int cpus = fdt_subnode_offset(reading->fdt, 0, "cpus"), node, rc;
	struct dtb_range table = { .size = sizeof(uint64_t) };

	if (cpus < 0)
		return 0;
	fdt_for_each_subnode(node, reading->fdt, cpus) {
		if (!dtb_number_of(reading->fdt, node, "cpu-release-addr",
				   &table.address))
			continue;
		rc = host_take(reading, table, "cpu-release-addr", node);
		if (rc)
			return rc;
	}
	return 0;
}

static int read_memreserve(const struct host_reading *reading)
{
	int count = fdt_num_mem_rsv(reading->fdt), rc = 0;
	struct dtb_range range;

	for (int i = 0; !rc && i < count; i++) {
		if (fdt_get_mem_rsv(reading->fdt, i, &range.address,
				    &range.size))
			break;
		rc = host_take(reading, range, "a /memreserve/", -1);
	}
	return rc;
}

int host_use_read(const void *fdt, struct host_use *use, struct sentence error)
{
	struct host_reading reading = { fdt, use, error };
	struct dtb_cells root, reserved;
	int rc = host_tree_cells(fdt, &root, &reserved, error);

	*use = (struct host_use){ 0 };
	if (rc)
		return rc;
	use->banks = calloc(HOST_BANKS_MAX, sizeof(*use->banks));
	use->taken = calloc(HOST_TAKEN_MAX, sizeof(*use->taken));
	if (!use->banks || !use->taken)
		return sentence_set(error, -ENOMEM, "out of memory");
	rc = refuse_made(&reading);
	if (!rc)
		rc = read_banks(&reading, root);
	if (!rc)
		rc = dtb_each_named(fdt, take_named, &reading, error);
	if (!rc)
		rc = read_memreserve(&reading);
	if (!rc)
		rc = read_spin_tables(&reading);
	if (!rc)
		rc = host_read_chosen(&reading);
	warn_of_unplaced(&reading);
	return rc;
}

void host_use_free(struct host_use *use)
{
	free(use->banks);
	free(use->taken);
	*use = (struct host_use){ 0 };
}

int host_use_avoid(struct host_use *use, const struct dtb_range *ranges,
		   size_t count, struct sentence error)
{
	struct host_reading reading = { .use = use, .error = error };
	int rc = 0;

	for (size_t i = 0; !rc && i < count; i++) {
		if (!dtb_range_fits(ranges[i]))
			return sentence_set(
				error, -EINVAL,
				"what --avoid names goes beyond the last address");
		rc = host_take(&reading, ranges[i], "what --avoid names", -1);
	}
	return rc;
}

const char *host_use_what(const void *fdt, const struct host_range *taken,
			  char text[HOST_WHAT_MAX])
{
	char path[DTB_PATH_MAX] = "";

	if (taken->node >= 0)
		dtb_path(fdt, taken->node, path);
	snprintf(text, HOST_WHAT_MAX, "%s%s%s", taken->what,
		 *taken->what && *path ? " of " : "", path);
	return text;
}

const struct host_range *host_use_overlap(const struct host_use *use,
					  struct dtb_range range)
{
	const struct host_range *lowest = NULL;

	for (size_t i = 0; i < use->taken_count; i++) {
		const struct host_range *taken = &use->taken[i];

		if (dtb_ranges_overlap(taken->range, range) &&
		    (!lowest || taken->range.address < lowest->range.address))
			lowest = taken;
	}
	return lowest;
}
