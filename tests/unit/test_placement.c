// SPDX-License-Identifier: GPL-2.0-only
/* Where carveouts go in a guest's address space. */
#include "cmocka_all.h"

#include <errno.h>

#include "config/placement.h"

#define GIB(n) ((uint64_t)(n) << 30)
#define MIB(n) ((uint64_t)(n) << 20)
#define TIB(n) ((uint64_t)(n) << 40)
#define HYPERTRANSPORT 0xfd00000000

static struct placement_space space;

static int choose(const struct placed *others, size_t count, uint64_t gpa,
		  uint64_t size, uint64_t *base)
{
	return placement_choose(&space, others, count, gpa, size, base);
}

static int on_arm64(void **state)
{
	(void)state;
	space = placement_arm64();
	return 0;
}

static void the_lowest_free_place_is_taken(void **state)
{
	const struct placed others[] = {
		{ GIB(4) + MIB(4), MIB(2) },
		{ GIB(4), MIB(2) },
	};
	uint64_t base;

	(void)state;
	assert_int_equal(choose(NULL, 0, 0, MIB(64), &base), 0);
	assert_int_equal(base, GIB(4));
	assert_int_equal(choose(others, 2, 0, MIB(2), &base), 0);
	assert_int_equal(base, GIB(4) + MIB(2));
	assert_int_equal(choose(others, 2, 0, MIB(3), &base), 0);
	assert_int_equal(base, GIB(4) + MIB(6));
}

static void carveouts_share_no_page_table(void **state)
{
	const struct placed others[] = { { GIB(4), 4096 } };
	uint64_t base;

	(void)state;
	assert_int_equal(choose(others, 1, 0, 4096, &base), 0);
	assert_int_equal(base, GIB(4) + MIB(2));
}

static void an_address_that_is_asked_for_is_checked(void **state)
{
	const struct placed others[] = { { GIB(5), MIB(64) } };
	uint64_t base;

	(void)state;
	assert_int_equal(choose(others, 1, GIB(6), MIB(2), &base), 0);
	assert_int_equal(base, GIB(6));
	assert_int_equal(choose(others, 1, GIB(5) + MIB(2), MIB(2), &base),
			 -EEXIST);
	assert_int_equal(choose(others, 1, GIB(5) - MIB(2), MIB(4), &base),
			 -EEXIST);
	assert_int_equal(choose(NULL, 0, GIB(4) + 4096, 4096, &base), -EINVAL);
	assert_int_equal(choose(NULL, 0, GIB(2), 4096, &base), -EINVAL);
	assert_int_equal(choose(NULL, 0, GIB(8), 4096, &base), -EINVAL);
	assert_int_equal(choose(NULL, 0, GIB(8) - MIB(2), MIB(4), &base),
			 -EINVAL);
}

static void no_room_is_said(void **state)
{
	const struct placed others[] = { { GIB(4), GIB(3) } };
	uint64_t base;

	(void)state;
	assert_int_equal(choose(others, 1, 0, GIB(1), &base), 0);
	assert_int_equal(choose(others, 1, 0, GIB(1) + 4096, &base), -ENOSPC);
}

/* Who saves a guest goes through all frames below the highest. */
static void on_x86_it_is_right_above_what_the_guest_may_have(void **state)
{
	struct placed others[2];
	uint64_t base;

	(void)state;
	space = placement_x86(39, GIB(1));
	assert_int_equal(choose(NULL, 0, 0, MIB(64), &base), 0);
	assert_int_equal(base, GIB(5));
	others[0] = (struct placed){ base, MIB(64) };
	assert_int_equal(choose(others, 1, 0, MIB(129), &base), 0);
	assert_int_equal(base, GIB(5) + MIB(64));
	others[1] = (struct placed){ base, MIB(129) };
	assert_int_equal(choose(others, 2, 0, 4096, &base), 0);
	assert_int_equal(base, GIB(5) + MIB(64) + MIB(130));
	/* A place that was left between them is taken again. */
	others[0].base = GIB(6);
	assert_int_equal(choose(others, 2, 0, MIB(64), &base), 0);
	assert_int_equal(base, GIB(5));
	/* Who asks for another gets that. */
	assert_int_equal(choose(others, 2, GIB(500), MIB(64), &base), 0);
	assert_int_equal(base, GIB(500));
}

