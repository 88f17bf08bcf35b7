// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a carveout promises, on the vault backing and the model of Xen; every
 * behaviour on a host that scrubs freed pages and on one that does not.
 */
#include "cmocka_all.h"

#include <errno.h>
#include <gcrypt.h>
#include <string.h>

#include "fixture.h"

static struct fixture f;

static int setup_scrubbing(void **state)
{
	(void)state;
	fixture_setup(&f, true);
	return 0;
}

static int setup_dirty(void **state)
{
	(void)state;
	fixture_setup(&f, false);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	hv_model_clear_faults();
	fixture_teardown(&f);
	return 0;
}

/* SHA-256 of what fixture_fill() wrote to [0, used), then zeros to length. */
static void expect_digest(uint64_t used, uint64_t length, uint8_t seed)
{
	uint8_t *content = calloc(1, length);
	uint8_t digest[32];

	for (uint64_t i = 0; i < used; i++)
		content[i] = fixture_byte(i, seed);
	gcry_md_hash_buffer(GCRY_MD_SHA256, digest, content, length);
	free(content);
	assert_memory_equal(f.carveout.digest, digest, sizeof(digest));
}

static int seal(uint64_t length)
{
	int rc = carveout_seal(&f.carveout, CARVEOUT_GUEST, length, NULL);

	if (rc != -EINPROGRESS)
		return rc;
	fixture_work(&f);
	return carveout_outcome(&f.carveout, CARVEOUT_REQ_SEAL);
}

/* ---- windows ---- */

static void a_carveout_is_a_hole_until_a_window_is_open(void **state)
{
	uint32_t id;

	(void)state;
	assert_false(fixture_guest_reaches(&f, 0));
	assert_int_equal(carveout_open(&f.carveout, FIXTURE_WINDOW,
				       FIXTURE_WINDOW, false, &id),
			 0);
	assert_true(fixture_guest_reaches(&f, FIXTURE_WINDOW));
	assert_false(fixture_guest_reaches(&f, 0));
	assert_false(fixture_guest_reaches(&f, 2 * FIXTURE_WINDOW));
}

static void a_new_window_shows_nobodys_old_bytes(void **state)
{
	static const uint8_t zeros[FIXTURE_WINDOW];
	static uint8_t seen[FIXTURE_WINDOW];
	uint32_t id;

	(void)state;
	hv_model_dirty_free_memory(0xaa);
	assert_int_equal(
		carveout_open(&f.carveout, 0, FIXTURE_WINDOW, false, &id), 0);
	assert_true(hv_model_guest_read(f.guest.domid, FIXTURE_BASE, seen,
					sizeof(seen)));
	assert_memory_equal(seen, zeros, sizeof(seen));
}

/* A guest vCPU looks at every moment at which it runs. */
static bool saw_dirt;
static void peeping_guest(void *argument, enum hv_model_call call,
			  hv_domid domid, gfn_t gfn, uint32_t count)
{
	uint8_t byte;

	(void)argument;
	(void)call;
	(void)domid;
	(void)gfn;
	(void)count;
	if (hv_model_guest_read(f.guest.domid, FIXTURE_BASE, &byte, 1) && byte)
		saw_dirt = true;
}

static void a_second_vcpu_never_sees_a_window_before_it_is_blank(void **state)
{
	uint32_t id;

	(void)state;
	hv_model_dirty_free_memory(0xaa);
	saw_dirt = false;
	hv_model_set_hook(peeping_guest, NULL);
	assert_int_equal(
		carveout_open(&f.carveout, 0, FIXTURE_WINDOW, false, &id), 0);
	peeping_guest(NULL, HV_CALL_ANY, 0, (gfn_t){ 0 }, 0);
	hv_model_set_hook(NULL, NULL);
	assert_false(saw_dirt);
}

