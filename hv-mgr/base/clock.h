/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

/* Milliseconds of a clock that never goes back, from no fixed point. */
uint64_t clock_ms(void);

/* Milliseconds since 1970, by the clock on the wall, which may be set. */
uint64_t clock_wall_ms(void);

/* The sooner of two waits; -1 is never. */
static inline int64_t clock_sooner(int64_t a, int64_t b)
{
	if (a < 0 || b < 0)
		return a < 0 ? b : a;
	return a < b ? a : b;
}

#endif
