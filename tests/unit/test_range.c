// SPDX-License-Identifier: GPL-2.0-only
#include "cmocka_all.h"
#include "dice.h"
#include "range.h"

#define STEPS 200000

static void a_range_ends_at_the_limit_and_not_beyond(void **state)
{
	(void)state;
	assert_true(range_within(0, 100, 100));
	assert_true(range_within(100, 0, 100));
	assert_true(range_within(99, 1, 100));
	assert_false(range_within(99, 2, 100));
	assert_false(range_within(101, 0, 100));
}

static void lengths_that_would_wrap_are_outside(void **state)
{
	(void)state;
	assert_false(range_within(1, UINT64_MAX, 100));
	assert_false(range_within(UINT64_MAX, 2, 100));
	assert_false(range_within(UINT64_MAX, UINT64_MAX, UINT64_MAX - 1));
	assert_true(range_within(0, UINT64_MAX, UINT64_MAX));
	assert_false(range_within(1, UINT64_MAX, UINT64_MAX));
}

static bool naive_overlap(unsigned int a, unsigned int al, unsigned int b,
			  unsigned int bl)
{
	for (unsigned int i = a; i < a + al; i++)
		if (i >= b && i < b + bl)
			return true;
	return false;
}

static void overlap_agrees_with_counting_bytes(void **state)
{
	(void)state;
	for (unsigned int a = 0; a < 8; a++)
		for (unsigned int al = 0; al < 8; al++)
			for (unsigned int b = 0; b < 8; b++)
				for (unsigned int bl = 0; bl < 8; bl++)
					assert_int_equal(
						ranges_overlap(a, al, b, bl),
						naive_overlap(a, al, b, bl));
}

static void ranges_at_the_top_of_the_address_space_overlap(void **state)
{
	(void)state;
	assert_true(ranges_overlap(UINT64_MAX - 1, 1, UINT64_MAX - 1, 1));
	assert_false(ranges_overlap(0, 1, UINT64_MAX - 1, 1));
}

/* ---- against arithmetic that has room ---- */

typedef unsigned __int128 wide;

static const uint64_t marks[] = { 0, 4096, 1U << 20, 1ULL << 32, 1ULL << 63 };

static uint64_t edge(void)
{
	return dice_percent(90) ?
		       dice_edge(marks, sizeof(marks) / sizeof(marks[0])) :
		       dice_any();
}

static void within_agrees_with_arithmetic_that_cannot_overflow(void **state)
{
	(void)state;
	dice_start();
	for (int i = 0; i < STEPS; i++) {
		uint64_t offset = edge(), length = edge(), limit = edge();

		assert_int_equal(range_within(offset, length, limit),
				 (wide)offset + length <= limit);
	}
}

static void overlap_agrees_with_arithmetic_that_cannot_overflow(void **state)
{
	(void)state;
	dice_start();
	for (int i = 0; i < STEPS; i++) {
		uint64_t a = edge(), al = edge(), b = edge(), bl = edge();

		if (!range_within(a, al, UINT64_MAX) ||
		    !range_within(b, bl, UINT64_MAX))
			continue;
		assert_int_equal(ranges_overlap(a, al, b, bl),
				 al && bl && (wide)a < (wide)b + bl &&
					 (wide)b < (wide)a + al);
	}
}

static void alignment_agrees_with_division(void **state)
{
	(void)state;
	dice_start();
	for (int i = 0; i < STEPS; i++) {
		uint64_t bytes = edge();

		assert_true(range_page_aligned(range_page_up(bytes)));
		assert_true(range_page_up(bytes) - bytes < 4096);
		assert_int_equal(range_page_aligned(bytes),
				 bytes / 4096 * 4096 == bytes);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_range_ends_at_the_limit_and_not_beyond),
		cmocka_unit_test(lengths_that_would_wrap_are_outside),
		cmocka_unit_test(overlap_agrees_with_counting_bytes),
		cmocka_unit_test(
			ranges_at_the_top_of_the_address_space_overlap),
		cmocka_unit_test(
			within_agrees_with_arithmetic_that_cannot_overflow),
		cmocka_unit_test(
			overlap_agrees_with_arithmetic_that_cannot_overflow),
		cmocka_unit_test(alignment_agrees_with_division),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