static void
a_window_that_shows_the_content_shows_what_was_committed(void **state)
{
	uint8_t seen[HV_PAGE_SIZE];
	uint32_t id;

	(void)state;
	fixture_load(&f, 0, FIXTURE_WINDOW, FIXTURE_WINDOW, 9);
	assert_int_equal(
		carveout_open(&f.carveout, 0, FIXTURE_WINDOW, true, &id), 0);
	assert_true(hv_model_guest_read(f.guest.domid, FIXTURE_BASE, seen,
					sizeof(seen)));
	for (size_t i = 0; i < sizeof(seen); i++)
		assert_int_equal(seen[i], fixture_byte(i, 9));
}

static void committed_bytes_are_out_of_the_guests_reach(void **state)
{
	(void)state;
	fixture_load(&f, 0, FIXTURE_WINDOW, FIXTURE_WINDOW, 3);
	assert_false(fixture_guest_reaches(&f, 0));
	assert_false(fixture_guest_reaches(&f, FIXTURE_WINDOW - 1));
	assert_int_equal(fixture_vault_byte(&f, 4097), fixture_byte(4097, 3));
}

static void a_commit_of_less_leaves_zeros_behind_it(void **state)
{
	(void)state;
	fixture_load(&f, 0, FIXTURE_WINDOW, 5000, 3);
	assert_int_equal(fixture_vault_byte(&f, 4999), fixture_byte(4999, 3));
	assert_int_equal(fixture_vault_byte(&f, 5000), 0);
	assert_int_equal(fixture_vault_byte(&f, 3 * 4096), 0);
}

static void windows_out_of_bounds_are_refused(void **state)
{
	static const struct {
		uint64_t offset, length;
		int rc;
	} bad[] = {
		{ 0, 0, -EINVAL },
		{ 1, 4096, -EINVAL },
		{ 0, 4095, -EINVAL },
		{ 0, FIXTURE_WINDOW + 4096, -EINVAL },
		{ 0, UINT64_MAX & ~4095ULL, -EINVAL },
		{ FIXTURE_SIZE, 4096, -ENOSPC },
		{ FIXTURE_SIZE - 4096, 8192, -ENOSPC },
		{ UINT64_MAX & ~4095ULL, 4096, -ENOSPC },
	};
	uint32_t id;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(carveout_open(&f.carveout, bad[i].offset,
					       bad[i].length, false, &id),
				 bad[i].rc);
	assert_int_equal(f.carveout.state, CARVEOUT_EMPTY);
}

static void windows_never_overlap_and_are_never_too_many(void **state)
{
	uint32_t a, b;

	(void)state;
	assert_int_equal(carveout_open(&f.carveout, 0, 8192, false, &a), 0);
	assert_int_equal(carveout_open(&f.carveout, 4096, 8192, false, &b),
			 -EBUSY);
	assert_int_equal(carveout_open(&f.carveout, 8192, 8192, false, &b), 0);
	assert_int_equal(carveout_open(&f.carveout, 16384, 4096, false, &b),
			 -EBUSY);
	assert_int_not_equal(a, b);
}

static void a_window_is_closed_once(void **state)
{
	uint32_t refs[256];
	uint32_t id;

	(void)state;
	assert_int_equal(carveout_open(&f.carveout, 0, 4096, false, &id), 0);
	fixture_fill(&f, 0, 4096, 1, refs);
	assert_int_equal(carveout_commit(&f.carveout, id, 4097, refs), -EINVAL);
	assert_int_equal(carveout_commit(&f.carveout, id, 4096, refs), 0);
	assert_int_equal(carveout_commit(&f.carveout, id, 4096, refs), -ENOENT);
	assert_int_equal(carveout_discard(&f.carveout, id), -ENOENT);
}

static void a_discarded_window_leaves_the_content_alone(void **state)
{
	uint32_t refs[256];
	uint32_t id;

	(void)state;
	fixture_load(&f, 0, 4096, 4096, 1);
	assert_int_equal(carveout_open(&f.carveout, 0, 4096, false, &id), 0);
	fixture_fill(&f, 0, 4096, 99, refs);
	assert_int_equal(carveout_discard(&f.carveout, id), 0);
	assert_false(fixture_guest_reaches(&f, 0));
	assert_int_equal(fixture_vault_byte(&f, 5), fixture_byte(5, 1));
}

