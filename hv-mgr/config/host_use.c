// SPDX-License-Identifier: GPL-2.0-only
#include "config/host_use.h"

#include <errno.h>
#include <libfdt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/pool_tree.h"

/* Xen looks for modules no deeper (bootfdt.c, early_scan_node()). */
#define MODULE_DEPTH 3

/* A reading: of what, into what. */
struct reading {
	const void *fdt;
	struct host_use *use;
	struct sentence error;
};

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

static int add_taken(const struct reading *reading, struct dtb_range range,
		     const char *kind, const char *name)
{
	struct host_use *use = reading->use;
	struct host_range *taken;

	if (!range.size)
		return 0;
	if (use->taken_count == HOST_TAKEN_MAX)
		return sentence_set(
			reading->error, -EINVAL,
			"the tree sets more than %d ranges aside: no place can be chosen in it",
			HOST_TAKEN_MAX);
	if (!dtb_range_fits(range))
		return sentence_set(reading->error, -EINVAL,
				    "%s%s goes beyond the last address", kind,
				    name);
	taken = &use->taken[use->taken_count++];
	taken->range = range;
	snprintf(taken->what, sizeof(taken->what), "%s%s", kind, name);
	return 0;
}

/* All ranges of a node; one that has no reg takes no place. */
static int add_node(const struct reading *reading, int node,
		    struct dtb_cells cells, const char *kind)
{
	char name[DTB_NAME_MAX];
	struct dtb_reg reg;
	int rc = dtb_reg(reading->fdt, node, cells, &reg);

	if (rc == -ENOENT)
		return 0;
	dtb_name(reading->fdt, node, name);
	if (rc)
		return sentence_set(
			reading->error, -EINVAL,
			"reg of %s%s does not go with #address-cells and #size-cells of its parent",
			kind, name);
	for (int i = 0; !rc && i < reg.count; i++)
		rc = add_taken(reading, dtb_reg_at(&reg, i), kind, name);
	return rc;
}

static int add_bank(const struct reading *reading, struct dtb_range bank)
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

static int read_memory(const struct reading *reading, int node,
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

static int read_top(const struct reading *reading, struct dtb_cells cells)
{
	int node, rc;

	fdt_for_each_subnode(node, reading->fdt, 0) {
		rc = read_memory(reading, node, cells);
		if (!rc &&
		    dtb_is_compatible(reading->fdt, node, POOL_COMPATIBLE))
			rc = add_node(reading, node, cells, "pool ");
		if (rc)
			return rc;
	}
	if (!reading->use->bank_count)
		return sentence_set(
			reading->error, -EINVAL,
			"the tree has no memory: no node at the root with device_type = \"memory\" and a reg; was it the board's? Some get theirs from the boot loader");
	return 0;
}

static int read_reserved(const struct reading *reading, struct dtb_cells cells)
{
	int parent = fdt_subnode_offset(reading->fdt, 0, "reserved-memory");
	char name[DTB_NAME_MAX];
	int node, rc;

	if (parent < 0)
		return 0;
	fdt_for_each_subnode(node, reading->fdt, parent) {
		rc = add_node(reading, node, cells, "/reserved-memory/");
		if (rc)
			return rc;
		if (fdt_getprop(reading->fdt, node, "size", NULL) &&
		    !fdt_getprop(reading->fdt, node, "reg", NULL))
			snprintf(
				reading->use->warning,
				sizeof(reading->use->warning),
				"/reserved-memory/%s gets its place only when the system boots, beside the pool",
				dtb_name(reading->fdt, node, name));
	}
	return 0;
}

static int read_memreserve(const struct reading *reading)
{
	int count = fdt_num_mem_rsv(reading->fdt), rc = 0;
	struct dtb_range range;

	for (int i = 0; !rc && i < count; i++) {
		if (fdt_get_mem_rsv(reading->fdt, i, &range.address,
				    &range.size))
			break;
		rc = add_taken(reading, range, "a /memreserve/", "");
	}
	return rc;
}

/* Of 32 or 64 bits. */
static bool read_number(const void *fdt, int node, const char *property,
			uint64_t *number)
{
	int length;
	const void *value = fdt_getprop(fdt, node, property, &length);

	if (!value || (length != 4 && length != 8))
		return false;
	*number = length == 4 ? fdt32_ld(value) : fdt64_ld(value);
	return true;
}

static int read_initrd(const struct reading *reading, int chosen)
{
	uint64_t start, end;

	if (!read_number(reading->fdt, chosen, "linux,initrd-start", &start) ||
	    !read_number(reading->fdt, chosen, "linux,initrd-end", &end) ||
	    end <= start)
		return 0;
	return add_taken(reading, (struct dtb_range){ start, end - start },
			 "the initrd", "");
}

static bool is_module(const void *fdt, int node)
{
	return dtb_is_compatible(fdt, node, "multiboot,module") ||
	       dtb_is_compatible(fdt, node, "xen,multiboot-module");
}

/* Modules are children of /chosen, or of its domains. */
static int read_modules(const struct reading *reading, int parent, int depth,
			struct dtb_cells cells)
{
	int node, rc = dtb_cells(reading->fdt, parent, &cells, reading->error);

	if (rc)
		return rc;
	fdt_for_each_subnode(node, reading->fdt, parent) {
		if (is_module(reading->fdt, node))
			rc = add_node(reading, node, cells, "module ");
		else if (depth < MODULE_DEPTH)
			rc = read_modules(reading, node, depth + 1, cells);
		if (rc)
			return rc;
	}
	return 0;
}

static int read_chosen(const struct reading *reading, struct dtb_cells cells)
{
	int chosen = fdt_subnode_offset(reading->fdt, 0, "chosen");
	int rc;

	if (chosen < 0)
		return 0;
	rc = read_initrd(reading, chosen);
	return rc ? rc : read_modules(reading, chosen, 2, cells);
}

int host_use_read(const void *fdt, struct host_use *use, struct sentence error)
{
	struct reading reading = { fdt, use, error };
	struct dtb_cells root, reserved;
	int rc = host_tree_cells(fdt, &root, &reserved, error);

	*use = (struct host_use){ 0 };
	if (rc)
		return rc;
	use->banks = calloc(HOST_BANKS_MAX, sizeof(*use->banks));
	use->taken = calloc(HOST_TAKEN_MAX, sizeof(*use->taken));
	if (!use->banks || !use->taken)
		return sentence_set(error, -ENOMEM, "out of memory");
	rc = read_top(&reading, root);
	if (!rc)
		rc = read_reserved(&reading, reserved);
	if (!rc)
		rc = read_memreserve(&reading);
	if (!rc)
		rc = read_chosen(&reading, root);
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
	struct reading reading = { .use = use, .error = error };
	int rc = 0;

	for (size_t i = 0; !rc && i < count; i++)
		rc = add_taken(&reading, ranges[i], "what --avoid names", "");
	return rc;
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
