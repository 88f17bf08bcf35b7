/* SPDX-License-Identifier: GPL-2.0-only */
/* Numbers of bytes as people write them. */
#ifndef CONFIG_NUMBER_H
#define CONFIG_NUMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Decimal, or hexadecimal with 0x, then perhaps one of K, M, G.  All of
 * [text, text + length) has to be that, and fit.
 */
bool number_parse(const char *text, size_t length, uint64_t *number);

#endif
