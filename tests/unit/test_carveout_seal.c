// SPDX-License-Identifier: GPL-2.0-only
/* Sealing and measuring, and loading from dom0. */
#include "cmocka_all.h"

#include <errno.h>
#include <string.h>

#include "fixture.h"

static struct fixture f;

/* ---- sealing ---- */

static void a_streamed_load_is_sealed_with_its_digest(void **state)
{
	(void)state;
	for (uint64_t at = 0; at < FIXTURE_SIZE - FIXTURE_WINDOW;
	     at += FIXTURE_WINDOW)
		fixture_load(&f, at, FIXTURE_WINDOW, FIXTURE_WINDOW, 4);
	fixture_load(&f, FIXTURE_SIZE - FIXTURE_WINDOW, FIXTURE_WINDOW, 12345,
		     4);
	assert_int_equal(
		fixture_seal(&f, FIXTURE_SIZE - FIXTURE_WINDOW + 12345), 0);
	assert_int_equal(f.carveout.state, CARVEOUT_SEALED);
	fixture_expect_digest(&f, FIXTURE_SIZE - FIXTURE_WINDOW + 12345,
			      FIXTURE_SIZE - FIXTURE_WINDOW + 12345, 4);
}

static void pieces_out_of_order_give_the_same_digest(void **state)
{
	(void)state;
	fixture_load(&f, FIXTURE_WINDOW, FIXTURE_WINDOW, 100, 4);
	fixture_load(&f, 0, FIXTURE_WINDOW, FIXTURE_WINDOW, 4);
	assert_int_equal(fixture_seal(&f, FIXTURE_WINDOW + 100), 0);
	fixture_expect_digest(&f, FIXTURE_WINDOW + 100, FIXTURE_WINDOW + 100,
			      4);
}

static void a_window_written_again_is_measured_as_it_is_now(void **state)
{
	(void)state;
	fixture_load(&f, 0, FIXTURE_WINDOW, FIXTURE_WINDOW, 4);
	fixture_load(&f, 0, FIXTURE_WINDOW, FIXTURE_WINDOW, 5);
	assert_int_equal(fixture_seal(&f, FIXTURE_WINDOW), 0);
	fixture_expect_digest(&f, FIXTURE_WINDOW, FIXTURE_WINDOW, 5);
}

static void unwritten_parts_count_as_zeros(void **state)
{
	(void)state;
	fixture_load(&f, 0, 4096, 1000, 4);
	assert_int_equal(fixture_seal(&f, 3 * FIXTURE_WINDOW + 5), 0);
	fixture_expect_digest(&f, 1000, 3 * FIXTURE_WINDOW + 5, 4);
}

static void bytes_beyond_the_sealed_length_are_scrubbed_first(void **state)
{
	(void)state;
	fixture_load(&f, 0, FIXTURE_WINDOW, FIXTURE_WINDOW, 4);
	fixture_load(&f, FIXTURE_WINDOW, FIXTURE_WINDOW, FIXTURE_WINDOW, 4);
	assert_int_equal(fixture_seal(&f, 5000), 0);
	fixture_expect_digest(&f, 5000, 5000, 4);
	assert_int_equal(fixture_content_byte(&f, 4999), fixture_byte(4999, 4));
	for (uint64_t at = 5000; at < 2 * FIXTURE_WINDOW; at += 997)
		assert_int_equal(fixture_content_byte(&f, at), 0);
}

static void windows_that_were_all_discarded_are_no_content(void **state)
{
	uint32_t id;

	(void)state;
	assert_int_equal(fixture_open(&f, 0, 4096, false, &id), 0);
	assert_int_equal(carveout_discard(&f.carveout, id), 0);
	assert_int_equal(fixture_seal(&f, 4096), -ENODATA);
	assert_int_equal(carveout_seal(&f.carveout, CARVEOUT_DOM0, 4096, NULL),
			 -ENODATA);
	/* Nor are none of a window's bytes, wherever it is. */
	fixture_load(&f, 0, 4096, 0, 1);
	fixture_load(&f, 4096, 4096, 0, 1);
	assert_int_equal(fixture_seal(&f, 4096), -ENODATA);
	assert_int_equal(f.carveout.state, CARVEOUT_LOADING);
}

static void what_is_not_as_long_as_expected_is_not_sealed(void **state)
{
	(void)state;
	f.carveout.config.expected_size = 5000;
	fixture_load(&f, 0, 8192, 8192, 4);
	for (uint64_t length = 4999; length <= 5001; length += 2) {
		assert_int_equal(fixture_seal(&f, length), -EMSGSIZE);
		assert_int_equal(carveout_seal(&f.carveout, CARVEOUT_DOM0,
					       length, NULL),
				 -EMSGSIZE);
	}
	assert_int_equal(f.carveout.state, CARVEOUT_LOADING);
	assert_int_equal(fixture_seal(&f, 5000), 0);
	fixture_expect_digest(&f, 5000, 5000, 4);
}

