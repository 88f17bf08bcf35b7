// SPDX-License-Identifier: GPL-2.0-only
#include "trees.h"

#include <libfdt.h>
#include <stdlib.h>
#include <string.h>

#include "cmocka_all.h"

static _Alignas(8) uint8_t tree[256 << 10];

static void start(void)
{
	memset(tree, 0, sizeof(tree));
	assert_int_equal(fdt_create(tree, sizeof(tree)), 0);
}

static void open_root(int address_cells, int size_cells)
{
	assert_int_equal(fdt_finish_reservemap(tree), 0);
	tree_open("");
	tree_cells(address_cells, size_cells);
}

void tree_start(int address_cells, int size_cells)
{
	start();
	open_root(address_cells, size_cells);
}

void tree_start_reserving(uint64_t address, uint64_t size)
{
	start();
	assert_int_equal(fdt_add_reservemap_entry(tree, address, size), 0);
	open_root(2, 2);
}

void tree_open(const char *name)
{
	assert_int_equal(fdt_begin_node(tree, name), 0);
}

void tree_close(void)
{
	assert_int_equal(fdt_end_node(tree), 0);
}

void tree_bytes(const char *name, const void *value, size_t size)
{
	assert_int_equal(fdt_property(tree, name, value, (int)size), 0);
}

void tree_string(const char *name, const char *value)
{
	tree_bytes(name, value, strlen(value) + 1);
}

void tree_number(const char *name, uint32_t value)
{
	assert_int_equal(fdt_property_u32(tree, name, value), 0);
}

void tree_flag(const char *name)
{
	tree_bytes(name, NULL, 0);
}

void tree_cells(int address_cells, int size_cells)
{
	tree_number("#address-cells", (uint32_t)address_cells);
	tree_number("#size-cells", (uint32_t)size_cells);
}

static size_t put(uint8_t *at, uint64_t value, int cells)
{
	if (cells == 2)
		fdt64_st(at, value);
	else
		fdt32_st(at, (uint32_t)value);
	return 4 * (size_t)cells;
}

void tree_reg(int address_cells, int size_cells, uint64_t address,
	      uint64_t size)
{
	uint8_t reg[16];
	size_t length = put(reg, address, address_cells);

	length += put(reg + length, size, size_cells);
	tree_bytes("reg", reg, length);
}

const void *tree_finish(size_t *size)
{
	tree_close();
	assert_int_equal(fdt_finish(tree), 0);
	*size = fdt_totalsize(tree);
	return tree;
}

void *tree_copy(const void *from, size_t size)
{
	void *copy = malloc(size ? size : 1);

	assert_non_null(copy);
	memcpy(copy, from, size);
	return copy;
}
