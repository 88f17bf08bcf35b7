// SPDX-License-Identifier: GPL-2.0-only
/* Where carveouts go in a guest's address space. */
#include "cmocka_all.h"

#include <errno.h>

#include "config/placement.h"

#define GIB(n) ((uint64_t)(n) << 30)
#define MIB(n) ((uint64_t)(n) << 20)

static void the_lowest_free_place_is_taken(void **state)
{
	const struct placed others[] = {
		{ GIB(4) + MIB(4), MIB(2) },
		{ GIB(4), MIB(2) },
	};
	uint64_t base;

	(void)state;
	assert_int_equal(placement_choose(NULL, 0, 0, MIB(64), &base), 0);
	assert_int_equal(base, GIB(4));
	assert_int_equal(placement_choose(others, 2, 0, MIB(2), &base), 0);
	assert_int_equal(base, GIB(4) + MIB(2));
	assert_int_equal(placement_choose(others, 2, 0, MIB(3), &base), 0);
	assert_int_equal(base, GIB(4) + MIB(6));
}

static void carveouts_share_no_page_table(void **state)
{
	const struct placed others[] = { { GIB(4), 4096 } };
	uint64_t base;

	(void)state;
	assert_int_equal(placement_choose(others, 1, 0, 4096, &base), 0);
	assert_int_equal(base, GIB(4) + MIB(2));
}

static void an_address_that_is_asked_for_is_checked(void **state)
{
	const struct placed others[] = { { GIB(5), MIB(64) } };
	uint64_t base;

	(void)state;
	assert_int_equal(placement_choose(others, 1, GIB(6), MIB(2), &base), 0);
	assert_int_equal(base, GIB(6));
	assert_int_equal(placement_choose(others, 1, GIB(5) + MIB(2), MIB(2),
					  &base),
			 -EEXIST);
	assert_int_equal(placement_choose(others, 1, GIB(5) - MIB(2), MIB(4),
					  &base),
			 -EEXIST);
	assert_int_equal(placement_choose(NULL, 0, GIB(4) + 4096, 4096, &base),
			 -EINVAL);
	assert_int_equal(placement_choose(NULL, 0, GIB(2), 4096, &base),
			 -EINVAL);
	assert_int_equal(placement_choose(NULL, 0, GIB(8), 4096, &base),
			 -EINVAL);
	assert_int_equal(placement_choose(NULL, 0, GIB(8) - MIB(2), MIB(4),
					  &base),
			 -EINVAL);
}

static void no_room_is_said(void **state)
{
	const struct placed others[] = { { GIB(4), GIB(3) } };
	uint64_t base;

	(void)state;
	assert_int_equal(placement_choose(others, 1, 0, GIB(1), &base), 0);
	assert_int_equal(placement_choose(others, 1, 0, GIB(1) + 4096, &base),
			 -ENOSPC);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_lowest_free_place_is_taken),
		cmocka_unit_test(carveouts_share_no_page_table),
		cmocka_unit_test(an_address_that_is_asked_for_is_checked),
		cmocka_unit_test(no_room_is_said),
	};

	return cmocka_run_group_tests_name("placement", tests, NULL, NULL);
}
