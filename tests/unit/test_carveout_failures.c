// SPDX-License-Identifier: GPL-2.0-only
/* The hypervisor or memory fails a carveout: it says so, is not
 * more than it says, and can be reset when that is over. */
#include "cmocka_all.h"

#include <errno.h>
#include <string.h>

#include "carveout/measure.h"
#include "fixture.h"

static struct fixture f;

/* ---- what all of it comes to ---- */

static void expect_failed(int error)
{
	fixture_work(&f);
	assert_int_equal(f.carveout.state, CARVEOUT_FAILED);
	assert_int_equal(f.carveout.error, error);
	assert_non_null(f.carveout.why);
}

static void expect_reset_helps(void)
{
	hv_model_clear_faults();
	carveout_reset(&f.carveout, CARVEOUT_GUEST);
	fixture_work(&f);
	assert_int_equal(carveout_outcome(&f.carveout, CARVEOUT_REQ_RESET), 0);
	assert_int_equal(f.carveout.state, CARVEOUT_EMPTY);
	assert_int_equal(f.carveout.error, 0);
	fixture_assert_scrubbed(&f);
	fixture_load(&f, 0, 4096, 100, 8);
	assert_int_equal(fixture_seal(&f, 100), 0);
	fixture_expect_digest(&f, 100, 100, 8);
}

/* ---- scrubbing ---- */

static void what_cannot_be_scrubbed_is_not_called_empty(void **state)
{
	(void)state;
	fixture_load(&f, 0, 8192, 8192, 1);
	fixture_fail_all(f.world->writes);
	assert_int_equal(carveout_reset(&f.carveout, CARVEOUT_GUEST),
			 -EINPROGRESS);
	expect_failed(-EIO);
	assert_int_equal(carveout_outcome(&f.carveout, CARVEOUT_REQ_RESET),
			 -EIO);
	assert_non_null(strstr(f.carveout.why, "scrubbed"));
	expect_reset_helps();
}

static void a_failed_load_that_cannot_be_scrubbed_says_that(void **state)
{
	(void)state;
	fixture_load(&f, 0, 8192, 8192, 1);
	fixture_fail_all(f.world->writes);
	assert_int_equal(carveout_abort(&f.carveout, CARVEOUT_GUEST, "why"),
			 -EINPROGRESS);
	expect_failed(-EIO);
	assert_non_null(strstr(f.carveout.why, "scrubbed"));
	expect_reset_helps();
}

/* ---- sealing ---- */

static void load_more_than_is_sealed(void)
{
	fixture_load(&f, 0, FIXTURE_WINDOW, FIXTURE_WINDOW, 4);
}

static void a_seal_whose_last_page_cannot_be_read_fails(void **state)
{
	(void)state;
	load_more_than_is_sealed();
	fixture_fail(f.world->reads, 1);
	assert_int_equal(fixture_seal(&f, 5000), -EIO);
	expect_failed(-EIO);
	fixture_assert_scrubbed(&f);
	expect_reset_helps();
}

static void a_seal_whose_last_page_cannot_be_written_fails(void **state)
{
	(void)state;
	load_more_than_is_sealed();
	fixture_fail(f.world->writes, 1);
	assert_int_equal(fixture_seal(&f, 5000), -EIO);
	expect_failed(-EIO);
	fixture_assert_scrubbed(&f);
	expect_reset_helps();
}

static void a_seal_that_cannot_scrub_what_lies_beyond_fails(void **state)
{
	(void)state;
	load_more_than_is_sealed();
	fixture_fail(f.world->writes, 2);
	assert_int_equal(carveout_seal(&f.carveout, CARVEOUT_GUEST, 5000, NULL),
			 -EINPROGRESS);
	expect_failed(-EIO);
	assert_int_equal(carveout_outcome(&f.carveout, CARVEOUT_REQ_SEAL),
			 -EIO);
	fixture_assert_scrubbed(&f);
	expect_reset_helps();
}

