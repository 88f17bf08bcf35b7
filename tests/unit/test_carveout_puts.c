// SPDX-License-Identifier: GPL-2.0-only
/* Bytes that come in pages of the guest's own, without a window. */
#include "cmocka_all.h"

#include <errno.h>
#include <string.h>

#include "fixture.h"

#define PIECE FIXTURE_WINDOW
#define TAIL 777U

static struct fixture f;

/* A stream, in order, whose last page is not full. */
static void stream(uint32_t pieces, uint8_t seed)
{
	for (uint32_t i = 0; i < pieces; i++)
		assert_int_equal(fixture_put(&f, i * PIECE, PIECE, seed), 0);
	assert_int_equal(fixture_put(&f, pieces * PIECE, TAIL, seed), 0);
}

/* The manager is killed: the next one knows what was recorded last. */
static void be_killed(void)
{
	struct carveout old = f.carveout;

	measure_close(&old.measure);
	assert_int_equal(carveout_init(&f.carveout, &old.config, old.owner,
				       old.backing, old.scratch, false),
			 0);
	assert_int_equal(carveout_resume(&f.carveout, &f.recorded), 0);
}

static void a_stream_is_sealed_and_its_guest_reaches_nothing(void **state)
{
	(void)state;
	stream(3, 4);
	for (uint64_t at = 0; at < FIXTURE_SIZE; at += HV_PAGE_SIZE)
		assert_false(fixture_guest_reaches(&f, at));
	assert_int_equal(fixture_seal(&f, 3 * PIECE + TAIL), 0);
	fixture_expect_digest(&f, 3 * PIECE + TAIL, 3 * PIECE + TAIL, 4);
	assert_false(f.recorded.verified);
	assert_int_equal(fixture_content_byte(&f, 2 * PIECE + 5),
			 fixture_byte(2 * PIECE + 5, 4));
	assert_int_equal(fixture_content_byte(&f, 3 * PIECE + TAIL), 0);
}

/* Measured as it came: nothing is read again, and no frame comes or goes. */
static void a_piece_is_copied_once_and_written_once(void **state)
{
	unsigned int gave = hv_model_calls(f.world->gives);
	unsigned int took = hv_model_calls(f.world->takes);

	(void)state;
	assert_int_equal(fixture_put(&f, 0, PIECE, 4), 0);
	assert_int_equal(fixture_seal(&f, PIECE), 0);
	/* The list, and what it lists. */
	assert_int_equal(hv_model_calls(HV_CALL_COPY_GRANTED), 2);
	assert_int_equal(hv_model_calls(f.world->reads), 0);
	assert_int_equal(hv_model_calls(f.world->gives), gave);
	assert_int_equal(hv_model_calls(f.world->takes), took);
}

/* Each before it is written. */
static void how_far_it_is_is_recorded(void **state)
{
	(void)state;
	f.records = 0;
	stream(3, 4);
	assert_int_equal(f.records, 4);
	assert_int_equal(f.recorded.written, 3 * PIECE + TAIL);
}

static void a_shorter_piece_blanks_the_rest_of_its_last_page(void **state)
{
	(void)state;
	assert_int_equal(fixture_put(&f, 0, 2 * HV_PAGE_SIZE, 4), 0);
	assert_int_equal(fixture_put(&f, 0, 10, 5), 0);
	assert_int_equal(fixture_content_byte(&f, 9), fixture_byte(9, 5));
	assert_int_equal(fixture_content_byte(&f, 10), 0);
	assert_int_equal(fixture_content_byte(&f, HV_PAGE_SIZE),
			 fixture_byte(HV_PAGE_SIZE, 4));
}

/* Before there is a byte: dom0 sees that somebody loads. */
static void a_load_begins_with_no_bytes(void **state)
{
	(void)state;
	f.records = 0;
	assert_int_equal(carveout_put(&f.carveout, 0, 0, UINT32_MAX), 0);
	assert_int_equal(f.recorded.state, CARVEOUT_LOADING);
	assert_int_equal(carveout_write(&f.carveout, 0, "byte", 4), -EBUSY);
	assert_int_equal(fixture_seal(&f, 1), -ENODATA);
	assert_int_equal(f.records, 1);
	stream(3, 4);
	assert_int_equal(fixture_seal(&f, 3 * PIECE + TAIL), 0);
	assert_int_equal(carveout_put(&f.carveout, 0, 0, 0), -EPERM);
}

/* ---- windows ---- */

