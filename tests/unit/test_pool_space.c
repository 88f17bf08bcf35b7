// SPDX-License-Identifier: GPL-2.0-only
/* Which frames of a pool are whose. */
#include "cmocka_all.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "backing/pool_space.h"

#define FIRST ((mfn_t){ 0x48000 })
#define PAGES 64

static struct pool_space space;

static int setup(void **state)
{
	(void)state;
	return pool_space_init(&space, "pool0", FIRST, PAGES);
}

static int teardown(void **state)
{
	(void)state;
	pool_space_free(&space);
	return 0;
}

static void clean_all(void)
{
	uint64_t page, pages;

	while ((pages = pool_space_dirty(&space, 10, &page)))
		pool_space_cleaned(&space, page, pages);
}

static mfn_t take(uint64_t pages)
{
	mfn_t first;
	bool clean;

	assert_int_equal(pool_space_take(&space, pages, &first, &clean), 0);
	return first;
}

static void the_lowest_range_that_fits_is_taken(void **state)
{
	mfn_t a = take(10), b = take(4), c = take(10), first;
	bool clean;

	(void)state;
	assert_int_equal(a.n, FIRST.n);
	assert_int_equal(b.n, FIRST.n + 10);
	assert_int_equal(c.n, FIRST.n + 14);
	pool_space_return(&space, b, 4);
	assert_int_equal(take(5).n, FIRST.n + 24);
	assert_int_equal(take(4).n, b.n);
	assert_int_equal(pool_space_take(&space, 36, &first, &clean), -ENOSPC);
	assert_int_equal(take(35).n, FIRST.n + 29);
	assert_int_equal(pool_space_take(&space, 1, &first, &clean), -ENOSPC);
}

static void a_range_that_is_asked_for_is_exclusive(void **state)
{
	const mfn_t middle = mfn_add(FIRST, 20);
	bool clean;

	(void)state;
	assert_int_equal(pool_space_take_at(&space, middle, 10, &clean), 0);
	assert_int_equal(pool_space_take_at(&space, middle, 10, &clean),
			 -EBUSY);
	assert_int_equal(pool_space_take_at(&space, mfn_add(middle, 9), 1,
					    &clean),
			 -EBUSY);
	assert_int_equal(pool_space_take_at(&space, mfn_add(FIRST, 11), 10,
					    &clean),
			 -EBUSY);
	assert_int_equal(
		pool_space_take_at(&space, mfn_add(FIRST, 10), 10, &clean), 0);
}

static void a_range_outside_is_refused(void **state)
{
	static const struct {
		uint64_t first, pages;
	} bad[] = {
		{ 0x48000 - 1, 1 },	{ 0x48000 + PAGES, 1 },
		{ 0x48000, PAGES + 1 }, { 0x48000, 0 },
		{ UINT64_MAX, 1 },	{ 0x48000 + 1, UINT64_MAX },
		{ 0, UINT64_MAX },
	};
	bool clean;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(pool_space_take_at(&space,
						    (mfn_t){ bad[i].first },
						    bad[i].pages, &clean),
				 -EINVAL);
	assert_int_equal(pool_space_usage(&space).free, PAGES);
}

static void what_was_never_scrubbed_is_not_called_clean(void **state)
{
	uint64_t page;
	mfn_t first;
	bool clean;

	(void)state;
	assert_int_equal(pool_space_take(&space, 4, &first, &clean), 0);
	assert_false(clean);
	/* What is taken is its owner's to scrub. */
	assert_int_equal(pool_space_dirty(&space, 100, &page), PAGES - 4);
	assert_int_equal(page, 4);
	clean_all();
	assert_int_equal(pool_space_take(&space, 4, &first, &clean), 0);
	assert_true(clean);
	pool_space_return(&space, first, 4);
	assert_int_equal(pool_space_usage(&space).dirty, 4);
	assert_int_equal(pool_space_take(&space, 8, &first, &clean), 0);
	assert_false(clean);
	assert_int_equal(pool_space_usage(&space).dirty, 0);
}

static void fragmentation_shows(void **state)
{
	mfn_t a = take(16);
	mfn_t b = take(16);
	struct pool_space_usage usage = pool_space_usage(&space);

	(void)state;
	assert_int_equal(usage.free, 32);
	assert_int_equal(usage.largest, 32);
	assert_int_equal(usage.ranges, 1);
	pool_space_return(&space, a, 16);
	usage = pool_space_usage(&space);
	assert_int_equal(usage.free, 48);
	assert_int_equal(usage.largest, 32);
	assert_int_equal(usage.ranges, 2);
	pool_space_return(&space, b, 16);
	assert_int_equal(pool_space_usage(&space).ranges, 1);
	assert_int_equal(pool_space_usage(&space).largest, PAGES);
}

/* Random takes and returns against a list of who has what. */
static void nobody_ever_has_anothers_frames(void **state)
{
	uint8_t owner[PAGES] = { 0 };
	struct {
		mfn_t first;
		uint64_t pages;
	} held[256] = { 0 };

	(void)state;
	srand(1);
	for (int i = 0; i < 20000; i++) {
		int who = 1 + rand() % 255;
		uint64_t pages = 1 + (uint64_t)(rand() % 20);
		bool clean;

		if (held[who].pages) {
			memset(owner + (held[who].first.n - FIRST.n), 0,
			       held[who].pages);
			pool_space_return(&space, held[who].first,
					  held[who].pages);
			held[who].pages = 0;
			continue;
		}
		if (pool_space_take(&space, pages, &held[who].first, &clean))
			continue;
		held[who].pages = pages;
		for (uint64_t p = 0; p < pages; p++) {
			uint64_t at = held[who].first.n - FIRST.n + p;

			assert_within(at, 0, PAGES - 1);
			assert_int_equal(owner[at], 0);
			owner[at] = (uint8_t)who;
		}
	}
}

#define TEST(function) \
	cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_lowest_range_that_fits_is_taken),
		TEST(a_range_that_is_asked_for_is_exclusive),
		TEST(a_range_outside_is_refused),
		TEST(what_was_never_scrubbed_is_not_called_clean),
		TEST(fragmentation_shows),
		TEST(nobody_ever_has_anothers_frames),
	};

	return cmocka_run_group_tests_name("pool_space", tests, NULL, NULL);
}
