// SPDX-License-Identifier: GPL-2.0-only
#include "config/dtb.h"

#include <errno.h>
#include <libfdt.h>
#include <stdio.h>
#include <string.h>

#include "range.h"

/*
 * Before version 16 (2005) nodes were named by their whole path.  libfdt 1.6.1
 * finds no name in such a root, and fdt_check_full() looks at it all the same.
 */
static bool is_ancient(const void *fdt, size_t size)
{
	return size >= FDT_V16_SIZE && fdt_magic(fdt) == FDT_MAGIC &&
	       fdt_version(fdt) < 16;
}

/* libfdt before 1.7.0 takes lengths that are none (fdt_next_tag()). */
static int check_lengths(const void *fdt)
{
	int offset = 0, next = 0, length;
	uint32_t tag;

	do {
		offset = next;
		tag = fdt_next_tag(fdt, offset, &next);
		if (tag != FDT_PROP)
			continue;
		if (!fdt_get_property_by_offset(fdt, offset, &length) ||
		    length < 0)
			return -FDT_ERR_BADSTRUCTURE;
	} while (tag != FDT_END);
	return 0;
}

/* 0 or an error of libfdt's. */
static int check_whole(const void *fdt, size_t size)
{
	int rc = size < FDT_V17_SIZE ? -FDT_ERR_TRUNCATED :
				       fdt_check_header(fdt);

	if (!rc && size < fdt_totalsize(fdt))
		rc = -FDT_ERR_TRUNCATED;
	if (!rc)
		rc = check_lengths(fdt);
	return rc ? rc : fdt_check_full(fdt, size);
}

int dtb_check(const void *fdt, size_t size, struct sentence error)
{
	int rc;

	if (size > DTB_SIZE_MAX)
		return sentence_set(
			error, -EINVAL,
			"longer than 2 MiB: Xen takes no device tree of that length");
	if (is_ancient(fdt, size))
		return sentence_set(
			error, -EINVAL,
			"a device tree of version %u, where Xen and Linux take 16 and 17; dtc makes one of its source",
			fdt_version(fdt));
	rc = check_whole(fdt, size);
	if (rc)
		return sentence_set(
			error, -EINVAL,
			"not a whole flattened device tree (libfdt: %s); dtc makes one of its source",
			fdt_strerror(rc));
	return 0;
}

static const char *printable(char *text)
{
	for (char *c = text; *c; c++)
		if (*c <= ' ' || *c > '~')
			*c = '?';
	return text;
}

const char *dtb_name(const void *fdt, int node, char name[DTB_NAME_MAX])
{
	int length;
	const char *found = fdt_get_name(fdt, node, &length);

	if (!found || !length)
		found = "/";
	snprintf(name, DTB_NAME_MAX, "%s", found);
	return printable(name);
}

const char *dtb_path(const void *fdt, int node, char path[DTB_PATH_MAX])
{
	if (fdt_get_path(fdt, node, path, DTB_PATH_MAX))
		return dtb_name(fdt, node, path);
	return printable(path);
}

/* Nothing there leaves *cells as it is. */
static void read_raw(const void *fdt, int node, const char *property,
		     int *cells)
{
	int length;
	const fdt32_t *value = fdt_getprop(fdt, node, property, &length);
	uint32_t number;

	if (!value)
		return;
	number = length == 4 ? fdt32_ld(value) : 0;
	*cells = number <= DTB_CELLS_MAX ? (int)number : 0;
}

static int read_cells(const void *fdt, int node, const char *property,
		      int *cells, struct sentence error)
{
	char name[DTB_NAME_MAX];

	read_raw(fdt, node, property, cells);
	if (*cells == 1 || *cells == 2)
		return 0;
	return sentence_set(
		error, -EINVAL,
		"%s of %s is neither <1> nor <2>; make it one of them",
		property, dtb_name(fdt, node, name));
}

int dtb_cells(const void *fdt, int node, struct dtb_cells *cells,
	      struct sentence error)
{
	int rc =
		read_cells(fdt, node, "#address-cells", &cells->address, error);

	if (!rc)
		rc = read_cells(fdt, node, "#size-cells", &cells->size, error);
	return rc;
}

void dtb_raw_cells(const void *fdt, int node, struct dtb_cells *cells)
{
	read_raw(fdt, node, "#address-cells", &cells->address);
	read_raw(fdt, node, "#size-cells", &cells->size);
}

int dtb_root_cells(const void *fdt, struct dtb_cells *cells,
		   struct sentence error)
{
	/* What the Devicetree Specification has for a root that is silent. */
	*cells = (struct dtb_cells){ .address = 2, .size = 1 };
	return dtb_cells(fdt, 0, cells, error);
}

int dtb_ranges_of(const void *fdt, int node, const char *property,
		  struct dtb_cells cells, struct dtb_reg *reg)
{
	int width = 4 * (cells.address + cells.size), length;

	reg->data = fdt_getprop(fdt, node, property, &length);
	reg->cells = cells;
	reg->count = reg->data ? length / width : 0;
	if (!reg->data)
		return -ENOENT;
	return length % width ? -EINVAL : 0;
}

int dtb_reg(const void *fdt, int node, struct dtb_cells cells,
	    struct dtb_reg *reg)
{
	return dtb_ranges_of(fdt, node, "reg", cells, reg);
}

uint64_t dtb_number(const uint8_t *at, int cells)
{
	uint64_t high = cells == 2 ? fdt32_ld((const fdt32_t *)at) : 0;

	return high << 32 | fdt32_ld((const fdt32_t *)(at + 4 * (cells - 1)));
}

struct dtb_range dtb_reg_at(const struct dtb_reg *reg, int i)
{
	const struct dtb_cells *cells = &reg->cells;
	const uint8_t *at =
		reg->data +
		(size_t)i * 4 * ((size_t)cells->address + (size_t)cells->size);

	return (struct dtb_range){
		.address = dtb_number(at, cells->address),
		.size = dtb_number(at + 4 * cells->address, cells->size),
	};
}

bool dtb_range_fits(struct dtb_range range)
{
	return range_within(range.address, range.size, UINT64_MAX);
}

/* One that does not fit is cut off where addresses end. */
static uint64_t size_cut(struct dtb_range range)
{
	return dtb_range_fits(range) ? range.size : UINT64_MAX - range.address;
}

bool dtb_ranges_overlap(struct dtb_range a, struct dtb_range b)
{
	return ranges_overlap(a.address, size_cut(a), b.address, size_cut(b));
}

bool dtb_is_compatible(const void *fdt, int node, const char *with)
{
	return !fdt_node_check_compatible(fdt, node, with);
}

bool dtb_is_enabled(const void *fdt, int node)
{
	const char *status;

	if (!fdt_getprop(fdt, node, "status", NULL))
		return true;
	status = dtb_string(fdt, node, "status");
	return status && (!strcmp(status, "okay") || !strcmp(status, "ok"));
}

const char *dtb_string(const void *fdt, int node, const char *property)
{
	int length;
	const char *text = fdt_getprop(fdt, node, property, &length);

	if (!text || length < 1 ||
	    memchr(text, '\0', (size_t)length) != text + length - 1)
		return NULL;
	return text;
}

bool dtb_number_of(const void *fdt, int node, const char *property,
		   uint64_t *number)
{
	int length;
	const uint8_t *value = fdt_getprop(fdt, node, property, &length);

	if (!value || (length != 4 && length != 8))
		return false;
	*number = dtb_number(value, length / 4);
	return true;
}
