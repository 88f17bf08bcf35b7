// SPDX-License-Identifier: GPL-2.0-only
/* Guests that do to their windows what they can. */
#include "cmocka_all.h"

#include <errno.h>
#include <string.h>

#include "fixture.h"

static struct fixture f;

static void a_guest_that_removed_its_pages_gets_an_error(void **state)
{
	uint32_t refs[256];
	uint32_t id;

	(void)state;
	assert_int_equal(fixture_open(&f, 0, FIXTURE_WINDOW, false, &id), 0);
	fixture_fill(&f, 0, FIXTURE_WINDOW, 1, refs);
	hv_model_guest_decrease(f.guest.domid, gfn_of_gpa(FIXTURE_BASE + 8192),
				3);
	assert_int_equal(carveout_commit(&f.carveout, id, FIXTURE_WINDOW, refs),
			 f.world->removed);
	assert_int_equal(f.carveout.state,
			 f.world->removed ? CARVEOUT_FAILED : CARVEOUT_LOADING);
	for (uint64_t at = 0; at < FIXTURE_WINDOW; at += 4096)
		assert_false(fixture_guest_reaches(&f, at));
	fixture_work(&f);
}

static void a_guest_that_replaces_its_pages_gets_no_more_than_that(void **state)
{
	uint32_t refs[256];
	uint32_t id;

	(void)state;
	assert_int_equal(fixture_open(&f, 0, 16384, false, &id), 0);
	/* Room for pages of its own: it has given some of its RAM back. */
	assert_int_equal(
		hv_model_guest_decrease(f.guest.domid, HV_MODEL_RAM, 2), 2);
	assert_int_equal(
		hv_model_guest_populate(f.guest.domid,
					gfn_of_gpa(FIXTURE_BASE + 4096), 2),
		2);
	fixture_fill(&f, 0, 16384, 1, refs);
	assert_int_equal(carveout_commit(&f.carveout, id, 16384, refs),
			 f.world->replaced);
	for (uint64_t at = 0; at < 16384; at += 4096)
		assert_false(fixture_guest_reaches(&f, at));
	fixture_work(&f);
}

/* On each call: put a page of its own at the frame, if there is room. */
static void refilling_guest(void *argument, enum hv_model_call call,
			    hv_domid domid, gfn_t gfn, uint32_t count)
{
	(void)argument;
	(void)call;
	(void)domid;
	(void)gfn;
	(void)count;
	hv_model_guest_populate(f.guest.domid, gfn_of_gpa(FIXTURE_BASE), 1);
}

static void a_guest_that_goes_on_refilling_harms_itself_alone(void **state)
{
	uint32_t refs[256];
	uint8_t evil = 0xee;
	uint32_t id;

	(void)state;
	assert_int_equal(fixture_open(&f, 0, 4096, false, &id), 0);
	fixture_fill(&f, 0, 4096, 1, refs);
	assert_int_equal(
		hv_model_guest_decrease(f.guest.domid, HV_MODEL_RAM, 20), 20);
	hv_model_set_hook(refilling_guest, NULL);
	carveout_commit(&f.carveout, id, 4096, refs);
	hv_model_set_hook(NULL, NULL);
	/* Whatever it has there now, it is not the carveout's. */
	hv_model_guest_write(f.guest.domid, FIXTURE_BASE, &evil, 1);
	assert_int_not_equal(fixture_content_byte(&f, 0), evil);
	fixture_work(&f);
}

/*
 * The frame that it refills at each call, ours or not: what came to lie there
 * goes, and what lies behind it.
 */
static gfn_t refilled;

static void refill_frame(void *argument, enum hv_model_call call,
			 hv_domid domid, gfn_t gfn, uint32_t count)
{
	(void)argument;
	(void)call;
	(void)domid;
	(void)gfn;
	(void)count;
	hv_model_guest_populate(f.guest.domid, refilled, 1);
}

static void begin_to_refill(uint64_t offset)
{
	/* Room for as many pages as the calls that are made. */
	assert_int_equal(
		hv_model_guest_decrease(f.guest.domid, HV_MODEL_RAM, 60), 60);
	refilled = gfn_of_gpa(FIXTURE_BASE + offset);
	hv_model_set_hook(refill_frame, NULL);
}

/* Each look is a mapping in dom0. */
static void a_window_full_of_holes_is_passed_in_few_looks(void **state)
{
	uint32_t pages = FIXTURE_WINDOW / HV_PAGE_SIZE, id;
	unsigned int looks;

	(void)state;
	if (f.world->pooled || !f.world->scrubs)
		return;
	assert_int_equal(fixture_open(&f, 0, FIXTURE_WINDOW, false, &id), 0);
	assert_int_equal(hv_model_guest_decrease(f.guest.domid,
						 gfn_of_gpa(FIXTURE_BASE),
						 pages),
			 pages);
	looks = hv_model_calls(HV_CALL_HOLES);
	assert_int_equal(carveout_revoke(&f.carveout, true), 0);
	assert_true(hv_model_calls(HV_CALL_HOLES) - looks <= 12);
	assert_int_equal(carveout_windows_held(&f.carveout), 0);
}

