// SPDX-License-Identifier: GPL-2.0-only
/* How loads end: revoked, reset, aborted, left by the guest or the manager. */
#include "cmocka_all.h"

#include <errno.h>
#include <string.h>

#include "fixture.h"

static struct fixture f;

/* ---- revoking ---- */

static void a_revoked_window_goes_when_the_guest_lets_go(void **state)
{
	uint32_t id;

	(void)state;
	assert_int_equal(fixture_open(&f, 0, 4096, false, &id), 0);
	assert_int_equal(carveout_revoke(&f.carveout, false), -EINPROGRESS);
	assert_int_equal(f.leaving, 1);
	assert_int_equal(f.last_leaving, id);
	assert_false(carveout_done(&f.carveout, CARVEOUT_REQ_REVOKE));
	assert_int_equal(carveout_discard(&f.carveout, id), 0);
	assert_true(carveout_done(&f.carveout, CARVEOUT_REQ_REVOKE));
	assert_false(fixture_guest_reaches(&f, 0));
	fixture_work(&f);
	assert_int_equal(f.now, 0);
	assert_int_equal(f.carveout.state, CARVEOUT_FAILED);
}

static void a_revoked_window_goes_without_the_guest_too(void **state)
{
	uint32_t id;

	(void)state;
	assert_int_equal(fixture_open(&f, 0, 4096, false, &id), 0);
	assert_int_equal(carveout_revoke(&f.carveout, false), -EINPROGRESS);
	f.now = FIXTURE_GRACE - 1;
	carveout_work(&f.carveout);
	assert_true(fixture_guest_reaches(&f, 0));
	f.now = FIXTURE_GRACE;
	carveout_work(&f.carveout);
	assert_false(fixture_guest_reaches(&f, 0));
	fixture_work(&f);
}

static void a_revoke_at_once_gives_no_time(void **state)
{
	uint32_t id;

	(void)state;
	assert_int_equal(fixture_open(&f, 0, 4096, false, &id), 0);
	carveout_revoke(&f.carveout, true);
	assert_int_equal(f.leaving, 0);
	assert_false(fixture_guest_reaches(&f, 0));
	fixture_work(&f);
}

static void a_revoked_window_cannot_be_committed(void **state)
{
	uint32_t refs[256];
	uint32_t id;

	(void)state;
	assert_int_equal(fixture_open(&f, 0, 4096, false, &id), 0);
	fixture_fill(&f, 0, 4096, 1, refs);
	carveout_revoke(&f.carveout, false);
	assert_int_equal(carveout_commit(&f.carveout, id, 4096, refs),
			 -ECANCELED);
	assert_false(fixture_guest_reaches(&f, 0));
	fixture_work(&f);
	fixture_assert_scrubbed(&f);
}

static void a_revoke_scrubs_what_was_loaded_and_does_not_wait(void **state)
{
	uint32_t id;

	(void)state;
	fixture_load(&f, 0, FIXTURE_WINDOW, FIXTURE_WINDOW, 4);
	assert_int_equal(carveout_revoke(&f.carveout, false), 0);
	assert_true(carveout_busy(&f.carveout));
	fixture_work(&f);
	fixture_assert_scrubbed(&f);
	assert_int_equal(f.carveout.state, CARVEOUT_FAILED);
	assert_int_equal(fixture_open(&f, 0, 4096, false, &id), -ECANCELED);
}

static void a_close_of_what_was_revoked_says_so(void **state)
{
	uint32_t refs[1] = { 0 };
	uint32_t id;

	(void)state;
	assert_int_equal(fixture_open(&f, 0, 4096, false, &id), 0);
	carveout_revoke(&f.carveout, true);
	assert_int_equal(carveout_commit(&f.carveout, id, 4096, refs),
			 -ECANCELED);
	assert_int_equal(carveout_discard(&f.carveout, id), -ECANCELED);
	fixture_work(&f);
}

static void a_reset_scrubs_and_a_new_load_begins(void **state)
{
	(void)state;
	fixture_load(&f, 0, FIXTURE_WINDOW, FIXTURE_WINDOW, 4);
	assert_int_equal(fixture_seal(&f, FIXTURE_WINDOW), 0);
	assert_int_equal(carveout_reset(&f.carveout, CARVEOUT_DOM0),
			 -EINPROGRESS);
	fixture_work(&f);
	assert_int_equal(f.carveout.state, CARVEOUT_EMPTY);
	fixture_assert_scrubbed(&f);
	fixture_load(&f, 0, 4096, 10, 8);
	assert_int_equal(fixture_seal(&f, 10), 0);
	fixture_expect_digest(&f, 10, 10, 8);
}