/* A page at the very end, with as many chunks before it as there are. */
static void load_last_page(void)
{
	fixture_load(&f, FIXTURE_SIZE - 4096, 4096, 4096, 4);
}

static unsigned int calls_while_working(enum hv_model_call call)
{
	unsigned int before = hv_model_calls(call);

	fixture_work(&f);
	return hv_model_calls(call) - before;
}

static void a_scrub_costs_what_was_written(void **state)
{
	(void)state;
	load_last_page();
	assert_int_equal(carveout_reset(&f.carveout, CARVEOUT_GUEST),
			 -EINPROGRESS);
	assert_int_equal(calls_while_working(f.world->writes), 1);
	fixture_assert_scrubbed(&f);
}

/* Of one chunk, its first page. */
static void a_scrub_of_a_page_costs_a_page(void **state)
{
	(void)state;
	fixture_load(&f, 0, 4096, 4096, 4);
	assert_int_equal(carveout_reset(&f.carveout, CARVEOUT_GUEST),
			 -EINPROGRESS);
	assert_int_equal(f.carveout.end, 4096);
	assert_int_equal(calls_while_working(f.world->writes), 1);
	fixture_assert_scrubbed(&f);
}

static void a_seal_reads_what_was_written(void **state)
{
	(void)state;
	load_last_page();
	assert_int_equal(carveout_seal(&f.carveout, CARVEOUT_GUEST,
				       FIXTURE_SIZE, NULL),
			 -EINPROGRESS);
	/* One chunk, piece by piece. */
	assert_int_equal(calls_while_working(f.world->reads),
			 CARVEOUT_CHUNK / SCRATCH_PIECE);
	assert_int_equal(f.carveout.state, CARVEOUT_SEALED);
}

/* And zeros what was written beyond it. */
static void a_seal_trims_what_was_written(void **state)
{
	(void)state;
	fixture_load(&f, 0, 4096, 1000, 4);
	load_last_page();
	assert_int_equal(carveout_seal(&f.carveout, CARVEOUT_GUEST, 4096, NULL),
			 -EINPROGRESS);
	fixture_work(&f);
	assert_int_equal(f.carveout.state, CARVEOUT_SEALED);
	fixture_expect_digest(&f, 1000, 4096, 4);
	assert_int_equal(fixture_content_byte(&f, FIXTURE_SIZE - 4096), 0);
}

static void a_wrong_digest_scrubs_the_content(void **state)
{
	uint8_t wrong[32] = { 1 };

	(void)state;
	fixture_load(&f, 0, 4096, 4096, 4);
	assert_int_equal(carveout_seal(&f.carveout, CARVEOUT_GUEST, 4096,
				       wrong),
			 -EBADMSG);
	assert_int_equal(f.carveout.state, CARVEOUT_FAILED);
	fixture_work(&f);
	fixture_assert_scrubbed(&f);
}

static void a_seal_of_nothing_or_too_much_is_refused(void **state)
{
	(void)state;
	assert_int_equal(fixture_seal(&f, 4096), -ENODATA);
	fixture_load(&f, 0, 4096, 4096, 4);
	assert_int_equal(fixture_seal(&f, 0), -EINVAL);
	assert_int_equal(fixture_seal(&f, FIXTURE_SIZE + 1ULL), -ENOSPC);
	assert_int_equal(fixture_seal(&f, UINT64_MAX), -ENOSPC);
	assert_int_equal(f.carveout.state, CARVEOUT_LOADING);
}

static void a_seal_waits_for_no_open_window(void **state)
{
	uint32_t id;

	(void)state;
	fixture_load(&f, 0, 4096, 4096, 4);
	assert_int_equal(fixture_open(&f, 4096, 4096, false, &id), 0);
	assert_int_equal(fixture_seal(&f, 4096), -EBUSY);
}

static void sealed_content_is_final(void **state)
{
	uint32_t id;

	(void)state;
	fixture_load(&f, 0, 4096, 4096, 4);
	assert_int_equal(fixture_seal(&f, 4096), 0);
	assert_int_equal(fixture_open(&f, 0, 4096, true, &id), -EPERM);
	assert_int_equal(carveout_write(&f.carveout, 0, "x", 1), -EPERM);
	assert_int_equal(carveout_reset(&f.carveout, CARVEOUT_GUEST), -EPERM);
	assert_int_equal(carveout_abort(&f.carveout, CARVEOUT_GUEST, "no"),
			 -EPERM);
	assert_int_equal(carveout_revoke(&f.carveout, true), 0);
	assert_int_equal(f.carveout.state, CARVEOUT_SEALED);
	fixture_expect_digest(&f, 4096, 4096, 4);
}