/* The window's frames are the guest's no more, but for a page of its own at the
 * one that it refills. */
static void expect_window_gone(uint64_t length)
{
	for (uint64_t at = 0; at < length; at += HV_PAGE_SIZE)
		if (at != (refilled.n << HV_PAGE_SHIFT) - FIXTURE_BASE)
			assert_false(fixture_guest_reaches(&f, at));
	assert_int_equal(carveout_windows_held(&f.carveout), 0);
	assert_int_equal(hv_model_ledger().iomem_mapped, 0);
	assert_int_equal(hv_model_ledger().iomem_rights, 0);
	assert_true(hv_model_guest_runs(f.guest.domid));
}

static void
a_frame_that_is_refilled_protects_no_other_from_a_revoke(void **state)
{
	uint32_t id;

	(void)state;
	for (uint64_t at = 0; at < 8 * HV_PAGE_SIZE; at += HV_PAGE_SIZE) {
		fixture_reset(&f);
		assert_int_equal(
			fixture_open(&f, 0, 8 * HV_PAGE_SIZE, false, &id), 0);
		if (!at)
			begin_to_refill(at);
		refilled = gfn_of_gpa(FIXTURE_BASE + at);
		assert_int_equal(carveout_revoke(&f.carveout, true), 0);
		expect_window_gone(8 * HV_PAGE_SIZE);
		hv_model_guest_decrease(f.guest.domid, refilled, 1);
	}
	hv_model_set_hook(NULL, NULL);
	hv_model_guest_decrease(f.guest.domid, refilled, 1);
	fixture_work(&f);
}

static void a_frame_that_is_refilled_keeps_no_window_open(void **state)
{
	uint32_t refs[256];
	uint32_t id;

	(void)state;
	assert_int_equal(fixture_open(&f, 0, 8 * HV_PAGE_SIZE, false, &id), 0);
	fixture_fill(&f, 0, 8 * HV_PAGE_SIZE, 1, refs);
	begin_to_refill(3 * HV_PAGE_SIZE);
	carveout_commit(&f.carveout, id, 8 * HV_PAGE_SIZE, refs);
	expect_window_gone(8 * HV_PAGE_SIZE);
	/* Nor does it keep dom0 from loading what it likes. */
	assert_true(carveout_reset(&f.carveout, CARVEOUT_DOM0) <= 0);
	fixture_work(&f);
	assert_int_equal(carveout_write(&f.carveout, 0, "bytes", 5), 0);
	hv_model_set_hook(NULL, NULL);
	hv_model_guest_decrease(f.guest.domid, refilled, 1);
	fixture_work(&f);
}

static void a_revoke_that_the_hypervisor_fails_is_not_done(void **state)
{
	uint32_t id;

	(void)state;
	assert_int_equal(fixture_open(&f, 0, 4096, false, &id), 0);
	hv_model_inject(&(struct hv_model_fault){
		.call = f.world->takes,
		.nth = 1,
		.lasting = true,
		.kind = f.world->untaken,
	});
	assert_int_equal(carveout_revoke(&f.carveout, false), -EINPROGRESS);
	f.now += FIXTURE_GRACE;
	carveout_work(&f.carveout);
	assert_false(carveout_done(&f.carveout, CARVEOUT_REQ_REVOKE));
	assert_int_equal(carveout_revoke(&f.carveout, true), -EINPROGRESS);
	hv_model_clear_faults();
	f.now += FIXTURE_GRACE;
	carveout_work(&f.carveout);
	assert_true(carveout_done(&f.carveout, CARVEOUT_REQ_REVOKE));
}

/* xl unpause, while its frames have somebody's bytes in them. */
static void unpausing_admin(void *argument, enum hv_model_call call,
			    hv_domid domid, gfn_t gfn, uint32_t count)
{
	(void)argument;
	(void)domid;
	(void)gfn;
	(void)count;
	if (call != HV_CALL_CACHE_FLUSH)
		return;
	hv_model_set_hook(NULL, NULL);
	hv_domain_unpause(f.hv, f.guest.domid);
}

static void a_window_is_not_given_to_a_guest_that_was_unpaused(void **state)
{
	bool pauses = !f.world->pooled && !f.world->scrubs;
	uint32_t id;

	(void)state;
	hv_model_set_hook(unpausing_admin, NULL);
	assert_int_equal(fixture_open(&f, 0, 4096, false, &id),
			 pauses ? -EBUSY : 0);
	hv_model_set_hook(NULL, NULL);
	assert_true(hv_model_guest_runs(f.guest.domid));
	if (!pauses)
		return;
	assert_false(fixture_guest_reaches(&f, 0));
	assert_int_equal(fixture_open(&f, 0, 4096, false, &id), 0);
}

