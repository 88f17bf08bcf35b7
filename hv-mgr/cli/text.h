/* SPDX-License-Identifier: GPL-2.0-only */
/* Text for people. */
#ifndef CLI_TEXT_H
#define CLI_TEXT_H

#include <stdint.h>
#include <stdio.h>

/* Words of text in lines of up to 78 columns, each indented. */
void text_wrap(FILE *to, int indent, const char *text);

/* "64M" if it is just that, else "9.6M"; below 1K "17". */
#define TEXT_BYTES_MAX 32
const char *text_bytes(uint64_t bytes, char buffer[TEXT_BYTES_MAX]);

/* "[######------]  50%  32M of 64M", without an end of line. */
void text_bar(FILE *to, uint64_t position, uint64_t end);

#endif
