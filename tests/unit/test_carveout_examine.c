// SPDX-License-Identifier: GPL-2.0-only
/* An owner that has its say before content is sealed. */
#include "cmocka_all.h"

#include <errno.h>
#include <string.h>

#include "fixture.h"

#define LENGTH (FIXTURE_WINDOW + 777U)

static struct fixture f;

/* What the owner answers, and what it has seen. */
static struct {
	int begin, end;
	uint8_t seen[2 * FIXTURE_WINDOW];
	size_t length;
} owner;

static int examine(struct carveout *carveout, const char **why, void *context)
{
	(void)context;
	assert_int_equal(carveout->length, LENGTH);
	*why = "at once";
	return owner.begin;
}

static void see(const void *bytes, size_t length, void *context)
{
	(void)context;
	assert_true(owner.length + length <= sizeof(owner.seen));
	memcpy(owner.seen + owner.length, bytes, length);
	owner.length += length;
}

static int decide(const char **why, void *context)
{
	(void)context;
	assert_int_equal(owner.length, LENGTH);
	*why = "in the end";
	return owner.end;
}

static int seal_as(int begins, int ends)
{
	memset(&owner, 0, sizeof(owner));
	owner.begin = begins;
	owner.end = ends;
	f.owner.examine = examine;
	f.owner.see = see;
	f.owner.decide = decide;
	assert_int_equal(fixture_put(&f, 0, FIXTURE_WINDOW, 4), 0);
	assert_int_equal(fixture_put(&f, FIXTURE_WINDOW, 777, 4), 0);
	return fixture_seal(&f, LENGTH);
}

static void expect_rejected(const char *why)
{
	assert_true(carveout_is_rejected(&f.carveout));
	assert_string_equal(f.carveout.why, why);
	assert_true(f.recorded.rejected);
	assert_false(f.recorded.verified);
	fixture_work(&f);
	fixture_assert_scrubbed(&f);
	fixture_reset(&f);
	assert_false(carveout_is_rejected(&f.carveout));
	assert_false(f.recorded.rejected);
}

static void an_owner_may_decide_at_once(void **state)
{
	(void)state;
	assert_int_equal(seal_as(0, -EIO), 0);
	assert_true(f.recorded.verified);
	assert_int_equal(owner.length, 0);
	fixture_reset(&f);
	assert_false(f.recorded.verified);
	assert_int_equal(seal_as(-EKEYREJECTED, 0), -EKEYREJECTED);
	expect_rejected("at once");
}

static void it_sees_all_of_the_content_once_and_in_order(void **state)
{
	(void)state;
	assert_int_equal(seal_as(-EAGAIN, 0), 0);
	assert_true(f.recorded.verified);
	for (uint32_t at = 0; at < LENGTH; at++)
		assert_int_equal(owner.seen[at], fixture_byte(at, 4));
	fixture_expect_digest(&f, LENGTH, LENGTH, 4);
	fixture_reset(&f);
	assert_int_equal(seal_as(-EAGAIN, -EKEYREJECTED), -EKEYREJECTED);
	expect_rejected("in the end");
}

/* fixture_seal() works as long as there is something to do. */
static void begin_to_wait(void)
{
	memset(&owner, 0, sizeof(owner));
	f.owner.examine = examine;
	owner.begin = -EINPROGRESS;
	assert_int_equal(fixture_put(&f, 0, FIXTURE_WINDOW, 4), 0);
	assert_int_equal(fixture_put(&f, FIXTURE_WINDOW, 777, 4), 0);
	assert_int_equal(carveout_seal(&f.carveout, CARVEOUT_GUEST, LENGTH,
				       NULL),
			 -EINPROGRESS);
	assert_true(carveout_awaits_owner(&f.carveout));
	assert_true(carveout_busy(&f.carveout));
	assert_int_equal(carveout_wait(&f.carveout), -1);
	carveout_work(&f.carveout); /* there is nothing to do */
	assert_true(carveout_awaits_owner(&f.carveout));
	assert_int_equal(f.recorded.state, CARVEOUT_LOADING);
}

static void it_may_take_its_time(void **state)
{
	(void)state;
	begin_to_wait();
	carveout_decided(&f.carveout, 0, NULL);
	assert_int_equal(f.recorded.state, CARVEOUT_SEALED);
	assert_true(f.recorded.verified);
	fixture_reset(&f);
	begin_to_wait();
	carveout_decided(&f.carveout, -EKEYREJECTED, "later");
	fixture_work(&f);
	expect_rejected("later");
}

static void a_load_that_ends_meanwhile_waits_no_more(void **state)
{
	(void)state;
	begin_to_wait();
	carveout_reset(&f.carveout, CARVEOUT_DOM0);
	assert_false(carveout_awaits_owner(&f.carveout));
	fixture_work(&f);
	fixture_assert_scrubbed(&f);
	begin_to_wait();
	carveout_revoke(&f.carveout, true);
	assert_false(carveout_awaits_owner(&f.carveout));
	fixture_work(&f);
	fixture_assert_scrubbed(&f);
}

/* Recorded; the next manager knows, and has a sentence of its own. */
static void a_verdict_outlives_the_manager(void **state)
{
	(void)state;
	assert_int_equal(seal_as(0, 0), 0);
	assert_int_equal(fixture_next_manager(&f), 0);
	assert_true(f.carveout.verified);
	fixture_reset(&f);
	assert_int_equal(seal_as(-EKEYREJECTED, 0), -EKEYREJECTED);
	assert_int_equal(fixture_next_manager(&f), 0);
	fixture_work(&f);
	assert_true(carveout_is_rejected(&f.carveout));
	assert_non_null(strstr(f.carveout.why, "hv-mgr log"));
}

static void what_goes_with_a_seal_is_fetched_once(void **state)
{
	uint8_t bytes[HV_PAGE_SIZE + 5], to[sizeof(bytes)] = { 0 };
	uint32_t directory;

	(void)state;
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * 7);
	directory = fixture_own(&f, bytes, sizeof(bytes));
	assert_int_equal(carveout_fetch(&f.carveout, directory, to, sizeof(to)),
			 0);
	assert_memory_equal(to, bytes, sizeof(bytes));
	assert_int_equal(carveout_fetch(&f.carveout, UINT32_MAX, to, 5),
			 -EFAULT);
	assert_int_equal(f.carveout.state, CARVEOUT_EMPTY);
}

int main(void)
{
	static const struct behaviour behaviours[] = {
		BEHAVIOUR(an_owner_may_decide_at_once),
		BEHAVIOUR(it_sees_all_of_the_content_once_and_in_order),
		BEHAVIOUR(it_may_take_its_time),
		BEHAVIOUR(a_load_that_ends_meanwhile_waits_no_more),
		BEHAVIOUR(a_verdict_outlives_the_manager),
		BEHAVIOUR(what_goes_with_a_seal_is_fetched_once),
	};

	return fixture_run("carveout: examine", &f, behaviours,
			   sizeof(behaviours) / sizeof(behaviours[0]));
}
