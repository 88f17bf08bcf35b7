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

/* As short as it can be said: "4074M", "2M", "4K", "31". */
struct number_text {
	char text[24];
};
struct number_text number_text(uint64_t number);

#endif