static void a_guest_that_goes_away_leaves_nothing(void **state)
{
	uint32_t id;

	(void)state;
	fixture_load(&f, 0, 4096, 4096, 4);
	assert_int_equal(fixture_open(&f, 4096, 4096, false, &id), 0);
	carveout_disconnected(&f.carveout);
	assert_false(fixture_guest_reaches(&f, 4096));
	fixture_work(&f);
	assert_int_equal(f.carveout.state, CARVEOUT_FAILED);
	fixture_assert_scrubbed(&f);
}

static void a_guest_that_goes_away_does_not_touch_a_seal(void **state)
{
	(void)state;
	fixture_load(&f, 0, 4096, 4096, 4);
	assert_int_equal(fixture_seal(&f, 4096), 0);
	carveout_disconnected(&f.carveout);
	assert_int_equal(f.carveout.state, CARVEOUT_SEALED);
	fixture_expect_digest(&f, 4096, 4096, 4);
}

static void windows_of_a_guest_that_died_are_let_go(void **state)
{
	uint32_t id;

	(void)state;
	fixture_load(&f, 0, 4096, 4096, 4);
	assert_int_equal(fixture_open(&f, 0, 4096, true, &id), 0);
	hv_model_guest_destroy(f.guest.domid);
	carveout_disconnected(&f.carveout);
	assert_int_equal(carveout_windows_held(&f.carveout), 0);
	fixture_work(&f);
	assert_int_equal(f.carveout.state, CARVEOUT_FAILED);
	assert_int_equal(f.carveout.error, -EPIPE);
	fixture_assert_scrubbed(&f);
}

static void an_abort_scrubs(void **state)
{
	(void)state;
	fixture_load(&f, 0, 4096, 4096, 4);
	assert_int_equal(carveout_abort(&f.carveout, CARVEOUT_GUEST, "why"),
			 -EINPROGRESS);
	fixture_work(&f);
	assert_int_equal(f.carveout.state, CARVEOUT_FAILED);
	assert_string_equal(f.carveout.why, "why");
	fixture_assert_scrubbed(&f);
}

/* A window that goes may put back what was committed under it. */
static void a_scrub_waits_for_windows_that_are_leaving(void **state)
{
	uint32_t id;

	(void)state;
	fixture_load(&f, 0, 4096, 4096, 4);
	assert_int_equal(fixture_open(&f, 0, 4096, false, &id), 0);
	assert_int_equal(carveout_reset(&f.carveout, CARVEOUT_DOM0),
			 -EINPROGRESS);
	assert_int_equal(carveout_wait(&f.carveout), FIXTURE_GRACE);
	carveout_work(&f.carveout);
	assert_int_equal(f.carveout.state, CARVEOUT_FAILED);
	f.now = FIXTURE_GRACE;
	assert_int_equal(carveout_wait(&f.carveout), 0);
	fixture_work(&f);
	assert_int_equal(f.carveout.state, CARVEOUT_EMPTY);
	fixture_assert_scrubbed(&f);
}

static void nothing_new_begins_while_work_is_under_way(void **state)
{
	uint32_t id;

	(void)state;
	fixture_load(&f, 4096, 4096, 4096, 4);
	assert_int_equal(carveout_seal(&f.carveout, CARVEOUT_GUEST, 8192, NULL),
			 -EINPROGRESS);
	assert_int_equal(fixture_open(&f, 0, 4096, false, &id), -EBUSY);
	assert_int_equal(carveout_seal(&f.carveout, CARVEOUT_GUEST, 8192, NULL),
			 -EBUSY);
	fixture_work(&f);
	assert_int_equal(f.carveout.state, CARVEOUT_SEALED);
}

/* A carveout fails while another of its windows is open. */
static void a_failed_commit_takes_the_other_windows_too(void **state)
{
	uint32_t refs[256];
	uint32_t a, b;

	(void)state;
	assert_int_equal(fixture_open(&f, 0, 4096, false, &a), 0);
	assert_int_equal(fixture_open(&f, 8192, 4096, false, &b), 0);
	fixture_fill(&f, 0, 4096, 1, refs);
	hv_model_inject(
		&(struct hv_model_fault){ .call = f.world->keeps, .nth = 1 });
	assert_int_equal(carveout_commit(&f.carveout, a, 4096, refs), -EIO);
	assert_int_equal(f.last_leaving, b);
	fixture_work(&f);
	assert_false(fixture_guest_reaches(&f, 8192));
}