/* A grant names a frame by 32 bits, whatever the processor can address. */
static void on_x86_it_can_be_granted(void **state)
{
	uint64_t base;

	(void)state;
	for (unsigned int bits = 44; bits <= 64; bits++) {
		space = placement_x86(bits, GIB(1));
		assert_int_equal(
			choose(NULL, 0, TIB(16) - MIB(2), MIB(2), &base), 0);
		assert_int_equal(choose(NULL, 0, TIB(16), MIB(2), &base),
				 -EINVAL);
		space = placement_x86(bits, TIB(16) - GIB(5));
		assert_int_equal(choose(NULL, 0, 0, GIB(1), &base), 0);
		assert_int_equal(choose(NULL, 0, 0, GIB(1) + 4096, &base),
				 -ENOSPC);
	}
}

static void what_processors_keep_is_left_alone(void **state)
{
	const struct placed above = { TIB(1), GIB(3) };
	uint64_t base;

	(void)state;
	space = placement_x86(44, HYPERTRANSPORT - GIB(5));
	assert_int_equal(choose(NULL, 0, 0, GIB(1), &base), 0);
	assert_int_equal(base, HYPERTRANSPORT - GIB(1));
	assert_int_equal(choose(NULL, 0, 0, GIB(1) + 4096, &base), 0);
	assert_int_equal(base, TIB(1));
	assert_int_equal(choose(&above, 1, 0, GIB(1) + 4096, &base), 0);
	assert_int_equal(base, TIB(1) + GIB(3));
	assert_int_equal(choose(NULL, 0, HYPERTRANSPORT, MIB(2), &base),
			 -EINVAL);
	assert_int_equal(choose(NULL, 0, TIB(1) - MIB(2), MIB(2), &base),
			 -EINVAL);
	assert_int_equal(choose(NULL, 0, HYPERTRANSPORT - MIB(2), MIB(4),
				&base),
			 -EINVAL);
	space = placement_x86(40, HYPERTRANSPORT - GIB(5));
	assert_int_equal(choose(NULL, 0, 0, GIB(1), &base), 0);
	assert_int_equal(choose(NULL, 0, 0, GIB(1) + 4096, &base), -ENOSPC);
}

/* Of 4 GiB one may lie below 4 GiB, for a hole there: that is not counted on. */
static void on_x86_the_guests_memory_is_left_alone(void **state)
{
	uint64_t base;

	(void)state;
	space = placement_x86(36, GIB(50) + MIB(1));
	assert_int_equal(choose(NULL, 0, 0, GIB(3), &base), 0);
	assert_int_equal(base, GIB(54) + MIB(128));
	assert_int_equal(choose(NULL, 0, GIB(54), MIB(2), &base), -EINVAL);
	assert_int_equal(choose(NULL, 0, GIB(54) + MIB(126), MIB(2), &base),
			 -EINVAL);
	assert_int_equal(choose(NULL, 0, GIB(54) + MIB(128), MIB(2), &base), 0);
	assert_int_equal(choose(NULL, 0, GIB(64) - MIB(2), MIB(4), &base),
			 -EINVAL);
	assert_int_equal(choose(NULL, 0, GIB(64), MIB(2), &base), -EINVAL);
	space = placement_x86(36, GIB(60) - MIB(128));
	assert_int_equal(choose(NULL, 0, 0, MIB(128), &base), 0);
	assert_int_equal(choose(NULL, 0, 0, MIB(129), &base), -ENOSPC);
	space = placement_x86(36, GIB(60) - MIB(127));
	assert_int_equal(choose(NULL, 0, 0, 4096, &base), -ENOSPC);
	assert_int_equal(choose(NULL, 0, GIB(64) - MIB(2), 4096, &base),
			 -EINVAL);
	space = placement_x86(36, UINT64_MAX);
	assert_int_equal(choose(NULL, 0, 0, 4096, &base), -ENOSPC);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(the_lowest_free_place_is_taken,
				       on_arm64),
		cmocka_unit_test_setup(carveouts_share_no_page_table, on_arm64),
		cmocka_unit_test_setup(an_address_that_is_asked_for_is_checked,
				       on_arm64),
		cmocka_unit_test_setup(no_room_is_said, on_arm64),
		cmocka_unit_test(
			on_x86_it_is_right_above_what_the_guest_may_have),
		cmocka_unit_test(on_x86_it_can_be_granted),
		cmocka_unit_test(what_processors_keep_is_left_alone),
		cmocka_unit_test(on_x86_the_guests_memory_is_left_alone),
	};

	return cmocka_run_group_tests_name("placement", tests, NULL, NULL);
}
