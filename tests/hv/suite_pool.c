// SPDX-License-Identifier: GPL-2.0-only
/* hv.h's promises: host memory that Xen does not manage. */
#include "hv_suite.h"

#include <errno.h>
#include <string.h>

#include "cmocka_all.h"

#if defined(HV_SUITE_XEN) && !defined(__aarch64__)

static void host_memory_is_for_arm64_alone(void **state)
{
	struct hv_memory *memory = NULL;
	struct hv_host host;

	(void)state;
	assert_int_equal(hv_host_info(hv, &host), 0);
	assert_false(host.confines_iomem);
	assert_int_equal(hv_memory_open(hv, (mfn_t){ 0x40000 }, 1, &memory),
			 -EOPNOTSUPP);
	assert_null(memory);
}

static const struct CMUnitTest tests[] = {
	TEST(host_memory_is_for_arm64_alone),
};

#else

/* Two hypercalls of 64 and a bit. */
#define SOME 130u
#define LEAST 256u

/* map_range_to_domain() in arch/arm/domain_build.c gives dom0 the right to one
 * frame more than what a node describes; not to two. */
#define TOO_MANY 2u

static struct harness_memory need_memory(void)
{
	struct harness_memory memory = { 0 };

	if (!harness_memory(&memory))
		fail_msg("%s", memory.missing);
	if (memory.pages < LEAST)
		fail_msg("the pool has %llu pages; the suite needs %u",
			 (unsigned long long)memory.pages, LEAST);
	return memory;
}

static mfn_t first_frame(void)
{
	return need_memory().first;
}

static struct hv_memory *open_memory(void)
{
	struct harness_memory place = need_memory();
	struct hv_memory *memory = NULL;

	assert_int_equal(hv_memory_open(hv, place.first, place.pages, &memory),
			 0);
	return memory;
}

static void permit(uint32_t count)
{
	assert_int_equal(
		hv_iomem_permit(hv, t.domid, first_frame(), count, true), 0);
}

static uint32_t map(gfn_t gfn, uint32_t count)
{
	return hv_iomem_map(hv, t.domid, gfn, first_frame(), count);
}

static uint32_t unmap(gfn_t gfn, uint32_t count)
{
	return hv_iomem_unmap(hv, t.domid, gfn, first_frame(), count);
}

static void permit_and_map(uint32_t count)
{
	permit(count);
	assert_int_equal(map(WINDOW, count), count);
}

/* ---- rights ---- */

static void this_host_confines_what_it_gives(void **state)
{
	struct hv_host host;

	(void)state;
	assert_int_equal(hv_host_info(hv, &host), 0);
	assert_true(host.confines_iomem);
}

static void without_the_right_nothing_is_mapped(void **state)
{
	(void)state;
	assert_int_equal(map(WINDOW, SOME), 0);
	permit(SOME);
	assert_int_equal(map(WINDOW, SOME), SOME);
}

static void a_map_goes_as_far_as_the_right(void **state)
{
	(void)state;
	permit(100);
	assert_int_equal(map(WINDOW, SOME), 100);
	assert_int_equal(unmap(WINDOW, SOME), 100);
}

static void a_right_taken_away_stops_map_and_unmap(void **state)
{
	(void)state;
	permit_and_map(SOME);
	assert_int_equal(hv_iomem_permit(hv, t.domid,
					 mfn_add(first_frame(), 70), SOME - 70,
					 false),
			 0);
	assert_int_equal(map(WINDOW, SOME), 70);
	assert_int_equal(unmap(WINDOW, SOME), 70);
	permit(SOME); /* for what is still mapped */
	assert_int_equal(unmap(WINDOW, SOME), SOME);
}

static void rights_may_be_given_and_taken_twice(void **state)
{
	(void)state;
	permit(SOME);
	permit(SOME);
	for (int i = 0; i < 2; i++)
		assert_int_equal(hv_iomem_permit(hv, t.domid, first_frame(),
						 SOME, false),
				 0);
	assert_int_equal(map(WINDOW, 1), 0);
}

