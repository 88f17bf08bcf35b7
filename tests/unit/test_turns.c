// SPDX-License-Identifier: GPL-2.0-only
/* Whose turn it is, with a clock of the test's own. */
#include "cmocka_all.h"

#include "base/clock.h"
#include "daemon/manager.h"
#include "daemon/tenant.h"
#include "daemon/turns.h"

static struct manager manager;
static struct tenant tenants[2];
static uint64_t now, had[2]; /* ms */

uint64_t clock_ms(void)
{
	return now;
}

static int setup(void **state)
{
	(void)state;
	turns_init(&manager.turns);
	for (int i = 0; i < 2; i++) {
		tenants[i] = (struct tenant){ .manager = &manager };
		had[i] = 0;
	}
	return 0;
}

/* Whose turn it is has one of so many milliseconds, and has more to do. */
static void take_turns(const uint64_t *each, uint64_t until)
{
	struct tenant *tenant;

	while (now < until && (tenant = turns_next(&manager.turns))) {
		now += each[tenant - tenants];
		had[tenant - tenants] += each[tenant - tenants];
		turns_again(tenant, 0);
	}
}

static void long_turns_are_fewer(void **state)
{
	static const uint64_t each[] = { 100, 2 };

	(void)state;
	turns_wake(&tenants[0]);
	turns_wake(&tenants[1]);
	take_turns(each, now + 10000);
	assert_true(had[0] >= 4900 && had[1] >= 4900);
}

static void turns_that_the_clock_does_not_see_alternate(void **state)
{
	(void)state;
	turns_wake(&tenants[0]);
	turns_wake(&tenants[1]);
	for (int i = 0; i < 10; i++) {
		struct tenant *tenant = turns_next(&manager.turns);

		assert_ptr_equal(tenant, &tenants[i % 2]);
		turns_again(tenant, 0);
	}
}

/* Who had nothing to do for long does not shut others out when it has. */
static void nobody_saves_up(void **state)
{
	static const uint64_t each[] = { 10, 10 };

	(void)state;
	turns_wake(&tenants[0]);
	take_turns(each, now + 10000);
	turns_wake(&tenants[1]);
	had[0] = 0;
	take_turns(each, now + 1000);
	assert_int_equal(had[0] / 100, 5);
	assert_int_equal(had[1] / 100, 5);
}

/* An event of its own comes in the middle of its turn. */
static void who_is_woken_in_its_turn_pays_for_it(void **state)
{
	struct tenant *tenant;

	(void)state;
	turns_wake(&tenants[0]);
	turns_wake(&tenants[1]);
	tenant = turns_next(&manager.turns);
	turns_wake(tenant);
	now += 10;
	turns_again(tenant, -1);
	assert_ptr_not_equal(turns_next(&manager.turns), tenant);
	assert_ptr_equal(turns_next(&manager.turns), tenant);
	assert_null(turns_next(&manager.turns));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(long_turns_are_fewer, setup),
		cmocka_unit_test_setup(
			turns_that_the_clock_does_not_see_alternate, setup),
		cmocka_unit_test_setup(nobody_saves_up, setup),
		cmocka_unit_test_setup(who_is_woken_in_its_turn_pays_for_it,
				       setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
