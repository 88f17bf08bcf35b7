// SPDX-License-Identifier: GPL-2.0-only
/* A manager that comes back: what goes on, what ends, what is taken away. */
#include "cmocka_all.h"

#include <errno.h>
#include <string.h>

#include "fixture.h"

static struct fixture f;

/* The earlier manager's memory is gone but for the record. */
static int restart(struct carveout_snapshot from)
{
	struct carveout *carveout = &f.carveout;
	struct carveout old = *carveout;

	for (int i = 0; i < CARVEOUT_WINDOWS; i++)
		if (old.windows[i].state != WINDOW_FREE)
			old.backing->ops->hand_over_window(
				old.backing, &old.windows[i].memory);
	measure_close(&old.measure);
	assert_int_equal(carveout_init(carveout, &old.config, old.owner,
				       old.backing, old.scratch, false),
			 0);
	return carveout_resume(carveout, &from);
}

static struct carveout_snapshot now(void)
{
	return carveout_snapshot(&f.carveout);
}

/* Those that the hypervisor did not let go are asked for again and again. */
static void wait_for_windows(void)
{
	for (int i = 0; i < 10 && carveout_windows_held(&f.carveout); i++) {
		f.now += 1000;
		carveout_work(&f.carveout);
	}
	assert_int_equal(carveout_windows_held(&f.carveout), 0);
}

static void a_seal_stays(void **state)
{
	struct carveout_snapshot from;

	(void)state;
	fixture_load(&f, 0, 4096, 4000, 4);
	assert_int_equal(fixture_seal(&f, 4000), 0);
	from = now();
	assert_int_equal(restart(from), 0);
	assert_int_equal(f.carveout.state, CARVEOUT_SEALED);
	assert_int_equal(f.carveout.length, 4000);
	fixture_expect_digest(&f, 4000, 4000, 4);
	assert_int_equal(fixture_content_byte(&f, 17), fixture_byte(17, 4));
}

static void a_guests_load_goes_on_with_its_open_window(void **state)
{
	uint32_t refs[256];
	uint32_t id;

	(void)state;
	fixture_load(&f, 0, 4096, 4096, 4);
	assert_int_equal(fixture_open(&f, 4096, 8192, false, &id), 0);
	fixture_fill(&f, 4096, 4096, 4, refs);
	assert_int_equal(restart(now()), 0);
	assert_int_equal(f.carveout.state, CARVEOUT_LOADING);
	assert_true(fixture_guest_reaches(&f, 4096));
	fixture_fill(&f, 8192, 4096, 4, refs + 1);
	assert_int_equal(carveout_commit(&f.carveout, id, 8192, refs), 0);
	assert_false(fixture_guest_reaches(&f, 4096));
	assert_int_equal(fixture_seal(&f, 12288), 0);
	fixture_expect_digest(&f, 12288, 12288, 4);
}

/* Hashed in order from 0 on after the restart: that is not all there is. */
static void what_was_committed_before_is_trimmed_by_a_shorter_seal(void **state)
{
	(void)state;
	fixture_load(&f, 0, 8192, 8192, 4);
	fixture_load(&f, 65536, 4096, 4096, 4);
	assert_int_equal(restart(now()), 0);
	fixture_load(&f, 0, 8192, 8192, 5);
	assert_int_equal(fixture_seal(&f, 8192), 0);
	fixture_expect_digest(&f, 8192, 8192, 5);
	assert_int_equal(fixture_content_byte(&f, 65536), 0);
}

static void a_window_that_nobody_was_told_of_is_taken_away(void **state)
{
	struct carveout_snapshot from;
	uint32_t id;

	(void)state;
	assert_int_equal(fixture_open(&f, 4096, 8192, false, &id), 0);
	from = now();
	from.windows[0].state = WINDOW_OPENING;
	assert_int_equal(restart(from), 0);
	assert_false(fixture_guest_reaches(&f, 4096));
	assert_false(fixture_guest_reaches(&f, 8192));
	assert_int_equal(f.carveout.state, CARVEOUT_LOADING);
	assert_int_equal(carveout_windows_held(&f.carveout), 0);
}

static void a_restart_that_cannot_take_a_window_tries_again(void **state)
{
	struct carveout_snapshot from;
	uint32_t id;

	(void)state;
	assert_int_equal(fixture_open(&f, 4096, 8192, false, &id), 0);
	from = now();
	from.windows[0].state = WINDOW_OPENING;
	hv_model_inject(&(struct hv_model_fault){ .call = f.world->takes,
						  .nth = 1,
						  .lasting = true,
						  .kind = f.world->untaken });
	assert_int_equal(restart(from), -EIO);
	assert_int_equal(f.carveout.state, CARVEOUT_FAILED);
	assert_int_equal(carveout_windows_held(&f.carveout), 1);
	hv_model_clear_faults();
	fixture_work(&f);
	wait_for_windows();
	assert_false(fixture_guest_reaches(&f, 4096));
	fixture_assert_scrubbed(&f);
}