static void nothing_is_put_where_a_window_is(void **state)
{
	uint32_t refs[2], id;

	(void)state;
	assert_int_equal(
		fixture_open(&f, HV_PAGE_SIZE, HV_PAGE_SIZE, false, &id), 0);
	assert_int_equal(fixture_put(&f, 0, HV_PAGE_SIZE + 1, 4), -EBUSY);
	assert_int_equal(fixture_put(&f, 0, HV_PAGE_SIZE, 4), 0);
	assert_int_equal(fixture_put(&f, 2 * HV_PAGE_SIZE, 1, 4), 0);
	fixture_fill(&f, HV_PAGE_SIZE, HV_PAGE_SIZE, 4, refs);
	assert_int_equal(carveout_commit(&f.carveout, id, HV_PAGE_SIZE, refs),
			 0);
	assert_int_equal(fixture_put(&f, HV_PAGE_SIZE, 1, 9), 0);
}

static void a_window_shows_what_was_put(void **state)
{
	uint8_t byte;
	uint32_t id;

	(void)state;
	assert_int_equal(fixture_put(&f, 0, PIECE, 4), 0);
	assert_int_equal(fixture_open(&f, 0, HV_PAGE_SIZE, true, &id), 0);
	assert_true(hv_model_guest_read(f.guest.domid, FIXTURE_BASE + 100,
					&byte, 1));
	assert_int_equal(byte, fixture_byte(100, 4));
	assert_int_equal(carveout_discard(&f.carveout, id), 0);
	assert_int_equal(fixture_content_byte(&f, 100), fixture_byte(100, 4));
}

/* ---- a hostile guest ---- */

static void what_is_not_granted_is_not_taken_and_changes_nothing(void **state)
{
	static const uint8_t bytes[3 * HV_PAGE_SIZE] = { 1 };
	uint32_t directory = fixture_own(&f, bytes, sizeof(bytes));

	(void)state;
	hv_model_guest_ungrant(f.guest.domid, directory + 2);
	f.records = 0;
	assert_int_equal(carveout_put(&f.carveout, 0, sizeof(bytes), directory),
			 -EFAULT);
	assert_int_equal(carveout_put(&f.carveout, 0, 1, UINT32_MAX), -EFAULT);
	assert_int_equal(f.carveout.state, CARVEOUT_EMPTY);
	assert_int_equal(f.records, 0);
	fixture_assert_scrubbed(&f);
	assert_int_equal(carveout_put(&f.carveout, 0, HV_PAGE_SIZE, directory),
			 0);
}

/* At each call it changes its pages; and the list of them, once that is read. */
static void changing_guest(void *argument, enum hv_model_call call,
			   hv_domid domid, gfn_t gfn, uint32_t count)
{
	static uint8_t seed;
	uint8_t bytes[4 * HV_PAGE_SIZE];
	bool reads_list = call == HV_CALL_COPY_GRANTED && count == 1;

	(void)argument;
	(void)domid;
	(void)gfn;
	memset(bytes, ++seed, sizeof(bytes));
	fixture_own(&f, bytes, reads_list ? sizeof(bytes) : HV_PAGE_SIZE);
}

static void
what_is_measured_is_what_is_kept_while_the_guest_writes(void **state)
{
	const uint32_t length = 4 * HV_PAGE_SIZE;
	uint8_t content[4 * HV_PAGE_SIZE];
	uint8_t digest[MEASURE_DIGEST_SIZE];

	(void)state;
	hv_model_set_hook(changing_guest, NULL);
	for (uint32_t i = 0; i < 64; i++)
		assert_int_equal(fixture_put(&f, i * length, length, 4), 0);
	hv_model_set_hook(NULL, NULL);
	assert_int_equal(fixture_seal(&f, 64 * length), 0);
	memcpy(digest, f.carveout.digest, sizeof(digest));
	f.carveout.state = CARVEOUT_LOADING;
	measure_reset(&f.carveout.measure);
	for (uint32_t i = 0; i < 64; i++) {
		for (uint32_t at = 0; at < length; at++)
			content[at] = fixture_content_byte(&f, i * length + at);
		measure_add(&f.carveout.measure, i * length, content, length);
	}
	measure_finish(&f.carveout.measure, f.carveout.digest);
	assert_memory_equal(digest, f.carveout.digest, sizeof(digest));
}

/* ---- what fails ---- */

static void a_copy_that_fails_takes_nothing(void **state)
{
	(void)state;
	fixture_fail(HV_CALL_COPY_GRANTED, 1);
	assert_int_equal(fixture_put(&f, 0, 100, 4), -EIO);
	fixture_fail(HV_CALL_COPY_GRANTED, 2);
	assert_int_equal(fixture_put(&f, 0, 100, 4), -EIO);
	assert_int_equal(f.carveout.state, CARVEOUT_EMPTY);
	fixture_assert_scrubbed(&f);
}

