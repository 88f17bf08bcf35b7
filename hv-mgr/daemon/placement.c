// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/placement.h"

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
static uint64_t in_the_way(const struct tenant *tenant, uint64_t base,
			   uint64_t size)
{
	for (const struct device *d = tenant->devices; d; d = d->next) {
		const struct carveout_config *other = &d->carveout.config;

		if (range_overlaps(base, size, other->base, other->size))
			return other->base + other->size;
	}
	return 0;
}

static int check(const struct tenant *tenant, uint64_t gpa, uint64_t size)
{
	if (gpa % PLACEMENT_ALIGN || gpa < PLACEMENT_FIRST ||
	    !range_within(gpa - PLACEMENT_FIRST, size,
			  PLACEMENT_END - PLACEMENT_FIRST))
		return -EINVAL;
	return in_the_way(tenant, gpa, size) ? -EEXIST : 0;
}

int placement_choose(const struct tenant *tenant, uint64_t gpa, uint64_t size,
		     uint64_t *base)
{
	uint64_t candidate = gpa ? gpa : PLACEMENT_FIRST;
	uint64_t end;

	if (gpa) {
		*base = gpa;
		return check(tenant, gpa, size);
	}
	while ((end = in_the_way(tenant, candidate, size)))
		candidate = align_up(end);
	*base = candidate;
	return check(tenant, candidate, size) ? -ENOSPC : 0;
}