/* Killed between the two: the content has its bytes, the guest the window. */
static void a_close_that_was_half_done_is_finished(void **state)
{
	struct backing_window *memory = &f.carveout.windows[0].memory;
	struct carveout_snapshot from;
	uint32_t refs[256];
	uint32_t id;

	(void)state;
	assert_int_equal(fixture_open(&f, 0, 8192, false, &id), 0);
	fixture_fill(&f, 0, 8192, 4, refs);
	assert_int_equal(f.carveout.backing->ops->keep(f.carveout.backing,
						       memory, refs, 8192,
						       f.scratch.bytes),
			 0);
	if (f.world->pooled) /* as pool_adopt() does for a window that it spares
			      */
		assert_int_equal(hv_iomem_permit(f.hv, f.guest.domid, f.first,
						 2, true),
				 0);
	from = now();
	from.windows[0].state = WINDOW_GOING;
	from.written = 8192;
	from.dirty = 0;
	assert_int_equal(restart(from), 0);
	assert_false(fixture_guest_reaches(&f, 0));
	assert_int_equal(f.carveout.last_closed, id);
	assert_int_equal(fixture_seal(&f, 8192), 0);
	fixture_expect_digest(&f, 8192, 8192, 4);
}

static void what_was_written_after_the_record_is_scrubbed(void **state)
{
	struct backing_window *memory = &f.carveout.windows[0].memory;
	struct carveout_snapshot from;
	uint32_t refs[256];
	uint32_t id;

	(void)state;
	assert_int_equal(fixture_open(&f, 0, 8192, false, &id), 0);
	from = now();
	fixture_fill(&f, 0, 8192, 4, refs);
	assert_int_equal(f.carveout.backing->ops->keep(f.carveout.backing,
						       memory, refs, 8192,
						       f.scratch.bytes),
			 0);
	assert_int_equal(restart(from), 0);
	carveout_reset(&f.carveout, CARVEOUT_GUEST);
	fixture_work(&f);
	assert_int_equal(f.carveout.state, CARVEOUT_EMPTY);
	fixture_assert_scrubbed(&f);
}

static void a_load_of_dom0_has_lost_its_writer(void **state)
{
	static const uint8_t bytes[4096] = { 1 };

	(void)state;
	assert_int_equal(carveout_write(&f.carveout, 0, bytes, sizeof(bytes)),
			 0);
	assert_int_equal(restart(now()), 0);
	fixture_work(&f);
	assert_int_equal(f.carveout.state, CARVEOUT_FAILED);
	fixture_assert_scrubbed(&f);
}

static void a_revoked_window_has_its_grace_anew(void **state)
{
	uint32_t id;

	(void)state;
	assert_int_equal(fixture_open(&f, 0, 4096, false, &id), 0);
	assert_int_equal(carveout_revoke(&f.carveout, false), -EINPROGRESS);
	f.now += FIXTURE_GRACE - 1;
	assert_int_equal(restart(now()), 0);
	assert_true(fixture_guest_reaches(&f, 0));
	f.leaving = 0;
	carveout_remind(&f.carveout);
	assert_int_equal(f.leaving, 1);
	assert_int_equal(f.last_leaving, id);
	assert_int_equal(carveout_wait(&f.carveout), FIXTURE_GRACE);
	fixture_work(&f);
	assert_false(fixture_guest_reaches(&f, 0));
	fixture_assert_scrubbed(&f);
}

static void ids_are_not_given_twice(void **state)
{
	uint32_t before, after;

	(void)state;
	assert_int_equal(fixture_open(&f, 0, 4096, false, &before), 0);
	assert_int_equal(restart(now()), 0);
	assert_int_equal(fixture_open(&f, 8192, 4096, false, &after), 0);
	assert_int_not_equal(before, after);
}

static void an_orderly_end_leaves_the_window_too(void **state)
{
	uint32_t refs[1];
	uint32_t id;

	(void)state;
	assert_int_equal(fixture_open(&f, 0, 4096, false, &id), 0);
	fixture_fill(&f, 0, 4096, 4, refs);
	assert_int_equal(fixture_next_manager(&f), 0);
	assert_true(fixture_guest_reaches(&f, 0));
	assert_int_equal(carveout_commit(&f.carveout, id, 4096, refs), 0);
	assert_false(fixture_guest_reaches(&f, 0));
	assert_int_equal(fixture_seal(&f, 4096), 0);
	fixture_expect_digest(&f, 4096, 4096, 4);
}