static void no_memory_for_a_window_leaves_nothing(void **state)
{
	uint32_t id;

	(void)state;
	hv_model_inject(&(struct hv_model_fault){
		.call = HV_CALL_POPULATE,
		.nth = 1,
		.kind = HV_FAULT_SHORT,
		.limit = 7,
	});
	assert_int_equal(carveout_open(&f.carveout, 0, FIXTURE_WINDOW, false,
				       &id),
			 -ENOMEM);
	assert_false(fixture_guest_reaches(&f, 0));
	assert_int_equal(carveout_windows_open(&f.carveout), 0);
	assert_true(hv_model_guest_runs(f.guest.domid));
}

static void libxl_changing_max_mem_does_not_break_windows(void **state)
{
	struct hv_domain domain;
	uint32_t id;

	(void)state;
	hv_domain_set_max_pages(f.hv, f.guest.domid, 70);
	assert_int_equal(
		carveout_open(&f.carveout, 0, FIXTURE_WINDOW, false, &id), 0);
	hv_domain_get(f.hv, f.guest.domid, &domain);
	assert_int_equal(domain.max_pages, 70 + 512);
}

/* ---- hostile guests ---- */

static void a_guest_that_removed_its_pages_gets_an_error(void **state)
{
	uint32_t refs[256];
	uint32_t id;

	(void)state;
	assert_int_equal(
		carveout_open(&f.carveout, 0, FIXTURE_WINDOW, false, &id), 0);
	fixture_fill(&f, 0, FIXTURE_WINDOW, 1, refs);
	hv_model_guest_decrease(f.guest.domid, gfn_of_gpa(FIXTURE_BASE + 8192),
				3);
	if (f.guest.scrubs_freed_pages) {
		assert_int_equal(carveout_commit(&f.carveout, id,
						 FIXTURE_WINDOW, refs),
				 -EFAULT);
		assert_int_equal(f.carveout.state, CARVEOUT_FAILED);
	} else {
		/* The pages are pinned: what it removed is still ours. */
		assert_int_equal(carveout_commit(&f.carveout, id,
						 FIXTURE_WINDOW, refs),
				 0);
	}
	for (uint64_t at = 0; at < FIXTURE_WINDOW; at += 4096)
		assert_false(fixture_guest_reaches(&f, at));
	fixture_work(&f);
}

static void forged_grants_do_not_matter(void **state)
{
	uint32_t refs[256];
	uint32_t id;

	(void)state;
	assert_int_equal(
		carveout_open(&f.carveout, 0, FIXTURE_WINDOW, false, &id), 0);
	fixture_fill(&f, 0, FIXTURE_WINDOW, 1, refs);
	for (int i = 0; i < 256; i++)
		refs[i] = 0xffffffff;
	assert_int_equal(carveout_commit(&f.carveout, id, FIXTURE_WINDOW, refs),
			 0);
	assert_int_equal(fixture_vault_byte(&f, 77), fixture_byte(77, 1));
}

static void
a_guest_that_keeps_an_alias_cannot_change_what_was_committed(void **state)
{
	const gfn_t alias = gfn_of_gpa(FIXTURE_BASE + (1ULL << 30));
	uint32_t refs[256];
	uint8_t evil = 0xee;
	uint32_t id;

	(void)state;
	assert_int_equal(carveout_open(&f.carveout, 0, 4096, false, &id), 0);
	fixture_fill(&f, 0, 4096, 1, refs);
	assert_true(hv_model_guest_alias(f.guest.domid,
					 gfn_of_gpa(FIXTURE_BASE), alias));
	assert_int_equal(carveout_commit(&f.carveout, id, 4096, refs), 0);
	hv_model_guest_write(f.guest.domid, alias.n << HV_PAGE_SHIFT, &evil, 1);
	assert_int_equal(fixture_vault_byte(&f, 0), fixture_byte(0, 1));
	assert_int_equal(seal(4096), 0);
	expect_digest(4096, 4096, 1);
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
	assert_int_equal(fixture_vault_byte(&f, 0), fixture_byte(0, 1));
}

