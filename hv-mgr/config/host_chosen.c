// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory that properties of /chosen name, by who boots Linux and Xen; what a
 * reg names, dtb_named.c finds.
 */
#include <errno.h>
#include <libfdt.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "config/host_reading.h"

/* Xen looks at nothing deeper (early_scan_node()). */
#define DOMAIN_DEPTH 3
/* UEFI's system table: 120 bytes, which point to others. */
#define PAGE 4096

static int read_initrd(const struct host_reading *reading, int chosen)
{
	uint64_t start, end;

	if (!dtb_number_of(reading->fdt, chosen, "linux,initrd-start",
			   &start) ||
	    !dtb_number_of(reading->fdt, chosen, "linux,initrd-end", &end) ||
	    end <= start)
		return 0;
	return host_take(reading, (struct dtb_range){ start, end - start },
			 "the initrd", -1);
}

/* The table points to more, and only UEFI's map tells where that lies. */
static int read_uefi(const struct host_reading *reading, int chosen)
{
	struct dtb_range table = { .size = PAGE }, map;
	int rc;

	if (!dtb_number_of(reading->fdt, chosen, "linux,uefi-system-table",
			   &table.address))
		return 0;
	host_warn(
		&reading->use->warnings,
		"UEFI booted this machine: its memory map says what is in use, and the tree does not hold it; look at it (memmap in UEFI's shell), and name what is in use with --avoid");
	rc = host_take(reading, table, "UEFI's system table", -1);
	if (rc ||
	    !dtb_number_of(reading->fdt, chosen, "linux,uefi-mmap-start",
			   &map.address) ||
	    !dtb_number_of(reading->fdt, chosen, "linux,uefi-mmap-size",
			   &map.size))
		return rc;
	return host_take(reading, map, "UEFI's memory map", -1);
}

static int refuse(const struct host_reading *reading, int node,
		  const char *property)
{
	char path[DTB_PATH_MAX];

	return sentence_set(
		reading->error, -EINVAL,
		"%s of %s does not go with the cells that it is written in; mend it, or take it out",
		property, dtb_path(reading->fdt, node, path));
}

static bool are_addresses(struct dtb_cells cells)
{
	return cells.address >= 1 && cells.address <= 2 && cells.size >= 1 &&
	       cells.size <= 2;
}

/* Ranges that a property names as a reg would. */
static int read_ranges(const struct host_reading *reading, int node,
		       const char *property, struct dtb_cells cells)
{
	struct dtb_reg list;
	int rc = 0;

	if (!fdt_getprop(reading->fdt, node, property, NULL))
		return 0;
	if (!are_addresses(cells) ||
	    dtb_ranges_of(reading->fdt, node, property, cells, &list))
		return refuse(reading, node, property);
	for (int i = 0; !rc && i < list.count; i++)
		rc = host_take(reading, dtb_reg_at(&list, i), property, node);
	return rc;
}

/* Before Xen 4.17 such a property had cells of its own beside it. */
static int read_static(const struct host_reading *reading, int node,
		       const char *property, struct dtb_cells cells)
{
	char own[40];
	uint64_t number;

	snprintf(own, sizeof(own), "#%s-address-cells", property);
	if (dtb_number_of(reading->fdt, node, own, &number))
		cells.address = number <= DTB_CELLS_MAX ? (int)number : 0;
	snprintf(own, sizeof(own), "#%s-size-cells", property);
	if (dtb_number_of(reading->fdt, node, own, &number))
		cells.size = number <= DTB_CELLS_MAX ? (int)number : 0;
	return read_ranges(reading, node, property, cells);
}

/*
 * <host guest size>, or <guest size>: then Xen chooses where, of its own memory
 * (process_shm_node()).
 */
static int read_shared(const struct host_reading *reading, int node,
		       struct dtb_cells cells)
{
	static const char property[] = "xen,shared-mem";
	struct dtb_range range;
	int length, narrow = 4 * (cells.address + cells.size);
	const uint8_t *value =
		fdt_getprop(reading->fdt, node, property, &length);

	if (!value)
		return 0;
	if (!are_addresses(cells))
		return refuse(reading, node, property);
	if (length == narrow)
		return 0;
	if (length != narrow + 4 * cells.address)
		return refuse(reading, node, property);
	range.address = dtb_number(value, cells.address);
	range.size = dtb_number(value + 8 * cells.address, cells.size);
	return host_take(reading, range, property, node);
}

/* What domains have that Xen makes itself.  cells: of the parent's parent. */
static int read_domains(const struct host_reading *reading, int parent,
			int depth, struct dtb_cells cells)
{
	int node, rc = 0;

	dtb_raw_cells(reading->fdt, parent, &cells);
	fdt_for_each_subnode(node, reading->fdt, parent) {
		rc = read_static(reading, node, "xen,static-mem", cells);
		if (!rc)
			rc = read_shared(reading, node, cells);
		if (!rc && depth < DOMAIN_DEPTH)
			rc = read_domains(reading, node, depth + 1, cells);
		if (rc)
			return rc;
	}
	return 0;
}

/* What the kernel before left for this one, by kexec: its ELF header, its
 * measurements (Linux, drivers/of/kexec.c). */
static int read_kexec(const struct host_reading *reading, int chosen,
		      struct dtb_cells root)
{
	int rc = read_ranges(reading, chosen, "linux,elfcorehdr", root);

	return rc ? rc :
		    read_ranges(reading, chosen, "linux,ima-kexec-buffer",
				root);
}

int host_read_chosen(const struct host_reading *reading)
{
	int chosen = fdt_subnode_offset(reading->fdt, 0, "chosen");
	struct dtb_cells root;
	int rc = dtb_root_cells(reading->fdt, &root, reading->error);

	if (rc || chosen < 0)
		return rc;
	rc = read_initrd(reading, chosen);
	if (!rc)
		rc = read_uefi(reading, chosen);
	if (!rc)
		rc = read_kexec(reading, chosen, root);
	if (!rc)
		rc = read_static(reading, chosen, "xen,static-heap", root);
	return rc ? rc : read_domains(reading, chosen, 2, root);
}