static void forged_grants_do_not_matter(void **state)
{
	uint32_t refs[256];
	uint32_t id;

	(void)state;
	assert_int_equal(fixture_open(&f, 0, FIXTURE_WINDOW, false, &id), 0);
	fixture_fill(&f, 0, FIXTURE_WINDOW, 1, refs);
	for (int i = 0; i < 256; i++)
		refs[i] = 0xffffffff;
	assert_int_equal(carveout_commit(&f.carveout, id, FIXTURE_WINDOW, refs),
			 0);
	assert_int_equal(fixture_content_byte(&f, 77), fixture_byte(77, 1));
}

static void
a_guest_that_keeps_an_alias_cannot_change_what_was_committed(void **state)
{
	const gfn_t alias = gfn_of_gpa(FIXTURE_BASE + (1ULL << 30));
	uint32_t refs[256];
	uint8_t evil = 0xee;
	uint32_t id;

	(void)state;
	assert_int_equal(fixture_open(&f, 0, 4096, false, &id), 0);
	fixture_fill(&f, 0, 4096, 1, refs);
	assert_int_equal(hv_model_guest_alias(f.guest.domid,
					      gfn_of_gpa(FIXTURE_BASE), alias),
			 f.world->can_alias);
	assert_int_equal(carveout_commit(&f.carveout, id, 4096, refs), 0);
	hv_model_guest_write(f.guest.domid, alias.n << HV_PAGE_SHIFT, &evil, 1);
	assert_int_equal(fixture_content_byte(&f, 0), fixture_byte(0, 1));
	assert_int_equal(fixture_seal(&f, 4096), 0);
	fixture_expect_digest(&f, 4096, 4096, 1);
	if (f.world->can_alias)
		assert_true(hv_model_guest_unalias(f.guest.domid, alias));
}

static void
a_guest_that_refills_a_closed_frame_has_only_its_own_page(void **state)
{
	uint8_t byte;

	(void)state;
	fixture_load(&f, 0, 4096, 4096, 1);
	assert_int_equal(hv_model_guest_populate(f.guest.domid,
						 gfn_of_gpa(FIXTURE_BASE), 1),
			 1);
	byte = 0x66;
	assert_true(
		hv_model_guest_write(f.guest.domid, FIXTURE_BASE, &byte, 1));
	assert_int_equal(fixture_content_byte(&f, 0), fixture_byte(0, 1));
}

static void a_window_that_was_not_taken_is_noticed(void **state)
{
	uint32_t refs[256];
	uint32_t id;

	(void)state;
	assert_int_equal(fixture_open(&f, 0, 4096, false, &id), 0);
	fixture_fill(&f, 0, 4096, 1, refs);
	hv_model_inject(&(struct hv_model_fault){
		.call = f.world->takes,
		.nth = 1,
		.lasting = true,
		.kind = f.world->untaken,
	});
	assert_int_equal(carveout_commit(&f.carveout, id, 4096, refs), -EIO);
	assert_int_equal(f.carveout.state, CARVEOUT_FAILED);
	hv_model_clear_faults();
	fixture_work(&f);
}

static void a_window_that_cannot_be_undone_fails_the_carveout(void **state)
{
	uint32_t id;

	(void)state;
	hv_model_inject(&(struct hv_model_fault){
		.call = f.world->gives,
		.nth = 1,
		.kind = HV_FAULT_SHORT,
		.limit = 3,
	});
	hv_model_inject(&(struct hv_model_fault){
		.call = f.world->takes,
		.nth = 1,
		.lasting = true,
		.kind = f.world->untaken,
	});
	assert_int_equal(fixture_open(&f, 0, 16384, false, &id), -EIO);
	assert_int_equal(f.carveout.state, CARVEOUT_FAILED);
	hv_model_clear_faults();
	fixture_work(&f);
}

int main(void)
{
	static const struct behaviour behaviours[] = {
		BEHAVIOUR(a_guest_that_removed_its_pages_gets_an_error),
		BEHAVIOUR(
			a_guest_that_replaces_its_pages_gets_no_more_than_that),
		BEHAVIOUR(a_guest_that_goes_on_refilling_harms_itself_alone),
		BEHAVIOUR(a_window_full_of_holes_is_passed_in_few_looks),
		BEHAVIOUR(
			a_frame_that_is_refilled_protects_no_other_from_a_revoke),
		BEHAVIOUR(a_frame_that_is_refilled_keeps_no_window_open),
		BEHAVIOUR(a_revoke_that_the_hypervisor_fails_is_not_done),
		BEHAVIOUR(a_window_is_not_given_to_a_guest_that_was_unpaused),
		BEHAVIOUR(forged_grants_do_not_matter),
		BEHAVIOUR(
			a_guest_that_keeps_an_alias_cannot_change_what_was_committed),
		BEHAVIOUR(
			a_guest_that_refills_a_closed_frame_has_only_its_own_page),
		BEHAVIOUR(a_window_that_was_not_taken_is_noticed),
		BEHAVIOUR(a_window_that_cannot_be_undone_fails_the_carveout),
	};

	return fixture_run("carveout: hostile", &f, behaviours,
			   sizeof(behaviours) / sizeof(behaviours[0]));
}
