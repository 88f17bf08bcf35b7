// SPDX-License-Identifier: GPL-2.0-only
/* hv.h's promises: guest frames, mappings and grants of them. */
#include "hv_suite.h"

#include <errno.h>
#include <string.h>

#include "cmocka_all.h"

/* ---- populate, strip, holes ---- */

static void a_fresh_domain_is_all_hole(void **state)
{
	(void)state;
	assert_int_equal(hv_holes(hv, t.domid, WINDOW, 600), 600);
	assert_false(harness_peek(t.domid, WINDOW, t.out));
}

static void populated_frames_are_memory_and_on_the_account(void **state)
{
	(void)state;
	populate(WINDOW, 513);
	assert_int_equal(look(t.domid).pages, 513);
	assert_int_equal(hv_holes(hv, t.domid, WINDOW, 513), 0);
	paint(t.in, HV_PAGE_SIZE, 1);
	assert_true(harness_poke(t.domid, gfn_add(WINDOW, 512), t.in));
	assert_true(harness_peek(t.domid, gfn_add(WINDOW, 512), t.out));
	assert_memory_equal(t.in, t.out, HV_PAGE_SIZE);
}

static void stripped_frames_are_holes_and_off_the_account(void **state)
{
	(void)state;
	populate(WINDOW, 513);
	strip(WINDOW, 513);
	assert_int_equal(look(t.domid).pages, 0);
	assert_int_equal(hv_holes(hv, t.domid, WINDOW, 513), 513);
	assert_false(harness_peek(t.domid, WINDOW, t.out));
}

static void holes_are_counted_up_to_the_first_page(void **state)
{
	(void)state;
	populate(gfn_add(WINDOW, 530), 1);
	assert_int_equal(hv_holes(hv, t.domid, WINDOW, 600), 530);
	assert_int_equal(hv_holes(hv, t.domid, gfn_add(WINDOW, 531), 9), 9);
	assert_int_equal(hv_holes(hv, t.domid, WINDOW, 0), 0);
}

static void populate_stops_at_max_pages(void **state)
{
	(void)state;
	assert_int_equal(hv_domain_set_max_pages(hv, t.domid, 100), 0);
	assert_int_equal(hv_populate(hv, t.domid, WINDOW, 256), 100);
	assert_int_equal(look(t.domid).pages, 100);
	assert_int_equal(hv_holes(hv, t.domid, gfn_add(WINDOW, 100), 156), 156);
}

/* Each page lies in terrain of its own, so each takes page tables. */
static void populate_stops_when_the_p2m_pool_is_used_up(void **state)
{
	uint64_t before;
	uint32_t done = 0;

	(void)state;
	if (!harness_pool_runs_out())
		skip();
	populate(WINDOW, 1);
	assert_int_equal(hv_p2m_pool_set(hv, t.domid, 0), -EBUSY);
	while (done < 64 &&
	       hv_populate(hv, t.domid, gfn_add(WINDOW, 512 * (done + 1)), 1))
		done++;
	assert_true(done < 64);
	before = look(t.domid).pages;
	/* The page that found no place stays on the account. */
	assert_int_equal(before, done + 2);
	/* A frame whose page table is there needs none. */
	populate(gfn_add(WINDOW, 1), 1);
}

static void strip_stops_at_a_hole_and_goes_on_after_it(void **state)
{
	(void)state;
	populate(WINDOW, 10);
	strip(gfn_add(WINDOW, 4), 1);
	assert_int_equal(hv_strip(hv, t.domid, WINDOW, 10), 4);
	assert_int_equal(hv_strip(hv, t.domid, gfn_add(WINDOW, 4), 6), 0);
	assert_int_equal(hv_strip(hv, t.domid, gfn_add(WINDOW, 5), 5), 5);
	assert_int_equal(look(t.domid).pages, 0);
}

static void a_page_populated_over_another_hides_it(void **state)
{
#if defined(__x86_64__) && defined(HV_SUITE_XEN)
	(void)state;
	skip(); /* x86 is not so silent about it */
#else
	(void)state;
	populate(WINDOW, 1);
	memset(t.in, 0x5a, HV_PAGE_SIZE);
	assert_true(harness_poke(t.domid, WINDOW, t.in));
	populate(WINDOW, 1);
	assert_true(harness_peek(t.domid, WINDOW, t.out));
	assert_false(all_are(t.out, HV_PAGE_SIZE, 0x5a));
	assert_int_equal(look(t.domid).pages, 2);
	strip(WINDOW, 1);
	assert_int_equal(look(t.domid).pages, 1);
#endif
}

