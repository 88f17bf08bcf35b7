/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which addresses of the processors a tree's regs name, found the slow way: for
 * each by itself, from its node up to the root, as of/address.c of Linux does.
 */
#ifndef TESTS_NAIVE_TREE_H
#define TESTS_NAIVE_TREE_H

#include <stdbool.h>
#include <stdint.h>

/* Does any reg but those of banks of memory name a byte of that? */
bool naive_tree_names(const void *fdt, uint64_t address, uint64_t size);

#endif