static void dom0_gives_no_more_than_it_has(void **state)
{
	struct harness_memory place = need_memory();

	(void)state;
	assert_int_equal(hv_iomem_permit(hv, t.domid, (mfn_t){ 0xffffff00 }, 1,
					 true),
			 -EPERM);
	assert_int_equal(hv_iomem_permit(hv, t.domid, place.first,
					 (uint32_t)place.pages + TOO_MANY,
					 true),
			 -EPERM);
	assert_int_equal(map(WINDOW, 1), 0); /* not even what it has of it */
	assert_int_equal(hv_iomem_permit(hv, t.domid, place.first, 0, true),
			 -EINVAL);
}

static void no_domain_no_host_memory(void **state)
{
	mfn_t mfn = first_frame();

	(void)state;
	assert_int_equal(hv_iomem_permit(hv, 32000, mfn, 1, true), -ESRCH);
	assert_int_equal(hv_iomem_map(hv, 32000, WINDOW, mfn, 1), 0);
	assert_int_equal(hv_iomem_unmap(hv, 32000, WINDOW, mfn, 1), 0);
}

static void a_right_dies_with_its_domain(void **state)
{
	(void)state;
	permit_and_map(SOME);
	assert_int_equal(hv_domain_destroy(hv, t.domid), 0);
	t.domid = harness_subject(&subject_handle, PLENTY, 0);
	assert_int_equal(map(WINDOW, 1), 0);
}

/* ---- frames ---- */

static void mapped_host_frames_are_no_ram(void **state)
{
	uint32_t ref = 8;
	void *address;

	(void)state;
	permit_and_map(SOME);
	assert_int_equal(hv_holes(hv, t.domid, WINDOW, SOME), SOME);
	assert_int_equal(hv_map(hv, t.domid, WINDOW, 1, &address), -EINVAL);
	assert_int_equal(hv_strip(hv, t.domid, WINDOW, SOME), 0);
	assert_false(harness_peek(t.domid, WINDOW, t.out));
	harness_grant(t.domid, ref, WINDOW);
	assert_int_equal(hv_copy_granted(hv, t.domid, &ref, 1, t.out), -EFAULT);
	assert_int_equal(look(t.domid).pages, 0);
	assert_int_equal(unmap(WINDOW, SOME), SOME);
}

static void a_strip_does_not_take_a_host_frame_out(void **state)
{
	(void)state;
	populate(WINDOW, 3);
	permit(SOME);
	assert_int_equal(map(gfn_add(WINDOW, 1), 1), 1);
	assert_int_equal(hv_strip(hv, t.domid, WINDOW, 3), 1);
	assert_int_equal(hv_strip(hv, t.domid, gfn_add(WINDOW, 2), 1), 1);
}

static void a_host_frame_mapped_over_ram_hides_it(void **state)
{
	(void)state;
	populate(WINDOW, SOME);
	permit_and_map(SOME);
	assert_int_equal(hv_holes(hv, t.domid, WINDOW, SOME), SOME);
	assert_int_equal(look(t.domid).pages, SOME); /* on the account still */
	assert_int_equal(unmap(WINDOW, SOME), SOME);
	assert_int_equal(hv_holes(hv, t.domid, WINDOW, SOME), SOME);
}

static void ram_populated_over_a_host_frame_hides_it(void **state)
{
	(void)state;
	permit_and_map(SOME);
	populate(gfn_add(WINDOW, 100), 1);
	memset(t.in, 0x5a, HV_PAGE_SIZE);
	assert_true(harness_poke(t.domid, gfn_add(WINDOW, 100), t.in));
	assert_true(harness_peek(t.domid, gfn_add(WINDOW, 100), t.out));
	assert_memory_equal(t.in, t.out, HV_PAGE_SIZE);
}

static void an_unmap_stops_at_ram_and_goes_on_after_it(void **state)
{
	(void)state;
	permit_and_map(SOME);
	populate(gfn_add(WINDOW, 100), 1);
	assert_int_equal(unmap(WINDOW, SOME), 100);
	assert_int_equal(look(t.domid).pages, 1); /* which is left */
	assert_int_equal(hv_holes(hv, t.domid, gfn_add(WINDOW, 100), 1), 0);
	strip(gfn_add(WINDOW, 100), 1);
	assert_int_equal(unmap(WINDOW, SOME), SOME);
}