static void a_seal_that_cannot_be_measured_fails(void **state)
{
	(void)state;
	fixture_load(&f, 4096, 4096, 4096, 4);
	fixture_fail(f.world->reads, 1);
	assert_int_equal(carveout_seal(&f.carveout, CARVEOUT_GUEST, 8192, NULL),
			 -EINPROGRESS);
	expect_failed(-EIO);
	assert_int_equal(carveout_outcome(&f.carveout, CARVEOUT_REQ_SEAL),
			 -EIO);
	fixture_assert_scrubbed(&f);
	expect_reset_helps();
}

static void a_seal_that_is_measured_and_differs_fails(void **state)
{
	const uint8_t digest[MEASURE_DIGEST_SIZE] = { 1 };

	(void)state;
	fixture_load(&f, 4096, 4096, 4096, 4);
	assert_int_equal(carveout_seal(&f.carveout, CARVEOUT_GUEST, 8192,
				       digest),
			 -EINPROGRESS);
	expect_failed(-EBADMSG);
	assert_int_equal(carveout_outcome(&f.carveout, CARVEOUT_REQ_SEAL),
			 -EBADMSG);
	expect_reset_helps();
}

/* ---- dom0's reads and writes ---- */

static void a_write_that_fails_fails_the_load(void **state)
{
	(void)state;
	assert_int_equal(carveout_write(&f.carveout, 0, "bytes", 5), 0);
	fixture_fail(f.world->writes, 1);
	assert_int_equal(carveout_write(&f.carveout, 4096, "bytes", 5), -EIO);
	expect_failed(-EIO);
	fixture_assert_scrubbed(&f);
	expect_reset_helps();
}

static void a_read_that_fails_leaves_the_seal(void **state)
{
	uint8_t byte = 0x99;

	(void)state;
	fixture_load(&f, 0, 4096, 4096, 4);
	assert_int_equal(fixture_seal(&f, 4096), 0);
	fixture_fail(f.world->reads, 1);
	assert_int_equal(carveout_read(&f.carveout, 9, &byte, 1), -EIO);
	assert_int_equal(byte, 0x99);
	assert_int_equal(f.carveout.state, CARVEOUT_SEALED);
	assert_int_equal(carveout_read(&f.carveout, 9, &byte, 1), 0);
	assert_int_equal(byte, fixture_byte(9, 4));
}

/* ---- answers that come late ---- */

/* Somebody else's reset came first: there is no errno of its own for that. */
static void a_seal_that_was_overtaken_was_cancelled(void **state)
{
	(void)state;
	fixture_load(&f, 4096, 4096, 4096, 4);
	assert_int_equal(carveout_seal(&f.carveout, CARVEOUT_GUEST, 8192, NULL),
			 -EINPROGRESS);
	assert_int_equal(carveout_reset(&f.carveout, CARVEOUT_DOM0),
			 -EINPROGRESS);
	fixture_work(&f);
	assert_int_equal(carveout_outcome(&f.carveout, CARVEOUT_REQ_SEAL),
			 -ECANCELED);
	assert_int_equal(carveout_outcome(&f.carveout, CARVEOUT_REQ_RESET), 0);
}

static void a_reset_that_was_overtaken_was_cancelled(void **state)
{
	(void)state;
	carveout_reset(&f.carveout, CARVEOUT_DOM0);
	fixture_load(&f, 0, 4096, 4096, 4);
	assert_int_equal(carveout_outcome(&f.carveout, CARVEOUT_REQ_RESET),
			 -ECANCELED);
}

static void an_abort_and_a_revoke_end_well_whatever_they_find(void **state)
{
	(void)state;
	fixture_load(&f, 0, 4096, 4096, 4);
	carveout_abort(&f.carveout, CARVEOUT_GUEST, "why");
	fixture_work(&f);
	assert_int_equal(carveout_outcome(&f.carveout, CARVEOUT_REQ_ABORT), 0);
	assert_int_equal(carveout_outcome(&f.carveout, CARVEOUT_REQ_REVOKE), 0);
}

/* ---- windows ---- */

