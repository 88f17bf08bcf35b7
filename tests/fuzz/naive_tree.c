// SPDX-License-Identifier: GPL-2.0-only
#include "naive_tree.h"

#include <libfdt.h>
#include <string.h>

typedef unsigned __int128 wide;

/* What the nearest node from this one up says, or what nobody says. */
static uint32_t inherited(const void *fdt, int node, const char *property,
			  uint32_t silent)
{
	int length;
	const void *value;

	for (; node >= 0; node = fdt_parent_offset(fdt, node)) {
		value = fdt_getprop(fdt, node, property, &length);
		if (value)
			return length == 4 ? fdt32_ld(value) : 0;
	}
	return silent;
}

static uint32_t address_cells(const void *fdt, int bus)
{
	return inherited(fdt, bus, "#address-cells", 2);
}

static uint32_t size_cells(const void *fdt, int bus)
{
	return inherited(fdt, bus, "#size-cells", 1);
}

static bool fits(uint32_t cells)
{
	return cells == 1 || cells == 2;
}

static uint64_t number(const uint8_t *at, uint32_t cells)
{
	uint64_t n = 0;

	for (uint32_t i = 0; i < 4 * cells; i++)
		n = n << 8 | at[i];
	return n;
}

static bool starts(const void *fdt, int node, const char *with)
{
	const char *name = fdt_get_name(fdt, node, NULL);
	size_t length = strlen(with);

	return name && !strncmp(name, with, length) &&
	       (name[length] == '\0' || name[length] == '@');
}

/* Xen reads those as they stand. */
static bool is_plain(const void *fdt, int node)
{
	int top = fdt_supernode_atdepth_offset(fdt, node, 1, NULL);

	return top >= 0 && (starts(fdt, top, "chosen") ||
			    starts(fdt, top, "reserved-memory"));
}

static bool cross(const void *fdt, int bus, uint64_t *address)
{
	int parent = fdt_parent_offset(fdt, bus), length;
	const uint8_t *ranges = fdt_getprop(fdt, bus, "ranges", &length);
	uint32_t from = address_cells(fdt, bus);
	uint32_t to = address_cells(fdt, parent);
	uint32_t size = size_cells(fdt, bus);
	int entry;

	if (!ranges || !length)
		return ranges;
	if (!fits(from) || !fits(to) || !fits(size))
		return false;
	entry = 4 * (int)(from + to + size);
	for (int at = 0; at + entry <= length; at += entry) {
		wide start = number(ranges + at, from);
		wide end = start + number(ranges + at + 4 * (from + to), size);
		wide moved =
			*address - start + number(ranges + at + 4 * from, to);

		if (*address < start || *address >= end)
			continue;
		*address = (uint64_t)moved;
		return moved <= UINT64_MAX;
	}
	return false;
}

static bool to_processors(const void *fdt, int bus, uint64_t *address)
{
	if (is_plain(fdt, bus))
		return true;
	for (; bus > 0; bus = fdt_parent_offset(fdt, bus))
		if (!cross(fdt, bus, address))
			return false;
	return true;
}

static bool is_bank(const void *fdt, int node)
{
	const char *type = fdt_getprop(fdt, node, "device_type", NULL);
	const char *status = fdt_getprop(fdt, node, "status", NULL);

	return fdt_node_depth(fdt, node) == 1 &&
	       ((type && !strcmp(type, "memory")) ||
		starts(fdt, node, "memory")) &&
	       (!status || !strcmp(status, "okay") || !strcmp(status, "ok"));
}

static bool reg_names(const void *fdt, int node, uint64_t address,
		      uint64_t size)
{
	int bus = fdt_parent_offset(fdt, node), length;
	const uint8_t *reg = fdt_getprop(fdt, node, "reg", &length);
	uint32_t a = address_cells(fdt, bus), s = size_cells(fdt, bus);
	uint64_t first, bytes;

	if (!reg || !fits(a) || !fits(s) || is_bank(fdt, node))
		return false;
	for (; length >= 4 * (int)(a + s); length -= 4 * (int)(a + s)) {
		first = number(reg, a);
		bytes = number(reg + 4 * a, s);
		reg += 4 * (a + s);
		/* One of no bytes names nothing. */
		if (bytes && to_processors(fdt, bus, &first) &&
		    (wide)first < (wide)address + size &&
		    (wide)address < (wide)first + bytes)
			return true;
	}
	return false;
}

bool naive_tree_names(const void *fdt, uint64_t address, uint64_t size)
{
	for (int node = fdt_next_node(fdt, 0, NULL); node >= 0;
	     node = fdt_next_node(fdt, node, NULL))
		if (reg_names(fdt, node, address, size))
			return true;
	return false;
}
