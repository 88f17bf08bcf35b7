/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Device trees made by hand, one at a time: open nodes, put properties, close
 * them, finish.  Anything that goes wrong ends the test.
 */
#ifndef TESTS_TREES_H
#define TESTS_TREES_H

#include <stddef.h>
#include <stdint.h>

#include "config/dtb.h"

/* The root is open, and says how reg of its children is written. */
void tree_start(int address_cells, int size_cells);
void tree_start_reserving(uint64_t address, uint64_t size); /* 2 and 2 */
void tree_open(const char *name);
void tree_close(void);
void tree_cells(int address_cells, int size_cells);
void tree_string(const char *name, const char *value);
void tree_number(const char *name, uint32_t value);
void tree_bytes(const char *name, const void *value, size_t size);
void tree_flag(const char *name);
/* A reg of one range. */
void tree_reg(int address_cells, int size_cells, uint64_t address,
	      uint64_t size);

/* Valid until the next tree is started. */
const void *tree_finish(size_t *size);

/* A copy that ends where it ends, so that ASan sees a read beyond it. */
void *tree_copy(const void *tree, size_t size);

#define MIB (1ULL << 20)
#define GIB (1ULL << 30)

#endif