/* ---- mappings ---- */

static void a_mapping_and_the_domain_see_the_same_bytes(void **state)
{
	uint8_t *mapped = NULL;

	(void)state;
	populate(WINDOW, 300);
	assert_int_equal(hv_map(hv, t.domid, WINDOW, 300, (void **)&mapped), 0);
	paint(mapped, 300 * HV_PAGE_SIZE, 3);
	for (uint32_t i = 0; i < 300; i++)
		assert_true(harness_peek(t.domid, gfn_add(WINDOW, i),
					 t.out + i * HV_PAGE_SIZE));
	assert_memory_equal(mapped, t.out, 300 * HV_PAGE_SIZE);
	memset(t.in, 0xc3, HV_PAGE_SIZE);
	assert_true(harness_poke(t.domid, gfn_add(WINDOW, 299), t.in));
	assert_memory_equal(mapped + 299 * HV_PAGE_SIZE, t.in, HV_PAGE_SIZE);
	hv_unmap(hv, mapped, 300);
}

static void a_mapping_keeps_the_bytes_after_a_strip(void **state)
{
	uint8_t *mapped = NULL;

	(void)state;
	populate(WINDOW, 8);
	assert_int_equal(hv_map(hv, t.domid, WINDOW, 8, (void **)&mapped), 0);
	paint(mapped, 8 * HV_PAGE_SIZE, 4);
	memcpy(t.in, mapped, 8 * HV_PAGE_SIZE);
	strip(WINDOW, 8);
	assert_int_equal(hv_holes(hv, t.domid, WINDOW, 8), 8);
	assert_int_equal(look(t.domid).pages, 8); /* on the account still */
	populate(gfn_add(WINDOW, 64), 8);	  /* not these pages again */
	for (uint32_t i = 0; i < 8; i++)
		assert_true(
			harness_poke(t.domid, gfn_add(WINDOW, 64 + i), t.out));
	assert_memory_equal(mapped, t.in, 8 * HV_PAGE_SIZE);
	mapped[0] ^= 0xff; /* and it can be written */
	hv_unmap(hv, mapped, 8);
	assert_int_equal(look(t.domid).pages, 8);
}

static void a_mapping_is_all_or_nothing(void **state)
{
	void *mapped = NULL;

	(void)state;
	populate(WINDOW, 8);
	strip(gfn_add(WINDOW, 7), 1);
	assert_int_equal(hv_map(hv, t.domid, WINDOW, 8, &mapped), -EINVAL);
	assert_null(mapped);
	strip(WINDOW, 7);
	assert_int_equal(look(t.domid).pages, 0);
}

static void a_cache_flush_needs_no_mapping(void **state)
{
	(void)state;
	populate(WINDOW, 256);
	assert_int_equal(hv_cache_flush(hv, t.domid, WINDOW, 256), 0);
}

/* ---- what is in fresh pages ---- */

static uint32_t painted_pages(gfn_t gfn, uint32_t count)
{
	uint32_t painted = 0;

	for (uint32_t i = 0; i < count; i++) {
		assert_true(harness_peek(t.domid, gfn_add(gfn, i), t.out));
		painted += all_are(t.out, HV_PAGE_SIZE, 0xb7);
	}
	return painted;
}

static void paint_window(uint32_t count)
{
	memset(t.in, 0xb7, HV_PAGE_SIZE);
	for (uint32_t i = 0; i < count; i++)
		assert_true(harness_poke(t.domid, gfn_add(WINDOW, i), t.in));
}

/* With scrubbing fresh pages are zeros.  Without, the last owner's bytes come
 * back: if this fails, the pinning path is needlessly careful. */
static void freed_pages_come_back_as_the_host_says(void **state)
{
	(void)state;
	populate(WINDOW, 64);
	paint_window(64);
	strip(WINDOW, 64);
	populate(WINDOW, 64);
	if (!suite_scrubs) {
		assert_true(painted_pages(WINDOW, 64) > 0);
		return;
	}
	for (uint32_t i = 0; i < 64; i++) {
		assert_true(harness_peek(t.domid, gfn_add(WINDOW, i), t.out));
		assert_true(all_are(t.out, HV_PAGE_SIZE, 0));
	}
}

static void a_destroyed_domain_leaves_no_bytes_behind(void **state)
{
	(void)state;
	populate(WINDOW, 512);
	paint_window(512);
	assert_int_equal(hv_domain_destroy(hv, t.domid), 0);
	t.domid = harness_subject(&subject_handle, PLENTY, 0);
	populate(WINDOW, 1024);
	assert_int_equal(painted_pages(WINDOW, 1024), 0);
}

