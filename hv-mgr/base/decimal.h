/* SPDX-License-Identifier: GPL-2.0-only */
/* Numbers as programs write them, read strictly. */
#ifndef BASE_DECIMAL_H
#define BASE_DECIMAL_H

#include <stdint.h>

/*
 * A decimal number in 0..max.  -EINVAL: anything else than digits; -ERANGE:
 * more than max.
 */
int decimal_read(const char *text, uint64_t max, uint64_t *number);

#endif
