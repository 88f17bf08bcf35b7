// SPDX-License-Identifier: GPL-2.0-only
/* The state table's promises, each said without looking at the table. */
#include "cmocka_all.h"

#include <errno.h>
#include <string.h>

#include "state.h"

#define ALL_STATES(s) \
	for (enum carveout_state s = CARVEOUT_EMPTY; s < CARVEOUT_STATES; s++)

static void a_sealed_carveout_takes_nothing_from_its_guest(void **state)
{
	(void)state;
	for (unsigned int r = 0; r < CARVEOUT_REQUESTS; r++)
		assert_true(carveout_state_allows(CARVEOUT_SEALED,
						  (enum carveout_request)r,
						  CARVEOUT_GUEST) < 0);
}

static void only_sealed_content_can_be_read(void **state)
{
	(void)state;
	ALL_STATES(s)
	assert_int_equal(!carveout_state_allows(s, CARVEOUT_REQ_READ,
						CARVEOUT_DOM0),
			 s == CARVEOUT_SEALED);
}

static void a_guest_never_reads_or_revokes(void **state)
{
	(void)state;
	ALL_STATES(s)
	{
		assert_int_equal(carveout_state_allows(s, CARVEOUT_REQ_READ,
						       CARVEOUT_GUEST),
				 -EOPNOTSUPP);
		assert_int_equal(carveout_state_allows(s, CARVEOUT_REQ_REVOKE,
						       CARVEOUT_GUEST),
				 -EOPNOTSUPP);
	}
}

static void dom0_may_reset_and_revoke_in_every_state(void **state)
{
	(void)state;
	ALL_STATES(s)
	{
		assert_int_equal(carveout_state_allows(s, CARVEOUT_REQ_RESET,
						       CARVEOUT_DOM0),
				 0);
		assert_int_equal(carveout_state_allows(s, CARVEOUT_REQ_REVOKE,
						       CARVEOUT_DOM0),
				 0);
	}
}

static void after_a_failure_the_guest_is_told_to_reset(void **state)
{
	(void)state;
	assert_int_equal(carveout_state_allows(CARVEOUT_FAILED,
					       CARVEOUT_REQ_OPEN,
					       CARVEOUT_GUEST),
			 -ECANCELED);
	assert_int_equal(carveout_state_allows(CARVEOUT_FAILED,
					       CARVEOUT_REQ_SEAL,
					       CARVEOUT_GUEST),
			 -ECANCELED);
	assert_int_equal(carveout_state_allows(CARVEOUT_FAILED,
					       CARVEOUT_REQ_RESET,
					       CARVEOUT_GUEST),
			 0);
}

static void what_is_no_state_request_or_party_is_refused(void **state)
{
	(void)state;
	assert_int_equal(carveout_state_allows((enum carveout_state)0,
					       CARVEOUT_REQ_OPEN,
					       CARVEOUT_GUEST),
			 -EINVAL);
	assert_int_equal(carveout_state_allows(CARVEOUT_STATES,
					       CARVEOUT_REQ_OPEN,
					       CARVEOUT_GUEST),
			 -EINVAL);
	assert_int_equal(carveout_state_allows(CARVEOUT_EMPTY,
					       CARVEOUT_REQUESTS,
					       CARVEOUT_GUEST),
			 -EINVAL);
	assert_int_equal(carveout_state_allows(CARVEOUT_EMPTY,
					       CARVEOUT_REQ_OPEN,
					       CARVEOUT_WHOS),
			 -EINVAL);
}

static void every_state_and_request_has_a_name(void **state)
{
	(void)state;
	ALL_STATES(s)
	assert_string_not_equal(carveout_state_name(s), "?");
	for (unsigned int r = 0; r < CARVEOUT_REQUESTS; r++)
		assert_string_not_equal(
			carveout_request_name((enum carveout_request)r), "?");
	assert_string_equal(carveout_state_name((enum carveout_state)0), "?");
	assert_string_equal(carveout_request_name(CARVEOUT_REQUESTS), "?");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			a_sealed_carveout_takes_nothing_from_its_guest),
		cmocka_unit_test(only_sealed_content_can_be_read),
		cmocka_unit_test(a_guest_never_reads_or_revokes),
		cmocka_unit_test(dom0_may_reset_and_revoke_in_every_state),
		cmocka_unit_test(after_a_failure_the_guest_is_told_to_reset),
		cmocka_unit_test(what_is_no_state_request_or_party_is_refused),
		cmocka_unit_test(every_state_and_request_has_a_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
