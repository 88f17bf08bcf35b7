// SPDX-License-Identifier: GPL-2.0-only
/* Windows of a carveout: what they show, where they may be, how they end. */
#include "cmocka_all.h"

#include <errno.h>
#include <string.h>

#include "fixture.h"

static struct fixture f;

static void a_carveout_is_a_hole_until_a_window_is_open(void **state)
{
	uint32_t id;

	(void)state;
	assert_false(fixture_guest_reaches(&f, 0));
	assert_int_equal(fixture_open(&f, FIXTURE_WINDOW, FIXTURE_WINDOW, false,
				      &id),
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
	assert_int_equal(fixture_open(&f, 0, FIXTURE_WINDOW, false, &id), 0);
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
	assert_int_equal(fixture_open(&f, 0, FIXTURE_WINDOW, false, &id), 0);
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
	assert_int_equal(fixture_open(&f, 0, FIXTURE_WINDOW, true, &id), 0);
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
	assert_int_equal(fixture_content_byte(&f, 4097), fixture_byte(4097, 3));
}

static void a_commit_of_less_leaves_zeros_behind_it(void **state)
{
	(void)state;
	fixture_load(&f, 0, FIXTURE_WINDOW, 5000, 3);
	assert_int_equal(fixture_content_byte(&f, 4999), fixture_byte(4999, 3));
	assert_int_equal(fixture_content_byte(&f, 5000), 0);
	assert_int_equal(fixture_content_byte(&f, 3 * 4096), 0);
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
		assert_int_equal(fixture_open(&f, bad[i].offset, bad[i].length,
					      false, &id),
				 bad[i].rc);
	assert_int_equal(f.carveout.state, CARVEOUT_EMPTY);
}

static void windows_never_overlap_and_are_never_too_many(void **state)
{
	uint32_t a, b;

	(void)state;
	assert_int_equal(fixture_open(&f, 0, 8192, false, &a), 0);
	assert_int_equal(fixture_open(&f, 4096, 8192, false, &b), -EBUSY);
	assert_int_equal(fixture_open(&f, 8192, 8192, false, &b), 0);
	assert_int_equal(fixture_open(&f, 16384, 4096, false, &b), -EBUSY);
	assert_int_not_equal(a, b);
}

static void a_window_is_closed_once(void **state)
{
	uint32_t refs[256];
	uint32_t id;

	(void)state;
	assert_int_equal(fixture_open(&f, 0, 4096, false, &id), 0);
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
	assert_int_equal(fixture_open(&f, 0, 4096, false, &id), 0);
	fixture_fill(&f, 0, 4096, 99, refs);
	assert_int_equal(carveout_discard(&f.carveout, id), 0);
	assert_false(fixture_guest_reaches(&f, 0));
	assert_int_equal(fixture_content_byte(&f, 5), fixture_byte(5, 1));
}

static void
a_discarded_window_that_showed_the_content_leaves_it_alone(void **state)
{
	uint32_t refs[256];
	uint32_t id;

	(void)state;
	fixture_load(&f, 0, 8192, 8192, 1);
	assert_int_equal(fixture_open(&f, 4096, 4096, true, &id), 0);
	fixture_fill(&f, 4096, 4096, 99, refs);
	assert_int_equal(carveout_discard(&f.carveout, id), 0);
	assert_int_equal(fixture_content_byte(&f, 4097), fixture_byte(4097, 1));
	assert_int_equal(fixture_seal(&f, 8192), 0);
	fixture_expect_digest(&f, 8192, 8192, 1);
}

static void a_blank_window_over_content_is_blank(void **state)
{
	static const uint8_t zeros[HV_PAGE_SIZE];
	uint8_t seen[HV_PAGE_SIZE];
	uint32_t id;

	(void)state;
	fixture_load(&f, 0, 4096, 4096, 1);
	assert_int_equal(fixture_open(&f, 0, 4096, false, &id), 0);
	assert_true(hv_model_guest_read(f.guest.domid, FIXTURE_BASE, seen,
					sizeof(seen)));
	assert_memory_equal(seen, zeros, sizeof(seen));
}

static void what_a_discarded_window_held_is_gone(void **state)
{
	static const uint8_t zeros[HV_PAGE_SIZE];
	uint8_t seen[HV_PAGE_SIZE];
	uint32_t refs[256];
	uint32_t id;

	(void)state;
	assert_int_equal(fixture_open(&f, 0, 4096, false, &id), 0);
	fixture_fill(&f, 0, 4096, 1, refs);
	assert_int_equal(carveout_discard(&f.carveout, id), 0);
	assert_int_equal(fixture_open(&f, 0, 4096, true, &id), 0);
	assert_true(hv_model_guest_read(f.guest.domid, FIXTURE_BASE, seen,
					sizeof(seen)));
	assert_memory_equal(seen, zeros, sizeof(seen));
}

static void no_memory_for_a_window_leaves_nothing(void **state)
{
	uint32_t id;

	(void)state;
	hv_model_inject(&(struct hv_model_fault){
		.call = f.world->gives,
		.nth = 1,
		.kind = HV_FAULT_SHORT,
		.limit = 7,
	});
	assert_int_equal(fixture_open(&f, 0, FIXTURE_WINDOW, false, &id),
			 -ENOMEM);
	assert_false(fixture_guest_reaches(&f, 0));
	assert_int_equal(carveout_windows_held(&f.carveout), 0);
	assert_true(hv_model_guest_runs(f.guest.domid));
}

/* A window of a pool is on nobody's quota. */
static void a_guest_with_a_full_quota_costs_little(void **state)
{
	gfn_t above = gfn_of_gpa(FIXTURE_BASE + (1ULL << 32));
	unsigned int calls, records;
	uint32_t id;

	(void)state;
	if (f.world->pooled)
		return;
	while (hv_model_guest_populate(f.guest.domid, above, 1) == 1)
		above = gfn_add(above, 1);
	calls = hv_model_calls(HV_CALL_ANY);
	records = f.records;
	assert_int_equal(fixture_open(&f, 0, FIXTURE_WINDOW, false, &id),
			 -ENOMEM);
	assert_int_equal(hv_model_calls(HV_CALL_ANY), calls + 1);
	assert_int_equal(f.records, records);
	assert_int_equal(hv_model_guest_decrease(f.guest.domid,
						 gfn_add(HV_MODEL_RAM, 0), 1),
			 1);
	assert_int_equal(fixture_open(&f, 0, HV_PAGE_SIZE, false, &id), 0);
}

static void libxl_changing_max_mem_does_not_break_windows(void **state)
{
	struct hv_domain domain;
	uint32_t id;

	(void)state;
	hv_domain_set_max_pages(f.hv, f.guest.domid, 70);
	assert_int_equal(fixture_open(&f, 0, FIXTURE_WINDOW, false, &id), 0);
	hv_domain_get(f.hv, f.guest.domid, &domain);
	assert_int_equal(domain.max_pages, 70 + f.world->window_pages);
}

int main(void)
{
	static const struct behaviour behaviours[] = {
		BEHAVIOUR(a_carveout_is_a_hole_until_a_window_is_open),
		BEHAVIOUR(a_new_window_shows_nobodys_old_bytes),
		BEHAVIOUR(a_second_vcpu_never_sees_a_window_before_it_is_blank),
		BEHAVIOUR(
			a_window_that_shows_the_content_shows_what_was_committed),
		BEHAVIOUR(committed_bytes_are_out_of_the_guests_reach),
		BEHAVIOUR(a_commit_of_less_leaves_zeros_behind_it),
		BEHAVIOUR(windows_out_of_bounds_are_refused),
		BEHAVIOUR(windows_never_overlap_and_are_never_too_many),
		BEHAVIOUR(a_window_is_closed_once),
		BEHAVIOUR(a_discarded_window_leaves_the_content_alone),
		BEHAVIOUR(
			a_discarded_window_that_showed_the_content_leaves_it_alone),
		BEHAVIOUR(a_blank_window_over_content_is_blank),
		BEHAVIOUR(what_a_discarded_window_held_is_gone),
		BEHAVIOUR(no_memory_for_a_window_leaves_nothing),
		BEHAVIOUR(a_guest_with_a_full_quota_costs_little),
		BEHAVIOUR(libxl_changing_max_mem_does_not_break_windows),
	};

	return fixture_run("carveout: windows", &f, behaviours,
			   sizeof(behaviours) / sizeof(behaviours[0]));
}
