// SPDX-License-Identifier: GPL-2.0-only
#include "config/placement.h"

#include <errno.h>

#include "range.h"

#define PLACEMENT_FIRST 0x100000000ULL
#define PLACEMENT_END 0x200000000ULL
#define PLACEMENT_ALIGN (2ULL << 20)

static uint64_t align_up(uint64_t gpa)
{
	return (gpa + PLACEMENT_ALIGN - 1) & ~(PLACEMENT_ALIGN - 1);
}

/* The end of a carveout that overlaps the range, or 0. */
static uint64_t in_the_way(const struct placed *others, size_t count,
			   uint64_t base, uint64_t size)
{
	for (size_t i = 0; i < count; i++)
		if (range_overlaps(base, size, others[i].base, others[i].size))
			return others[i].base + others[i].size;
	return 0;
}

static int check(const struct placed *others, size_t count, uint64_t gpa,
		 uint64_t size)
{
	if (gpa % PLACEMENT_ALIGN || gpa < PLACEMENT_FIRST ||
	    !range_within(gpa - PLACEMENT_FIRST, size,
			  PLACEMENT_END - PLACEMENT_FIRST))
		return -EINVAL;
	return in_the_way(others, count, gpa, size) ? -EEXIST : 0;
}

int placement_choose(const struct placed *others, size_t count, uint64_t gpa,
		     uint64_t size, uint64_t *base)
{
	uint64_t candidate = gpa ? gpa : PLACEMENT_FIRST;
	uint64_t end;

	if (gpa) {
		*base = gpa;
		return check(others, count, gpa, size);
	}
	while ((end = in_the_way(others, count, candidate, size)))
		candidate = align_up(end);
	*base = candidate;
	return check(others, count, candidate, size) ? -ENOSPC : 0;
}
