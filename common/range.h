/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Arithmetic on byte ranges [offset, offset + length) that cannot overflow:
 * every bound is checked by subtraction.  Freestanding: compiled into the
 * manager, the kernel module, tests and fuzzers.
 */
#ifndef COMMON_RANGE_H
#define COMMON_RANGE_H

#ifdef __KERNEL__
#include <linux/types.h>
#else
#include <stdbool.h>
#include <stdint.h>
#endif

/* The page size of the protocol and of Xen's p2m, whatever the kernel's is. */
#define RANGE_PAGE_SIZE 4096ULL

static inline bool range_page_aligned(uint64_t bytes)
{
	return bytes % RANGE_PAGE_SIZE == 0;
}

/* The whole pages that so many bytes touch, from the start of a page. */
static inline uint64_t range_page_up(uint64_t bytes)
{
	return (bytes + RANGE_PAGE_SIZE - 1) & ~(RANGE_PAGE_SIZE - 1);
}

/* Is [offset, offset + length) inside [0, limit)?  An empty range counts. */
static inline bool range_within(uint64_t offset, uint64_t length,
				uint64_t limit)
{
	return offset <= limit && length <= limit - offset;
}

/* Do two ranges share a byte?  Neither may wrap (check range_within first). */
static inline bool ranges_overlap(uint64_t a, uint64_t a_length, uint64_t b,
				  uint64_t b_length)
{
	if (!a_length || !b_length)
		return false;
	return a < b ? b - a < a_length : a - b < b_length;
}

#endif