static void a_hole_counts_as_unmapped(void **state)
{
	(void)state;
	permit(SOME);
	assert_int_equal(unmap(WINDOW, SOME), SOME);
	assert_int_equal(map(WINDOW, SOME), SOME);
	assert_int_equal(unmap(gfn_add(WINDOW, 7), 1), 1);
	assert_int_equal(unmap(WINDOW, SOME), SOME);
	assert_int_equal(unmap(WINDOW, SOME), SOME);
}

/* Frame by frame after a batch that failed, so the count is exact; and nothing
 * of the account. */
static void a_map_stops_when_the_p2m_pool_is_used_up(void **state)
{
	gfn_t edge = gfn_add(WINDOW, 512 - 32);
	uint32_t done = 0;
	uint64_t pages;

	(void)state;
	permit(SOME);
	populate(WINDOW, 1);
	assert_int_equal(hv_p2m_pool_set(hv, t.domid, 0), -EBUSY);
	while (done < 64 &&
	       hv_populate(hv, t.domid, gfn_add(WINDOW, 512 * (done + 2)), 1))
		done++;
	assert_true(done < 64);
	pages = look(t.domid).pages;
	assert_int_equal(map(edge, 64), 32);
	assert_int_equal(look(t.domid).pages, pages);
	assert_int_equal(unmap(edge, 64), 64);
}

static void a_mebibyte_is_mapped_in_eight_hypercalls(void **state)
{
	uint64_t before;

	(void)state;
	permit(256);
	before = hv_hypercalls(hv);
	assert_int_equal(map(WINDOW, 256), 256);
	assert_int_equal(hv_hypercalls(hv) - before, 8);
	before = hv_hypercalls(hv);
	assert_int_equal(unmap(WINDOW, 256), 256);
	assert_int_equal(hv_hypercalls(hv) - before, 8);
}

/* ---- bytes ---- */

static void host_memory_keeps_what_was_written(void **state)
{
	struct hv_memory *memory = open_memory();

	(void)state;
	paint(t.in, SOME * HV_PAGE_SIZE, 5);
	assert_int_equal(hv_memory_write(memory, 3, SOME, t.in), 0);
	assert_int_equal(hv_memory_flush(memory, 3, SOME), 0);
	hv_memory_close(memory);
	memory = open_memory();
	assert_int_equal(hv_memory_read(memory, 3, SOME, t.out), 0);
	assert_memory_equal(t.in, t.out, SOME * HV_PAGE_SIZE);
	hv_memory_close(memory);
}

static void zeroing_stays_inside_its_pages(void **state)
{
	struct hv_memory *memory = open_memory();

	(void)state;
	memset(t.in, 0xc7, 4 * HV_PAGE_SIZE);
	assert_int_equal(hv_memory_write(memory, 0, 4, t.in), 0);
	assert_int_equal(hv_memory_zero(memory, 1, 2), 0);
	assert_int_equal(hv_memory_read(memory, 0, 4, t.out), 0);
	assert_true(all_are(t.out, HV_PAGE_SIZE, 0xc7));
	assert_true(all_are(t.out + HV_PAGE_SIZE, 2 * HV_PAGE_SIZE, 0));
	assert_true(all_are(t.out + 3 * HV_PAGE_SIZE, HV_PAGE_SIZE, 0xc7));
	hv_memory_close(memory);
}

static void host_memory_outlives_a_domain_that_had_it(void **state)
{
	struct hv_memory *memory = open_memory();

	(void)state;
	paint(t.in, SOME * HV_PAGE_SIZE, 6);
	assert_int_equal(hv_memory_write(memory, 0, SOME, t.in), 0);
	permit_and_map(SOME);
	assert_int_equal(hv_domain_destroy(hv, t.domid), 0);
	t.domid = harness_subject(&subject_handle, PLENTY, 0);
	assert_int_equal(hv_memory_flush(memory, 0, SOME), 0);
	assert_int_equal(hv_memory_read(memory, 0, SOME, t.out), 0);
	assert_memory_equal(t.in, t.out, SOME * HV_PAGE_SIZE);
	hv_memory_close(memory);
}

