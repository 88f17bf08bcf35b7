// SPDX-License-Identifier: GPL-2.0-only
#include "config/placement.h"

#include <errno.h>
#include <inttypes.h>

#include "range.h"

#define MIB(n) ((uint64_t)(n) << 20)
#define GIB(n) ((uint64_t)(n) << 30)

#define SECTION MIB(128) /* of memory, in Linux on x86 */
#define HYPERTRANSPORT ((struct placed){ 0xfd00000000, 0x300000000 })

/* Step: a power of two. */
static uint64_t align_up(uint64_t gpa, uint64_t step)
{
	return (gpa + step - 1) & ~(step - 1);
}

struct placement_space placement_arm64(void)
{
	return (struct placement_space){
		.first = GIB(4),
		.end = GIB(8),
	};
}

struct placement_space placement_x86(unsigned int address_bits, uint64_t memory)
{
	uint64_t end = PLACEMENT_END;

	if (address_bits < 64 && 1ULL << address_bits < end)
		end = 1ULL << address_bits;
	/* Whatever it may have: 4 GiB + memory must not wrap. */
	if (memory > end)
		memory = end;
	return (struct placement_space){
		.first = align_up(GIB(4) + memory, SECTION),
		.end = end,
		.never = HYPERTRANSPORT,
	};
}

/* What is in the range already; NULL: nothing. */
static const struct placed *in_the_way(const struct placement_space *space,
				       const struct placed *others,
				       size_t count, uint64_t base,
				       uint64_t size)
{
	if (ranges_overlap(base, size, space->never.base, space->never.size))
		return &space->never;
	for (size_t i = 0; i < count; i++)
		if (ranges_overlap(base, size, others[i].base, others[i].size))
			return &others[i];
	return NULL;
}

static bool is_inside(const struct placement_space *space, uint64_t base,
		      uint64_t size)
{
	return base >= space->first && space->first < space->end &&
	       range_within(base - space->first, size,
			    space->end - space->first);
}

static int check(const struct placement_space *space,
		 const struct placed *others, size_t count, uint64_t gpa,
		 uint64_t size)
{
	const struct placed *other;

	if (gpa % PLACEMENT_ALIGN || !is_inside(space, gpa, size))
		return -EINVAL;
	other = in_the_way(space, others, count, gpa, size);
	if (!other)
		return 0;
	return other == &space->never ? -EINVAL : -EEXIST;
}

int placement_choose(const struct placement_space *space,
		     const struct placed *others, size_t count, uint64_t gpa,
		     uint64_t size, uint64_t *base)
{
	const struct placed *there;

	*base = gpa;
	if (gpa)
		return check(space, others, count, gpa, size);
	*base = space->first;
	while (is_inside(space, *base, size)) {
		there = in_the_way(space, others, count, *base, size);
		if (!there)
			return 0;
		*base = align_up(there->base + there->size, PLACEMENT_ALIGN);
	}
	return -ENOSPC;
}

void placement_explain(const struct placement_space *space, uint64_t gpa,
		       int rc, struct sentence why)
{
	if (rc == -EINVAL)
		sentence_set(
			why, rc,
			"gpa=0x%" PRIx64
			" cannot be: it must be a multiple of 2M, and the carveout lie within 0x%" PRIx64
			" to 0x%" PRIx64
			" of the guest's addresses, clear of its memory and of what its processors keep for themselves",
			gpa, space->first, space->end - 1);
	else if (rc == -ENOSPC)
		sentence_set(
			why, rc,
			"there is no room for it within 0x%" PRIx64
			" to 0x%" PRIx64
			" of the guest's addresses: make it smaller or detach others",
			space->first, space->end - 1);
	else
		sentence_set(why, rc,
			     "it overlaps another carveout: give another gpa=");
}