static void an_orderly_end_leaves_a_seal(void **state)
{
	uint8_t byte;

	(void)state;
	fixture_load(&f, 0, 4096, 4096, 4);
	assert_int_equal(fixture_seal(&f, 4096), 0);
	assert_int_equal(fixture_next_manager(&f), 0);
	assert_int_equal(f.carveout.state, CARVEOUT_SEALED);
	fixture_expect_digest(&f, 4096, 4096, 4);
	assert_int_equal(carveout_read(&f.carveout, 4095, &byte, 1), 0);
	assert_int_equal(byte, fixture_byte(4095, 4));
}

/* ---- a window that the hypervisor does not let go ---- */

static void a_window_that_stays_is_taken_when_the_hypervisor_can(void **state)
{
	uint32_t id;

	(void)state;
	assert_int_equal(fixture_open(&f, 0, 4096, false, &id), 0);
	hv_model_inject(&(struct hv_model_fault){ .call = f.world->takes,
						  .nth = 1,
						  .lasting = true,
						  .kind = f.world->untaken });
	assert_int_equal(carveout_discard(&f.carveout, id), -EIO);
	assert_int_equal(f.carveout.state, CARVEOUT_FAILED);
	assert_int_equal(carveout_windows_held(&f.carveout), 1);
	assert_true(carveout_wait(&f.carveout) >= 0);
	hv_model_clear_faults();
	wait_for_windows();
	assert_false(fixture_guest_reaches(&f, 0));
}

/* On a pool, a window that goes wipes the frames that it lies over. */
static void dom0_writes_when_the_last_window_is_gone(void **state)
{
	static const uint8_t bytes[4096] = { 1, 2, 3 };
	uint32_t id;

	(void)state;
	assert_int_equal(fixture_open(&f, 0, 4096, false, &id), 0);
	hv_model_inject(&(struct hv_model_fault){ .call = f.world->takes,
						  .nth = 1,
						  .lasting = true,
						  .kind = f.world->untaken });
	assert_int_equal(carveout_discard(&f.carveout, id), -EIO);
	hv_model_clear_faults();
	fixture_reset(&f);
	assert_int_equal(carveout_windows_held(&f.carveout), 1);
	assert_int_equal(carveout_write(&f.carveout, 0, bytes, sizeof(bytes)),
			 -EBUSY);
	wait_for_windows();
	assert_int_equal(carveout_write(&f.carveout, 0, bytes, sizeof(bytes)),
			 0);
	assert_int_equal(carveout_seal(&f.carveout, CARVEOUT_DOM0,
				       sizeof(bytes), NULL),
			 0);
	assert_int_equal(fixture_content_byte(&f, 2), 3);
}

/* ---- dom0 resets a load under the guest ---- */

static void a_load_that_dom0_reset_does_not_go_on(void **state)
{
	uint32_t id;

	(void)state;
	fixture_load(&f, 0, 4096, 4096, 4);
	carveout_reset(&f.carveout, CARVEOUT_DOM0);
	fixture_work(&f);
	assert_int_equal(f.carveout.state, CARVEOUT_EMPTY);
	assert_int_equal(carveout_state_for_guest(&f.carveout),
			 CARVEOUT_FAILED);
	assert_int_equal(fixture_open(&f, 4096, 4096, false, &id), -ECANCELED);
	assert_int_equal(carveout_reset(&f.carveout, CARVEOUT_GUEST), 0);
	assert_int_equal(carveout_state_for_guest(&f.carveout), CARVEOUT_EMPTY);
	fixture_load(&f, 0, 4096, 4096, 5);
	assert_int_equal(fixture_seal(&f, 4096), 0);
}

int main(void)
{
	static const struct behaviour behaviours[] = {
		BEHAVIOUR(a_seal_stays),
		BEHAVIOUR(a_guests_load_goes_on_with_its_open_window),
		BEHAVIOUR(
			what_was_committed_before_is_trimmed_by_a_shorter_seal),
		BEHAVIOUR(a_window_that_nobody_was_told_of_is_taken_away),
		BEHAVIOUR(a_restart_that_cannot_take_a_window_tries_again),
		BEHAVIOUR(a_close_that_was_half_done_is_finished),
		BEHAVIOUR(what_was_written_after_the_record_is_scrubbed),
		BEHAVIOUR(a_load_of_dom0_has_lost_its_writer),
		BEHAVIOUR(a_revoked_window_has_its_grace_anew),
		BEHAVIOUR(ids_are_not_given_twice),
		BEHAVIOUR(an_orderly_end_leaves_the_window_too),
		BEHAVIOUR(an_orderly_end_leaves_a_seal),
		BEHAVIOUR(a_window_that_stays_is_taken_when_the_hypervisor_can),
		BEHAVIOUR(dom0_writes_when_the_last_window_is_gone),
		BEHAVIOUR(a_load_that_dom0_reset_does_not_go_on),
	};

	return fixture_run("carveout: restart", &f, behaviours,
			   sizeof(behaviours) / sizeof(behaviours[0]));
}
