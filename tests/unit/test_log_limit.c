// SPDX-License-Identifier: GPL-2.0-only
/* How much of the log one guest can fill, with a clock of the test's own. */
#include "cmocka_all.h"

#include "base/clock.h"
#include "base/log_limit.h"
#include "base/log_limit.h"

static uint64_t now;

uint64_t clock_ms(void)
{
	return now;
}

/* So many of `tries` lines at this moment are written. */
static unsigned int written(struct log_limit *limit, unsigned int tries)
{
	unsigned int count = 0;

	while (tries--)
		count += log_allowed(limit, 7);
	return count;
}

static void a_guest_fills_no_more_than_its_lines_a_minute(void **state)
{
	struct log_limit limit = { 0 };

	(void)state;
	now = 5;
	assert_int_equal(written(&limit, 100000), LOG_LIMIT_LINES);
	now += LOG_LIMIT_MS - 6;
	assert_int_equal(written(&limit, 100000), 0);
}

static void the_next_minute_has_its_own_lines(void **state)
{
	struct log_limit limit = { 0 };

	(void)state;
	now = 1000000;
	assert_int_equal(written(&limit, 100000), LOG_LIMIT_LINES);
	now += LOG_LIMIT_MS;
	assert_int_equal(written(&limit, 100000), LOG_LIMIT_LINES);
}

static void one_guest_takes_no_lines_from_another(void **state)
{
	struct log_limit loud = { 0 }, quiet = { 0 };

	(void)state;
	now = 2000000;
	written(&loud, 100000);
	assert_int_equal(written(&quiet, 3), 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_guest_fills_no_more_than_its_lines_a_minute),
		cmocka_unit_test(the_next_minute_has_its_own_lines),
		cmocka_unit_test(one_guest_takes_no_lines_from_another),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