/* ---- grants ---- */

static void granted_pages_are_copied_in_the_order_of_the_refs(void **state)
{
	uint32_t refs[200];

	(void)state;
	populate(WINDOW, 200);
	paint(t.in, 200 * HV_PAGE_SIZE, 9);
	for (uint32_t i = 0; i < 200; i++) {
		refs[i] = 8 + (i * 7) % 200;
		harness_grant(t.domid, refs[i], gfn_add(WINDOW, i));
		assert_true(harness_poke(t.domid, gfn_add(WINDOW, i),
					 t.in + i * HV_PAGE_SIZE));
	}
	assert_int_equal(hv_copy_granted(hv, t.domid, refs, 200, t.out), 0);
	assert_memory_equal(t.in, t.out, 200 * HV_PAGE_SIZE);
}

static void a_forged_grant_fails_the_copy(void **state)
{
	uint32_t refs[20];

	(void)state;
	populate(WINDOW, 20);
	for (uint32_t i = 0; i < 20; i++) {
		refs[i] = 8 + i;
		harness_grant(t.domid, refs[i], gfn_add(WINDOW, i));
	}
	refs[17] = 300; /* never granted */
	assert_int_equal(hv_copy_granted(hv, t.domid, refs, 20, t.out),
			 -EFAULT);
	refs[17] = 0xffffffff; /* beyond any table */
	assert_int_equal(hv_copy_granted(hv, t.domid, refs, 20, t.out),
			 -EFAULT);
	refs[17] = 25;
	assert_int_equal(hv_copy_granted(hv, t.domid, refs, 20, t.out), 0);
}

static void a_grant_of_a_hole_fails_the_copy(void **state)
{
	uint32_t ref = 8;

	(void)state;
	harness_grant(t.domid, ref, WINDOW);
	assert_int_equal(hv_copy_granted(hv, t.domid, &ref, 1, t.out), -EFAULT);
}

static void a_strip_makes_a_grant_stale(void **state)
{
	uint32_t ref = 8;

	(void)state;
	populate(WINDOW, 1);
	harness_grant(t.domid, ref, WINDOW);
	assert_int_equal(hv_copy_granted(hv, t.domid, &ref, 1, t.out), 0);
	strip(WINDOW, 1);
	assert_int_equal(hv_copy_granted(hv, t.domid, &ref, 1, t.out), -EFAULT);
}

static void a_grant_taken_back_fails_the_copy(void **state)
{
	uint32_t ref = 8;

	(void)state;
	populate(WINDOW, 1);
	harness_grant(t.domid, ref, WINDOW);
	harness_ungrant(t.domid, ref);
	assert_int_equal(hv_copy_granted(hv, t.domid, &ref, 1, t.out), -EFAULT);
}

static void copying_from_no_domain_fails(void **state)
{
	uint32_t ref = 8;

	(void)state;
	assert_int_equal(hv_copy_granted(hv, 32000, &ref, 1, t.out), -EFAULT);
}

static const struct CMUnitTest tests[] = {
	TEST(a_fresh_domain_is_all_hole),
	TEST(populated_frames_are_memory_and_on_the_account),
	TEST(stripped_frames_are_holes_and_off_the_account),
	TEST(holes_are_counted_up_to_the_first_page),
	TEST(populate_stops_at_max_pages),
	TEST(populate_stops_when_the_p2m_pool_is_used_up),
	TEST(strip_stops_at_a_hole_and_goes_on_after_it),
	TEST(a_page_populated_over_another_hides_it),
	TEST(a_mapping_and_the_domain_see_the_same_bytes),
	TEST(a_mapping_keeps_the_bytes_after_a_strip),
	TEST(a_mapping_is_all_or_nothing),
	TEST(a_cache_flush_needs_no_mapping),
	TEST(freed_pages_come_back_as_the_host_says),
	TEST(a_destroyed_domain_leaves_no_bytes_behind),
	TEST(granted_pages_are_copied_in_the_order_of_the_refs),
	TEST(a_forged_grant_fails_the_copy),
	TEST(a_grant_of_a_hole_fails_the_copy),
	TEST(a_strip_makes_a_grant_stale),
	TEST(a_grant_taken_back_fails_the_copy),
	TEST(copying_from_no_domain_fails),
};

int suite_frames(void)
{
	return cmocka_run_group_tests_name("frames", tests, NULL, NULL);
}