static void a_strip_that_did_nothing_is_noticed(void **state)
{
	uint32_t refs[256];
	uint32_t id;

	(void)state;
	assert_int_equal(carveout_open(&f.carveout, 0, 4096, false, &id), 0);
	fixture_fill(&f, 0, 4096, 1, refs);
	hv_model_inject(&(struct hv_model_fault){
		.call = HV_CALL_STRIP,
		.nth = 1,
		.lasting = true,
		.kind = HV_FAULT_SILENT,
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
		.call = HV_CALL_POPULATE,
		.nth = 1,
		.kind = HV_FAULT_SHORT,
		.limit = 3,
	});
	hv_model_inject(&(struct hv_model_fault){
		.call = HV_CALL_STRIP,
		.nth = 1,
		.lasting = true,
		.kind = HV_FAULT_SILENT,
	});
	assert_int_equal(carveout_open(&f.carveout, 0, 16384, false, &id),
			 -EIO);
	assert_int_equal(f.carveout.state, CARVEOUT_FAILED);
	hv_model_clear_faults();
	fixture_work(&f);
}

/* ---- sealing ---- */

static void a_streamed_load_is_sealed_with_its_digest(void **state)
{
	(void)state;
	for (uint64_t at = 0; at < FIXTURE_SIZE - FIXTURE_WINDOW;
	     at += FIXTURE_WINDOW)
		fixture_load(&f, at, FIXTURE_WINDOW, FIXTURE_WINDOW, 4);
	fixture_load(&f, FIXTURE_SIZE - FIXTURE_WINDOW, FIXTURE_WINDOW, 12345,
		     4);
	assert_int_equal(seal(FIXTURE_SIZE - FIXTURE_WINDOW + 12345), 0);
	assert_int_equal(f.carveout.state, CARVEOUT_SEALED);
	expect_digest(FIXTURE_SIZE - FIXTURE_WINDOW + 12345,
		      FIXTURE_SIZE - FIXTURE_WINDOW + 12345, 4);
}

static void pieces_out_of_order_give_the_same_digest(void **state)
{
	(void)state;
	fixture_load(&f, FIXTURE_WINDOW, FIXTURE_WINDOW, 100, 4);
	fixture_load(&f, 0, FIXTURE_WINDOW, FIXTURE_WINDOW, 4);
	assert_int_equal(seal(FIXTURE_WINDOW + 100), 0);
	expect_digest(FIXTURE_WINDOW + 100, FIXTURE_WINDOW + 100, 4);
}

static void a_window_written_again_is_measured_as_it_is_now(void **state)
{
	(void)state;
	fixture_load(&f, 0, FIXTURE_WINDOW, FIXTURE_WINDOW, 4);
	fixture_load(&f, 0, FIXTURE_WINDOW, FIXTURE_WINDOW, 5);
	assert_int_equal(seal(FIXTURE_WINDOW), 0);
	expect_digest(FIXTURE_WINDOW, FIXTURE_WINDOW, 5);
}

static void unwritten_parts_count_as_zeros(void **state)
{
	(void)state;
	fixture_load(&f, 0, 4096, 1000, 4);
	assert_int_equal(seal(3 * FIXTURE_WINDOW + 5), 0);
	expect_digest(1000, 3 * FIXTURE_WINDOW + 5, 4);
}

static void bytes_beyond_the_sealed_length_are_scrubbed_first(void **state)
{
	(void)state;
	fixture_load(&f, 0, FIXTURE_WINDOW, FIXTURE_WINDOW, 4);
	fixture_load(&f, FIXTURE_WINDOW, FIXTURE_WINDOW, FIXTURE_WINDOW, 4);
	assert_int_equal(seal(5000), 0);
	expect_digest(5000, 5000, 4);
	assert_int_equal(fixture_vault_byte(&f, 4999), fixture_byte(4999, 4));
	for (uint64_t at = 5000; at < 2 * FIXTURE_WINDOW; at += 997)
		assert_int_equal(fixture_vault_byte(&f, at), 0);
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
	assert_int_equal(seal(4096), -ENODATA);
	fixture_load(&f, 0, 4096, 4096, 4);
	assert_int_equal(seal(0), -EINVAL);
	assert_int_equal(seal(FIXTURE_SIZE + 1ULL), -ENOSPC);
	assert_int_equal(seal(UINT64_MAX), -ENOSPC);
	assert_int_equal(f.carveout.state, CARVEOUT_LOADING);
}