static void an_overdue_window_is_due_now(void **state)
{
	uint32_t id;

	(void)state;
	assert_int_equal(carveout_wait(&f.carveout), -1);
	assert_int_equal(fixture_open(&f, 0, 4096, false, &id), 0);
	assert_int_equal(carveout_wait(&f.carveout), -1);
	carveout_revoke(&f.carveout, false);
	f.now += FIXTURE_GRACE / 4;
	assert_int_equal(carveout_wait(&f.carveout), FIXTURE_GRACE * 3 / 4);
	f.now += 10 * FIXTURE_GRACE;
	assert_int_equal(carveout_wait(&f.carveout), 0);
	carveout_work(&f.carveout);
	assert_false(fixture_guest_reaches(&f, 0));
	assert_int_equal(carveout_wait(&f.carveout), -1);
}

/* Each may cost thousands of hypercalls: others have their turn in between. */
static void overdue_windows_go_one_a_step(void **state)
{
	uint32_t id;

	(void)state;
	assert_int_equal(fixture_open(&f, 0, 4096, false, &id), 0);
	assert_int_equal(fixture_open(&f, 4096, 4096, false, &id), 0);
	carveout_revoke(&f.carveout, false);
	f.now += 10 * FIXTURE_GRACE;
	for (unsigned int left = 2; left--;) {
		assert_int_equal(carveout_wait(&f.carveout), 0);
		carveout_work(&f.carveout);
		assert_int_equal(carveout_windows_held(&f.carveout), left);
	}
	assert_int_equal(carveout_wait(&f.carveout), -1);
}

static void no_window_is_number_0(void **state)
{
	uint32_t last, next;

	(void)state;
	f.carveout.last_opened = UINT32_MAX - 1;
	assert_int_equal(fixture_open(&f, 0, 4096, false, &last), 0);
	assert_int_equal(fixture_open(&f, 4096, 4096, false, &next), 0);
	assert_int_equal(last, UINT32_MAX);
	assert_int_equal(next, 1);
}

/* ---- memory ---- */

/* The linker puts it in the place of sha256_new(). */
static bool no_memory;
struct sha256 *__real_sha256_new(void);
struct sha256 *__wrap_sha256_new(void);
struct sha256 *__wrap_sha256_new(void)
{
	return no_memory ? NULL : __real_sha256_new();
}

static void without_memory_to_measure_there_is_no_carveout(void **state)
{
	struct carveout carveout;
	struct backing backing = { 0 };

	(void)state;
	no_memory = true;
	assert_int_equal(carveout_init(&carveout, &f.carveout.config, &f.owner,
				       &backing, &f.scratch, true),
			 -ENOMEM);
	no_memory = false;
	assert_null(carveout.backing);
}

int main(void)
{
	static const struct behaviour behaviours[] = {
		BEHAVIOUR(what_cannot_be_scrubbed_is_not_called_empty),
		BEHAVIOUR(a_failed_load_that_cannot_be_scrubbed_says_that),
		BEHAVIOUR(a_seal_whose_last_page_cannot_be_read_fails),
		BEHAVIOUR(a_seal_whose_last_page_cannot_be_written_fails),
		BEHAVIOUR(a_seal_that_cannot_scrub_what_lies_beyond_fails),
		BEHAVIOUR(a_seal_that_cannot_be_measured_fails),
		BEHAVIOUR(a_seal_that_is_measured_and_differs_fails),
		BEHAVIOUR(a_write_that_fails_fails_the_load),
		BEHAVIOUR(a_read_that_fails_leaves_the_seal),
		BEHAVIOUR(a_seal_that_was_overtaken_was_cancelled),
		BEHAVIOUR(a_reset_that_was_overtaken_was_cancelled),
		BEHAVIOUR(an_abort_and_a_revoke_end_well_whatever_they_find),
		BEHAVIOUR(an_overdue_window_is_due_now),
		BEHAVIOUR(overdue_windows_go_one_a_step),
		BEHAVIOUR(no_window_is_number_0),
		BEHAVIOUR(without_memory_to_measure_there_is_no_carveout),
	};

	return fixture_run("carveout: failures", &f, behaviours,
			   sizeof(behaviours) / sizeof(behaviours[0]));
}