static void a_stanza_may_let_the_guest_reset_what_is_sealed(void **state)
{
	(void)state;
	f.carveout.config.guest_reset = true;
	fixture_load(&f, 0, 4096, 4096, 4);
	assert_int_equal(fixture_seal(&f, 4096), 0);
	assert_int_equal(carveout_reset(&f.carveout, CARVEOUT_GUEST),
			 -EINPROGRESS);
	fixture_work(&f);
	assert_int_equal(f.carveout.state, CARVEOUT_EMPTY);
}

/* ---- dom0 as the writer ---- */

static void dom0_loads_and_reads_back(void **state)
{
	uint8_t piece[6000], back[6000];

	(void)state;
	for (size_t i = 0; i < sizeof(piece); i++)
		piece[i] = fixture_byte(i, 2);
	assert_int_equal(carveout_write(&f.carveout, 0, piece, sizeof(piece)),
			 0);
	assert_int_equal(carveout_seal(&f.carveout, CARVEOUT_DOM0,
				       sizeof(piece), NULL),
			 0);
	fixture_expect_digest(&f, sizeof(piece), sizeof(piece), 2);
	assert_int_equal(carveout_read(&f.carveout, 1, back, 5999), 0);
	assert_memory_equal(back, piece + 1, 5999);
	assert_int_equal(carveout_read(&f.carveout, 1, back, 6000), -EINVAL);
}

static void one_writer_at_a_time(void **state)
{
	uint32_t id;

	(void)state;
	assert_int_equal(carveout_write(&f.carveout, 0, "x", 1), 0);
	assert_int_equal(fixture_open(&f, 4096, 4096, false, &id), -EBUSY);
	assert_int_equal(carveout_abort(&f.carveout, CARVEOUT_GUEST, "no"),
			 -EBUSY);
	assert_int_equal(carveout_reset(&f.carveout, CARVEOUT_GUEST), -EBUSY);
}

static void a_guest_does_not_seal_what_dom0_loads(void **state)
{
	(void)state;
	assert_int_equal(carveout_write(&f.carveout, 0, "x", 1), 0);
	assert_int_equal(carveout_seal(&f.carveout, CARVEOUT_GUEST, 1, NULL),
			 -EBUSY);
	assert_int_equal(carveout_seal(&f.carveout, CARVEOUT_DOM0, 1, NULL), 0);
}

static void content_is_not_read_before_it_is_sealed(void **state)
{
	uint8_t byte;

	(void)state;
	assert_int_equal(carveout_read(&f.carveout, 0, &byte, 1), -ENODATA);
	assert_int_equal(carveout_write(&f.carveout, 0, "x", 1), 0);
	assert_int_equal(carveout_read(&f.carveout, 0, &byte, 1), -EBUSY);
}

int main(void)
{
	static const struct behaviour behaviours[] = {
		BEHAVIOUR(a_streamed_load_is_sealed_with_its_digest),
		BEHAVIOUR(pieces_out_of_order_give_the_same_digest),
		BEHAVIOUR(a_window_written_again_is_measured_as_it_is_now),
		BEHAVIOUR(unwritten_parts_count_as_zeros),
		BEHAVIOUR(bytes_beyond_the_sealed_length_are_scrubbed_first),
		BEHAVIOUR(windows_that_were_all_discarded_are_no_content),
		BEHAVIOUR(what_is_not_as_long_as_expected_is_not_sealed),
		BEHAVIOUR(a_scrub_costs_what_was_written),
		BEHAVIOUR(a_scrub_of_a_page_costs_a_page),
		BEHAVIOUR(a_seal_reads_what_was_written),
		BEHAVIOUR(a_seal_trims_what_was_written),
		BEHAVIOUR(a_wrong_digest_scrubs_the_content),
		BEHAVIOUR(a_seal_of_nothing_or_too_much_is_refused),
		BEHAVIOUR(a_seal_waits_for_no_open_window),
		BEHAVIOUR(sealed_content_is_final),
		BEHAVIOUR(a_stanza_may_let_the_guest_reset_what_is_sealed),
		BEHAVIOUR(dom0_loads_and_reads_back),
		BEHAVIOUR(one_writer_at_a_time),
		BEHAVIOUR(a_guest_does_not_seal_what_dom0_loads),
		BEHAVIOUR(content_is_not_read_before_it_is_sealed),
	};

	return fixture_run("carveout: seal", &f, behaviours,
			   sizeof(behaviours) / sizeof(behaviours[0]));
}