static void a_seal_waits_for_no_open_window(void **state)
{
	uint32_t id;

	(void)state;
	fixture_load(&f, 0, 4096, 4096, 4);
	assert_int_equal(carveout_open(&f.carveout, 4096, 4096, false, &id), 0);
	assert_int_equal(seal(4096), -EBUSY);
}

static void sealed_content_is_final(void **state)
{
	uint32_t id;

	(void)state;
	fixture_load(&f, 0, 4096, 4096, 4);
	assert_int_equal(seal(4096), 0);
	assert_int_equal(carveout_open(&f.carveout, 0, 4096, true, &id),
			 -EPERM);
	assert_int_equal(carveout_write(&f.carveout, 0, "x", 1), -EPERM);
	assert_int_equal(carveout_reset(&f.carveout, CARVEOUT_GUEST), -EPERM);
	assert_int_equal(carveout_abort(&f.carveout, CARVEOUT_GUEST, "no"),
			 -EPERM);
	assert_int_equal(carveout_revoke(&f.carveout, true), 0);
	assert_int_equal(f.carveout.state, CARVEOUT_SEALED);
	expect_digest(4096, 4096, 4);
}

static void a_stanza_may_let_the_guest_reset_what_is_sealed(void **state)
{
	(void)state;
	f.carveout.config.guest_reset = true;
	fixture_load(&f, 0, 4096, 4096, 4);
	assert_int_equal(seal(4096), 0);
	assert_int_equal(carveout_reset(&f.carveout, CARVEOUT_GUEST),
			 -EINPROGRESS);
	fixture_work(&f);
	assert_int_equal(f.carveout.state, CARVEOUT_EMPTY);
}

static void a_seal_that_cannot_be_recorded_is_no_seal(void **state)
{
	(void)state;
	fixture_load(&f, 0, 4096, 4096, 4);
	f.record_error = -EIO;
	assert_int_equal(seal(4096), -EIO);
	f.record_error = 0;
	fixture_work(&f);
	assert_int_equal(f.carveout.state, CARVEOUT_FAILED);
	fixture_assert_scrubbed(&f);
}

/* ---- revoking ---- */

static void a_revoked_window_goes_when_the_guest_lets_go(void **state)
{
	uint32_t id;

	(void)state;
	assert_int_equal(carveout_open(&f.carveout, 0, 4096, false, &id), 0);
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
	assert_int_equal(carveout_open(&f.carveout, 0, 4096, false, &id), 0);
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
	assert_int_equal(carveout_open(&f.carveout, 0, 4096, false, &id), 0);
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
	assert_int_equal(carveout_open(&f.carveout, 0, 4096, false, &id), 0);
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
	assert_int_equal(carveout_open(&f.carveout, 0, 4096, false, &id),
			 -ECANCELED);
}

static void a_reset_scrubs_and_a_new_load_begins(void **state)
{
	(void)state;
	fixture_load(&f, 0, FIXTURE_WINDOW, FIXTURE_WINDOW, 4);
	assert_int_equal(seal(FIXTURE_WINDOW), 0);
	assert_int_equal(carveout_reset(&f.carveout, CARVEOUT_DOM0),
			 -EINPROGRESS);
	fixture_work(&f);
	assert_int_equal(f.carveout.state, CARVEOUT_EMPTY);
	fixture_assert_scrubbed(&f);
	fixture_load(&f, 0, 4096, 10, 8);
	assert_int_equal(seal(10), 0);
	expect_digest(10, 10, 8);
}