static void host_memory_has_bounds(void **state)
{
	struct hv_memory *memory = open_memory();
	uint64_t end = need_memory().pages;
	const struct {
		uint64_t page;
		uint32_t count;
	} beyond[] = {
		{ 0, (uint32_t)end + 1 },
		{ 0, UINT32_MAX },
		{ 1, (uint32_t)end },
		{ end - 1, 2 },
		{ end, 1 },
		{ end + 1, 0 },
		{ UINT64_MAX - 1, 2 },
		{ UINT64_MAX, 1 },
		{ UINT64_MAX, 2 },
		{ UINT64_MAX, UINT32_MAX },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(beyond) / sizeof(beyond[0]); i++) {
		uint64_t page = beyond[i].page;
		uint32_t count = beyond[i].count;

		assert_int_equal(hv_memory_read(memory, page, count, t.out),
				 -EINVAL);
		assert_int_equal(hv_memory_write(memory, page, count, t.in),
				 -EINVAL);
		assert_int_equal(hv_memory_zero(memory, page, count), -EINVAL);
		assert_int_equal(hv_memory_flush(memory, page, count), -EINVAL);
	}
	assert_int_equal(hv_memory_read(memory, end, 0, t.out), 0);
	assert_int_equal(hv_memory_zero(memory, end - 1, 1), 0);
	assert_int_equal(hv_memory_flush(memory, end - 1, 1), 0);
	hv_memory_close(memory);
	hv_memory_close(NULL);
}

static void two_places_of_a_pool_do_not_mix(void **state)
{
	struct hv_memory *all = open_memory(), *tail = NULL;

	(void)state;
	assert_int_equal(
		hv_memory_open(hv, mfn_add(first_frame(), 10), 2, &tail), 0);
	assert_int_equal(hv_memory_zero(all, 10, 2), 0);
	memset(t.in, 0x3e, HV_PAGE_SIZE);
	assert_int_equal(hv_memory_write(tail, 1, 1, t.in), 0);
	assert_int_equal(hv_memory_read(all, 10, 2, t.out), 0);
	assert_true(all_are(t.out, HV_PAGE_SIZE, 0));
	assert_true(all_are(t.out + HV_PAGE_SIZE, HV_PAGE_SIZE, 0x3e));
	assert_int_equal(hv_memory_write(tail, 2, 1, t.in), -EINVAL);
	hv_memory_close(tail);
	hv_memory_close(all);
}

/* Linux would map it; the first access would kill this process. */
static void what_dom0_has_no_right_to_does_not_open(void **state)
{
	struct harness_memory place = need_memory();
	struct hv_memory *memory = NULL;

	(void)state;
	assert_int_equal(hv_memory_open(hv, place.first, place.pages + TOO_MANY,
					&memory),
			 -EPERM);
	assert_int_equal(hv_memory_open(hv, (mfn_t){ 0xffffff00 }, 1, &memory),
			 -EPERM);
	assert_int_equal(hv_memory_open(hv, place.first, 0, &memory), -EINVAL);
	assert_null(memory);
}

static const struct CMUnitTest tests[] = {
	TEST(this_host_confines_what_it_gives),
	TEST(without_the_right_nothing_is_mapped),
	TEST(a_map_goes_as_far_as_the_right),
	TEST(a_right_taken_away_stops_map_and_unmap),
	TEST(rights_may_be_given_and_taken_twice),
	TEST(dom0_gives_no_more_than_it_has),
	TEST(no_domain_no_host_memory),
	TEST(a_right_dies_with_its_domain),
	TEST(mapped_host_frames_are_no_ram),
	TEST(a_strip_does_not_take_a_host_frame_out),
	TEST(a_host_frame_mapped_over_ram_hides_it),
	TEST(ram_populated_over_a_host_frame_hides_it),
	TEST(an_unmap_stops_at_ram_and_goes_on_after_it),
	TEST(a_hole_counts_as_unmapped),
	TEST(a_map_stops_when_the_p2m_pool_is_used_up),
	TEST(a_mebibyte_is_mapped_in_eight_hypercalls),
	TEST(host_memory_keeps_what_was_written),
	TEST(zeroing_stays_inside_its_pages),
	TEST(host_memory_outlives_a_domain_that_had_it),
	TEST(host_memory_has_bounds),
	TEST(two_places_of_a_pool_do_not_mix),
	TEST(what_dom0_has_no_right_to_does_not_open),
};

#endif

int suite_pool(void)
{
	return cmocka_run_group_tests_name("pool", tests, NULL, NULL);
}