/* On a pool, what the guest wrote lies where content does. */
static void what_could_not_be_withdrawn_is_scrubbed(void **state)
{
	uint32_t refs[256];
	uint32_t id;

	(void)state;
	assert_int_equal(fixture_open(&f, 8192, 4096, false, &id), 0);
	fixture_fill(&f, 8192, 4096, 1, refs);
	hv_model_inject(&(struct hv_model_fault){
		.call = f.world->takes,
		.nth = 1,
		.lasting = true,
		.kind = f.world->untaken,
	});
	carveout_discard(&f.carveout, id);
	assert_int_equal(f.carveout.state, CARVEOUT_FAILED);
	hv_model_clear_faults();
	fixture_work(&f);
	carveout_reset(&f.carveout, CARVEOUT_DOM0);
	fixture_work(&f);
	assert_int_equal(f.carveout.state, CARVEOUT_EMPTY);
	fixture_assert_scrubbed(&f);
}

static void
content_that_is_lost_is_called_neither_sealed_nor_empty(void **state)
{
	uint8_t byte;

	(void)state;
	fixture_load(&f, 0, 4096, 4096, 4);
	assert_int_equal(fixture_seal(&f, 4096), 0);
	carveout_lost(&f.carveout, "gone");
	assert_int_equal(f.carveout.state, CARVEOUT_FAILED);
	assert_string_equal(f.carveout.why, "gone");
	assert_false(carveout_busy(&f.carveout));
	assert_int_equal(carveout_read(&f.carveout, 0, &byte, 1), -ENODATA);
	hv_model_inject(&(struct hv_model_fault){ .call = HV_CALL_VAULT_WRITE,
						  .nth = 1 });
	hv_model_inject(&(struct hv_model_fault){ .call = HV_CALL_MEMORY_ZERO,
						  .nth = 1 });
	hv_model_inject(&(struct hv_model_fault){ .call = HV_CALL_MEMORY_WRITE,
						  .nth = 1 });
	carveout_reset(&f.carveout, CARVEOUT_DOM0);
	fixture_work(&f);
	assert_int_equal(f.carveout.state, CARVEOUT_FAILED);
}

static void nothing_freed_holds_the_guests_bytes(void **state)
{
	uint32_t id;
	uint32_t refs[256];
	uint8_t page[HV_PAGE_SIZE];

	(void)state;
	/* Windows that end in every way. */
	fixture_load(&f, 0, 4096, 4096, 0xb0);
	assert_int_equal(fixture_open(&f, 0, 4096, false, &id), 0);
	fixture_fill(&f, 0, 4096, 0xb0, refs);
	carveout_discard(&f.carveout, id);
	/* What the next owner of those pages finds. */
	assert_int_equal(hv_model_guest_populate(f.guest.domid,
						 gfn_of_gpa(FIXTURE_BASE), 1),
			 1);
	assert_true(hv_model_guest_read(f.guest.domid, FIXTURE_BASE, page,
					sizeof(page)));
	for (size_t i = 0; i < sizeof(page); i++)
		assert_true(page[i] == 0 || page[i] == 0xd5);
}

int main(void)
{
	static const struct behaviour behaviours[] = {
		BEHAVIOUR(a_revoked_window_goes_when_the_guest_lets_go),
		BEHAVIOUR(a_revoked_window_goes_without_the_guest_too),
		BEHAVIOUR(a_revoke_at_once_gives_no_time),
		BEHAVIOUR(a_revoked_window_cannot_be_committed),
		BEHAVIOUR(a_revoke_scrubs_what_was_loaded_and_does_not_wait),
		BEHAVIOUR(a_close_of_what_was_revoked_says_so),
		BEHAVIOUR(a_reset_scrubs_and_a_new_load_begins),
		BEHAVIOUR(a_guest_that_goes_away_leaves_nothing),
		BEHAVIOUR(a_guest_that_goes_away_does_not_touch_a_seal),
		BEHAVIOUR(windows_of_a_guest_that_died_are_let_go),
		BEHAVIOUR(an_abort_scrubs),
		BEHAVIOUR(a_scrub_waits_for_windows_that_are_leaving),
		BEHAVIOUR(nothing_new_begins_while_work_is_under_way),
		BEHAVIOUR(a_failed_commit_takes_the_other_windows_too),
		BEHAVIOUR(what_could_not_be_withdrawn_is_scrubbed),
		BEHAVIOUR(
			content_that_is_lost_is_called_neither_sealed_nor_empty),
		BEHAVIOUR(nothing_freed_holds_the_guests_bytes),
	};

	return fixture_run("carveout: ends", &f, behaviours,
			   sizeof(behaviours) / sizeof(behaviours[0]));
}