static void a_guest_that_goes_away_leaves_nothing(void **state)
{
	uint32_t id;

	(void)state;
	fixture_load(&f, 0, 4096, 4096, 4);
	assert_int_equal(carveout_open(&f.carveout, 4096, 4096, false, &id), 0);
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
	assert_int_equal(seal(4096), 0);
	carveout_disconnected(&f.carveout);
	assert_int_equal(f.carveout.state, CARVEOUT_SEALED);
	expect_digest(4096, 4096, 4);
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

static void nothing_new_begins_while_work_is_under_way(void **state)
{
	uint32_t id;

	(void)state;
	fixture_load(&f, 4096, 4096, 4096, 4);
	assert_int_equal(carveout_seal(&f.carveout, CARVEOUT_GUEST, 8192, NULL),
			 -EINPROGRESS);
	assert_int_equal(carveout_open(&f.carveout, 0, 4096, false, &id),
			 -EBUSY);
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
	assert_int_equal(carveout_open(&f.carveout, 0, 4096, false, &a), 0);
	assert_int_equal(carveout_open(&f.carveout, 8192, 4096, false, &b), 0);
	fixture_fill(&f, 0, 4096, 1, refs);
	hv_model_inject(&(struct hv_model_fault){ .call = HV_CALL_VAULT_WRITE,
						  .nth = 1 });
	assert_int_equal(carveout_commit(&f.carveout, a, 4096, refs), -EIO);
	assert_int_equal(f.last_leaving, b);
	fixture_work(&f);
	assert_false(fixture_guest_reaches(&f, 8192));
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
	expect_digest(sizeof(piece), sizeof(piece), 2);
	assert_int_equal(carveout_read(&f.carveout, 1, back, 5999), 0);
	assert_memory_equal(back, piece + 1, 5999);
	assert_int_equal(carveout_read(&f.carveout, 1, back, 6000), -EINVAL);
}

static void one_writer_at_a_time(void **state)
{
	uint32_t id;

	(void)state;
	assert_int_equal(carveout_write(&f.carveout, 0, "x", 1), 0);
	assert_int_equal(carveout_open(&f.carveout, 4096, 4096, false, &id),
			 -EBUSY);
	assert_int_equal(carveout_abort(&f.carveout, CARVEOUT_GUEST, "no"),
			 -EBUSY);
	assert_int_equal(carveout_reset(&f.carveout, CARVEOUT_GUEST), -EBUSY);
}

static void content_is_not_read_before_it_is_sealed(void **state)
{
	uint8_t byte;

	(void)state;
	assert_int_equal(carveout_read(&f.carveout, 0, &byte, 1), -ENODATA);
	assert_int_equal(carveout_write(&f.carveout, 0, "x", 1), 0);
	assert_int_equal(carveout_read(&f.carveout, 0, &byte, 1), -EBUSY);
}

/* ---- a manager that comes back ---- */

static void a_restart_keeps_a_seal_and_ends_a_load(void **state)
{
	uint8_t digest[32];

	(void)state;
	fixture_load(&f, 0, 4096, 4096, 4);
	assert_int_equal(seal(4096), 0);
	memcpy(digest, f.carveout.digest, 32);
	assert_int_equal(carveout_resume(&f.carveout, CARVEOUT_SEALED, 4096,
					 digest, NULL, 0),
			 0);
	assert_int_equal(f.carveout.state, CARVEOUT_SEALED);
	assert_int_equal(carveout_resume(&f.carveout, CARVEOUT_LOADING, 0,
					 digest, NULL, 0),
			 0);
	fixture_work(&f);
	assert_int_equal(f.carveout.state, CARVEOUT_FAILED);
	fixture_assert_scrubbed(&f);
}

static void a_restart_withdraws_the_windows_it_finds(void **state)
{
	struct backing_window window = { .offset = 4096, .length = 8192 };

	(void)state;
	assert_int_equal(hv_populate(f.hv, f.guest.domid,
				     gfn_of_gpa(FIXTURE_BASE + 4096), 2),
			 2);
	assert_int_equal(carveout_resume(&f.carveout, CARVEOUT_LOADING, 0, NULL,
					 &window, 1),
			 0);
	assert_false(fixture_guest_reaches(&f, 4096));
	assert_false(fixture_guest_reaches(&f, 8192));
	fixture_work(&f);
}

static void nothing_freed_holds_the_guests_bytes(void **state)
{
	uint32_t id;
	uint32_t refs[256];
	uint8_t page[HV_PAGE_SIZE];

	(void)state;
	/* Windows that end in every way. */
	fixture_load(&f, 0, 4096, 4096, 0xb0);
	assert_int_equal(carveout_open(&f.carveout, 0, 4096, false, &id), 0);
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

#define BOTH(test)                                                           \
	{ #test " (host scrubs)", test, setup_scrubbing, teardown, NULL },   \
	{                                                                    \
#test " (host does not scrub)", test, setup_dirty, teardown, \
			NULL                                                 \
	}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BOTH(a_carveout_is_a_hole_until_a_window_is_open),
		BOTH(a_new_window_shows_nobodys_old_bytes),
		BOTH(a_second_vcpu_never_sees_a_window_before_it_is_blank),
		BOTH(a_window_that_shows_the_content_shows_what_was_committed),
		BOTH(committed_bytes_are_out_of_the_guests_reach),
		BOTH(a_commit_of_less_leaves_zeros_behind_it),
		BOTH(windows_out_of_bounds_are_refused),
		BOTH(windows_never_overlap_and_are_never_too_many),
		BOTH(a_window_is_closed_once),
		BOTH(a_discarded_window_leaves_the_content_alone),
		BOTH(no_memory_for_a_window_leaves_nothing),
		BOTH(libxl_changing_max_mem_does_not_break_windows),
		BOTH(a_guest_that_removed_its_pages_gets_an_error),
		BOTH(forged_grants_do_not_matter),
		BOTH(a_guest_that_keeps_an_alias_cannot_change_what_was_committed),
		BOTH(a_guest_that_refills_a_closed_frame_has_only_its_own_page),
		BOTH(a_strip_that_did_nothing_is_noticed),
		BOTH(a_window_that_cannot_be_undone_fails_the_carveout),
		BOTH(a_streamed_load_is_sealed_with_its_digest),
		BOTH(pieces_out_of_order_give_the_same_digest),
		BOTH(a_window_written_again_is_measured_as_it_is_now),
		BOTH(unwritten_parts_count_as_zeros),
		BOTH(bytes_beyond_the_sealed_length_are_scrubbed_first),
		BOTH(a_wrong_digest_scrubs_the_content),
		BOTH(a_seal_of_nothing_or_too_much_is_refused),
		BOTH(a_seal_waits_for_no_open_window),
		BOTH(sealed_content_is_final),
		BOTH(a_stanza_may_let_the_guest_reset_what_is_sealed),
		BOTH(a_seal_that_cannot_be_recorded_is_no_seal),
		BOTH(a_revoked_window_goes_when_the_guest_lets_go),
		BOTH(a_revoked_window_goes_without_the_guest_too),
		BOTH(a_revoke_at_once_gives_no_time),
		BOTH(a_revoked_window_cannot_be_committed),
		BOTH(a_revoke_scrubs_what_was_loaded_and_does_not_wait),
		BOTH(a_reset_scrubs_and_a_new_load_begins),
		BOTH(a_guest_that_goes_away_leaves_nothing),
		BOTH(a_guest_that_goes_away_does_not_touch_a_seal),
		BOTH(an_abort_scrubs),
		BOTH(nothing_new_begins_while_work_is_under_way),
		BOTH(a_failed_commit_takes_the_other_windows_too),
		BOTH(dom0_loads_and_reads_back),
		BOTH(one_writer_at_a_time),
		BOTH(content_is_not_read_before_it_is_sealed),
		BOTH(a_restart_keeps_a_seal_and_ends_a_load),
		BOTH(a_restart_withdraws_the_windows_it_finds),
		BOTH(nothing_freed_holds_the_guests_bytes),
	};

	return cmocka_run_group_tests_name("carveout", tests, NULL, NULL);
}
