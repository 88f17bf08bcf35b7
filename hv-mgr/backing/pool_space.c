// SPDX-License-Identifier: GPL-2.0-only
#include "backing/pool_space.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "range.h"

enum page_state {
	PAGE_CLEAN, /* free, and zero */
	PAGE_DIRTY, /* free, and may hold old bytes */
	PAGE_TAKEN,
};

int pool_space_init(struct pool_space *space, const char *name, mfn_t first,
		    uint64_t pages)
{
	*space = (struct pool_space){
		.first = first,
		.pages = pages,
		.dirty = pages,
		.state = malloc(pages),
	};
	if (!space->state)
		return -ENOMEM;
	snprintf(space->name, sizeof(space->name), "%s", name);
	memset(space->state, PAGE_DIRTY, pages);
	return 0;
}

void pool_space_free(struct pool_space *space)
{
	free(space->state);
	space->state = NULL;
}

/* Pages from `page` on, without a break, whose state is such. */
static uint64_t run_length(const struct pool_space *space, uint64_t page,
			   bool (*in_run)(uint8_t state))
{
	uint64_t end = page;

	while (end < space->pages && in_run(space->state[end]))
		end++;
	return end - page;
}

static bool is_free(uint8_t state)
{
	return state != PAGE_TAKEN;
}

static bool is_dirty(uint8_t state)
{
	return state == PAGE_DIRTY;
}

/* Returns whether all of it was clean. */
static bool take(struct pool_space *space, uint64_t page, uint64_t pages)
{
	uint64_t dirty = 0;

	for (uint64_t i = page; i < page + pages; i++)
		dirty += space->state[i] == PAGE_DIRTY;
	memset(space->state + page, PAGE_TAKEN, pages);
	space->dirty -= dirty;
	return !dirty;
}

int pool_space_take(struct pool_space *space, uint64_t pages, mfn_t *first,
		    bool *clean)
{
	uint64_t page = 0;

	while (page < space->pages) {
		uint64_t run = run_length(space, page, is_free);

		if (run >= pages) {
			*first = mfn_add(space->first, page);
			*clean = take(space, page, pages);
			return 0;
		}
		page += run + 1;
	}
	return -ENOSPC;
}

int pool_space_take_at(struct pool_space *space, mfn_t first, uint64_t pages,
		       bool *clean)
{
	uint64_t page = first.n - space->first.n;

	if (first.n < space->first.n || !pages ||
	    !range_within(page, pages, space->pages))
		return -EINVAL;
	if (run_length(space, page, is_free) < pages)
		return -EBUSY;
	*clean = take(space, page, pages);
	return 0;
}

void pool_space_return(struct pool_space *space, mfn_t first, uint64_t pages)
{
	memset(space->state + (first.n - space->first.n), PAGE_DIRTY, pages);
	space->dirty += pages;
}

uint64_t pool_space_dirty(const struct pool_space *space, uint64_t most,
			  uint64_t *page)
{
	const uint8_t *found;
	uint64_t run;

	if (!space->dirty)
		return 0;
	found = memchr(space->state, PAGE_DIRTY, space->pages);
	if (!found)
		return 0;
	*page = (uint64_t)(found - space->state);
	run = run_length(space, *page, is_dirty);
	return run < most ? run : most;
}

void pool_space_cleaned(struct pool_space *space, uint64_t page, uint64_t pages)
{
	memset(space->state + page, PAGE_CLEAN, pages);
	space->dirty -= pages;
}

struct pool_space_usage pool_space_usage(const struct pool_space *space)
{
	struct pool_space_usage usage = { .dirty = space->dirty };
	uint64_t page = 0;

	while (page < space->pages) {
		uint64_t run = run_length(space, page, is_free);

		usage.free += run;
		usage.ranges += run ? 1 : 0;
		if (run > usage.largest)
			usage.largest = run;
		page += run + 1;
	}
	return usage;
}
