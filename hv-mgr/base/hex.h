/* SPDX-License-Identifier: GPL-2.0-only */
/* Bytes as hexadecimal digits, two each. */
#ifndef BASE_HEX_H
#define BASE_HEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Room for 2 * count digits and the end. */
void hex_write(char *text, const uint8_t *bytes, size_t count);

/* All of the text has to be so many bytes, in digits of either case. */
bool hex_read(const char *text, uint8_t *bytes, size_t count);

#endif