static void a_write_that_fails_ends_the_load(void **state)
{
	(void)state;
	assert_int_equal(fixture_put(&f, 0, PIECE, 4), 0);
	fixture_fail(f.world->writes, 1);
	assert_int_equal(fixture_put(&f, PIECE, PIECE, 4), -EIO);
	assert_int_equal(f.carveout.state, CARVEOUT_FAILED);
	fixture_work(&f);
	fixture_assert_scrubbed(&f);
}

/* ---- a manager that is killed ---- */

static void its_load_goes_on_with_the_next_manager(void **state)
{
	(void)state;
	assert_int_equal(fixture_put(&f, 0, PIECE, 4), 0);
	assert_int_equal(fixture_put(&f, PIECE, PIECE, 4), 0);
	be_killed();
	assert_int_equal(fixture_put(&f, 2 * PIECE, TAIL, 4), 0);
	assert_int_equal(fixture_seal(&f, 2 * PIECE + TAIL), 0);
	fixture_expect_digest(&f, 2 * PIECE + TAIL, 2 * PIECE + TAIL, 4);
}

/* All of it was put, but for the seal. */
static void what_was_put_can_be_sealed_by_the_next_manager(void **state)
{
	(void)state;
	stream(2, 4);
	be_killed();
	assert_int_equal(fixture_seal(&f, 2 * PIECE + TAIL), 0);
	fixture_expect_digest(&f, 2 * PIECE + TAIL, 2 * PIECE + TAIL, 4);
}

static void how_much_was_put_is_known_then(void **state)
{
	(void)state;
	stream(1, 4);
	be_killed();
	assert_int_equal(f.carveout.written, PIECE + TAIL);
	be_killed();
	assert_int_equal(f.carveout.written, PIECE + TAIL);
	assert_int_equal(fixture_put(&f, 2 * PIECE, 1, 4), 0);
	be_killed();
	assert_int_equal(f.carveout.written, 2 * PIECE + 1);
}

/* Where the next manager does not look, it scrubs nothing. */
static void nothing_that_was_put_is_left_by_the_next_manager(void **state)
{
	(void)state;
	stream(3, 4);
	be_killed();
	fixture_reset(&f);
	fixture_assert_scrubbed(&f);
	stream(3, 4);
	be_killed();
	assert_int_equal(fixture_seal(&f, 100), 0);
	fixture_expect_digest(&f, 100, 100, 4);
	assert_int_equal(fixture_content_byte(&f, 3 * PIECE), 0);
}

static void a_window_of_the_next_manager_shows_what_was_put(void **state)
{
	uint8_t byte;
	uint32_t id;

	(void)state;
	stream(2, 4);
	be_killed();
	assert_int_equal(fixture_open(&f, PIECE, HV_PAGE_SIZE, true, &id), 0);
	assert_true(hv_model_guest_read(f.guest.domid, FIXTURE_BASE + PIECE,
					&byte, 1));
	assert_int_equal(byte, fixture_byte(PIECE, 4));
	assert_int_equal(carveout_discard(&f.carveout, id), 0);
	assert_int_equal(fixture_content_byte(&f, PIECE),
			 fixture_byte(PIECE, 4));
}

int main(void)
{
	static const struct behaviour behaviours[] = {
		BEHAVIOUR(a_stream_is_sealed_and_its_guest_reaches_nothing),
		BEHAVIOUR(a_piece_is_copied_once_and_written_once),
		BEHAVIOUR(how_far_it_is_is_recorded),
		BEHAVIOUR(a_shorter_piece_blanks_the_rest_of_its_last_page),
		BEHAVIOUR(a_load_begins_with_no_bytes),
		BEHAVIOUR(nothing_is_put_where_a_window_is),
		BEHAVIOUR(a_window_shows_what_was_put),
		BEHAVIOUR(what_is_not_granted_is_not_taken_and_changes_nothing),
		BEHAVIOUR(
			what_is_measured_is_what_is_kept_while_the_guest_writes),
		BEHAVIOUR(a_copy_that_fails_takes_nothing),
		BEHAVIOUR(a_write_that_fails_ends_the_load),
		BEHAVIOUR(its_load_goes_on_with_the_next_manager),
		BEHAVIOUR(what_was_put_can_be_sealed_by_the_next_manager),
		BEHAVIOUR(how_much_was_put_is_known_then),
		BEHAVIOUR(nothing_that_was_put_is_left_by_the_next_manager),
		BEHAVIOUR(a_window_of_the_next_manager_shows_what_was_put),
	};

	return fixture_run("carveout: puts", &f, behaviours,
			   sizeof(behaviours) / sizeof(behaviours[0]));
}
