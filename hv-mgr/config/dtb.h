/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What all that reads flattened device trees shares, on top of libfdt: ranges
 * in `reg`, the cells that they are written in, and words for people.  A tree
 * may be anything once dtb_check() took it; only then may the others be called.
 */
#ifndef CONFIG_DTB_H
#define CONFIG_DTB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/sentence.h"

/* Xen boots with none that is longer (asm/setup.h, MAX_FDT_SIZE). */
#define DTB_SIZE_MAX ((size_t)2 << 20)

/* A tree that was made; the caller frees data. */
struct dtb_blob {
	void *data;
	size_t size;
};

/* Is it a whole and well-formed tree?  0, or -EINVAL with a sentence. */
int dtb_check(const void *fdt, size_t size, struct sentence error);

/* A node's name, fit to be printed, and cut if need be. */
#define DTB_NAME_MAX 64
const char *dtb_name(const void *fdt, int node, char name[DTB_NAME_MAX]);
/* Its path, or its name if the path is too long. */
#define DTB_PATH_MAX 128
const char *dtb_path(const void *fdt, int node, char path[DTB_PATH_MAX]);

/* How addresses and sizes of a node's children are written: 1 or 2 each. */
struct dtb_cells {
	int address, size;
};

/*
 * Read them.  cells: in, those of the node's parent, which count where the node
 * says nothing, as for Xen (bootfdt.c, device_tree_for_each_node()).
 * -EINVAL with a sentence that names the node.
 */
int dtb_cells(const void *fdt, int node, struct dtb_cells *cells,
	      struct sentence error);
int dtb_root_cells(const void *fdt, struct dtb_cells *cells,
		   struct sentence error);
/* The same of any bus: 0 to DTB_CELLS_MAX, and 0 for what cannot be. */
#define DTB_CELLS_MAX 4
void dtb_raw_cells(const void *fdt, int node, struct dtb_cells *cells);

/* Bytes of physical memory. */
struct dtb_range {
	uint64_t address, size;
};

/* A number of 1 or 2 cells, which may lie anywhere. */
uint64_t dtb_number(const uint8_t *at, int cells);

/* The ranges of a `reg`, or what is written like one; not copied. */
struct dtb_reg {
	const uint8_t *data;
	struct dtb_cells cells;
	int count;
};

/* -ENOENT: the node has none; -EINVAL: no whole number of ranges, and those
 * that are whole are there. */
int dtb_reg(const void *fdt, int node, struct dtb_cells cells,
	    struct dtb_reg *reg);
int dtb_ranges_of(const void *fdt, int node, const char *property,
		  struct dtb_cells cells, struct dtb_reg *reg);
struct dtb_range dtb_reg_at(const struct dtb_reg *reg, int i);

/* Does it end within the 64 bits of an address? */
bool dtb_range_fits(struct dtb_range range);
bool dtb_ranges_overlap(struct dtb_range a, struct dtb_range b);

bool dtb_is_compatible(const void *fdt, int node, const char *with);
bool dtb_is_enabled(const void *fdt, int node); /* its status */

/* A property that is one string, or NULL. */
const char *dtb_string(const void *fdt, int node, const char *property);

/* A property that is one number of 32 or 64 bits; false: it is not. */
bool dtb_number_of(const void *fdt, int node, const char *property,
		   uint64_t *number);

#endif
