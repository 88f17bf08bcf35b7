// SPDX-License-Identifier: GPL-2.0-only
/* What is the pool's own: rights, aliases, caches, and frames that are stuck. */
#include "cmocka_all.h"

#include <errno.h>
#include <string.h>

#include "backing/pool.h"
#include "hv/hv_model.h"

#define BASE 0x100000000ULL
#define PAGES 16U
#define SIZE (PAGES * (uint32_t)HV_PAGE_SIZE)

static struct {
	struct hv *hv;
	struct guest guest;
	struct pool pool;
	struct pool_place place;
	struct backing *backing;
	struct backing_window window; /* over all of it */
} f;

static uint8_t buffer[SIZE] __attribute__((aligned(4096)));

static int boot(void)
{
	const struct hv_model_guest guest = { .ram_pages = 16 };
	bool clean;

	memset(&f, 0, sizeof(f));
	hv_model_reset(NULL);
	assert_int_equal(hv_open(&f.hv), 0);
	f.guest = (struct guest){ .hv = f.hv, .scrubs_freed_pages = true };
	assert_int_equal(hv_model_guest_create(&guest, &f.guest.domid), 0);
	f.guest.baseline_pages = 16;
	assert_int_equal(guest_reserve(&f.guest, POOL_GUEST_PAGES, SIZE), 0);
	assert_int_equal(
		pool_open(f.hv, "pool0", HV_MODEL_POOL, 2 * PAGES, &f.pool), 0);
	f.place = (struct pool_place){
		.name = "modem",
		.guest = &f.guest,
		.pool = &f.pool,
		.base = gfn_of_gpa(BASE),
		.size = SIZE,
	};
	f.window.length = SIZE;
	return pool_space_take(&f.pool.space, PAGES, &f.place.first, &clean);
}

static int setup(void **state)
{
	(void)state;
	assert_int_equal(boot(), 0);
	return pool_create(&f.place, &f.backing);
}

static int teardown(void **state)
{
	(void)state;
	hv_model_clear_faults();
	if (f.backing)
		f.backing->ops->destroy(f.backing);
	f.backing = NULL;
	pool_close(&f.pool);
	hv_close(f.hv);
	return 0;
}

static int open_window(void)
{
	f.window = (struct backing_window){ .length = SIZE };
	return f.backing->ops->open(f.backing, &f.window, false);
}

static int withdraw(void)
{
	return f.backing->ops->withdraw(f.backing, &f.window);
}

static int commit(uint32_t used)
{
	int rc = f.backing->ops->keep(f.backing, &f.window, NULL, used, buffer);
	int gone = withdraw();

	return rc ? rc : gone;
}

static bool guest_writes(uint64_t offset, uint8_t byte)
{
	return hv_model_guest_write(f.guest.domid, BASE + offset, &byte, 1);
}

static uint8_t content(uint64_t offset)
{
	uint8_t page[HV_PAGE_SIZE];

	assert_true(hv_model_host_peek(
		mfn_add(f.place.first, offset / HV_PAGE_SIZE), page));
	return page[offset % HV_PAGE_SIZE];
}

static uint64_t rights(void)
{
	return hv_model_ledger().iomem_rights;
}

static void fail_unmaps(void)
{
	hv_model_inject(&(struct hv_model_fault){
		.call = HV_CALL_IOMEM_UNMAP,
		.nth = 1,
		.lasting = true,
		.kind = HV_FAULT_FAIL,
	});
}

static void the_right_to_a_frame_lasts_as_long_as_the_window(void **state)
{
	(void)state;
	assert_int_equal(rights(), 0);
	assert_int_equal(open_window(), 0);
	assert_int_equal(rights(), PAGES);
	assert_int_equal(commit(SIZE), 0);
	assert_int_equal(rights(), 0);
	assert_int_equal(hv_model_ledger().iomem_mapped, 0);
}

static void the_guest_writes_into_the_final_place(void **state)
{
	(void)state;
	assert_int_equal(open_window(), 0);
	assert_true(guest_writes(5000, 0x77));
	assert_int_equal(commit(5001), 0);
	assert_int_equal(content(5000), 0x77);
	assert_int_equal(buffer[5000], 0x77);
	assert_int_equal(hv_model_calls(HV_CALL_COPY_GRANTED), 0);
}

static void lines_left_in_a_cache_cannot_change_what_was_kept(void **state)
{
	(void)state;
	assert_int_equal(open_window(), 0);
	assert_true(guest_writes(5000, 0x77));
	assert_true(guest_writes(9000, 0x66));
	assert_int_equal(commit(5001), 0);
	hv_model_evict_caches();
	assert_int_equal(content(5000), 0x77);
	assert_int_equal(content(9000), 0);
}

static void a_frame_with_a_grant_mapped_over_it_is_taken_too(void **state)
{
	(void)state;
	assert_int_equal(open_window(), 0);
	assert_true(hv_model_guest_alias(f.guest.domid, HV_MODEL_RAM,
					 gfn_of_gpa(BASE + 4096)));
	assert_int_equal(commit(SIZE), -EFAULT);
	assert_false(guest_writes(0, 1));
	assert_false(guest_writes(4096, 1));
	assert_int_equal(rights(), 0);
}

static void a_guest_with_no_room_left_cannot_keep_a_frame(void **state)
{
	(void)state;
	assert_int_equal(open_window(), 0);
	/* It takes the one page that was ours to use. */
	assert_int_equal(hv_model_guest_populate(f.guest.domid,
						 gfn_of_gpa(BASE + SIZE), 1),
			 1);
	assert_int_equal(commit(SIZE), 0);
	assert_false(guest_writes(0, 1));
}

static void frames_that_may_be_exposed_are_not_used(void **state)
{
	(void)state;
	assert_int_equal(open_window(), 0);
	fail_unmaps();
	assert_int_equal(commit(SIZE), -EIO);
	assert_int_equal(open_window(), -EIO);
	assert_int_equal(f.backing->ops->write(f.backing, 0, 4096, buffer),
			 -EIO);
	assert_int_equal(f.backing->ops->read(f.backing, 0, 4096, buffer),
			 -EIO);
	hv_model_clear_faults();
	assert_int_equal(f.backing->ops->write(f.backing, 0, 4096, buffer), 0);
	assert_false(guest_writes(0, 1));
}

static void frames_that_may_be_exposed_go_to_nobody_else(void **state)
{
	(void)state;
	assert_int_equal(open_window(), 0);
	fail_unmaps();
	assert_int_equal(withdraw(), -EIO);
	f.backing->ops->destroy(f.backing);
	f.backing = NULL;
	assert_int_equal(pool_space_usage(&f.pool.space).free, PAGES);
}

static void frames_of_a_guest_that_is_gone_come_back(void **state)
{
	(void)state;
	assert_int_equal(open_window(), 0);
	fail_unmaps();
	assert_int_equal(commit(SIZE), -EIO);
	hv_model_guest_destroy(f.guest.domid);
	f.backing->ops->destroy(f.backing);
	f.backing = NULL;
	assert_int_equal(pool_space_usage(&f.pool.space).free, 2 * PAGES);
}

static void a_new_manager_takes_away_what_an_old_one_gave(void **state)
{
	(void)state;
	assert_int_equal(open_window(), 0);
	f.backing->ops->hand_over(f.backing);
	assert_true(guest_writes(0, 1));
	assert_int_equal(pool_adopt(&f.place, NULL, 0, &f.backing), 0);
	assert_false(guest_writes(0, 1));
	assert_int_equal(rights(), 0);
}

static void a_new_manager_spares_the_windows_that_go_on(void **state)
{
	const struct backing_window spared = {
		.offset = HV_PAGE_SIZE,
		.length = 2 * HV_PAGE_SIZE,
	};

	(void)state;
	assert_int_equal(open_window(), 0);
	f.backing->ops->hand_over(f.backing);
	assert_int_equal(pool_adopt(&f.place, &spared, 1, &f.backing), 0);
	assert_false(guest_writes(0, 1));
	assert_true(guest_writes(HV_PAGE_SIZE, 1));
	assert_true(guest_writes(3 * HV_PAGE_SIZE - 1, 1));
	assert_false(guest_writes(3 * HV_PAGE_SIZE, 1));
	assert_int_equal(rights(), 2);
	f.window = spared;
	assert_int_equal(withdraw(), 0);
	assert_false(guest_writes(HV_PAGE_SIZE, 1));
	assert_int_equal(rights(), 0);
}

static void what_is_under_a_window_is_lost_with_its_manager(void **state)
{
	(void)state;
	memset(buffer, 0x5a, SIZE);
	assert_int_equal(f.backing->ops->write(f.backing, 0, SIZE, buffer), 0);
	f.window =
		(struct backing_window){ .length = SIZE, .has_content = true };
	assert_int_equal(f.backing->ops->open(f.backing, &f.window, false), 0);
	f.backing->ops->hand_over_window(f.backing, &f.window);
	assert_true(guest_writes(0, 1));
	assert_int_equal(withdraw(), -ENODATA);
	assert_int_equal(content(0), 0);
	assert_int_equal(content(SIZE - 1), 0);
}

static void a_new_manager_keeps_what_is_there(void **state)
{
	(void)state;
	memset(buffer, 0x5a, SIZE);
	assert_int_equal(f.backing->ops->write(f.backing, 0, SIZE, buffer), 0);
	f.backing->ops->hand_over(f.backing);
	assert_int_equal(pool_adopt(&f.place, NULL, 0, &f.backing), 0);
	assert_int_equal(content(SIZE - 1), 0x5a);
}

/* ---- content under windows, which dom0 keeps in locked memory ---- */

#define LARGE (2U << 20) /* a window, the largest there is */
#define LARGE_WINDOWS 5

/* A pool for windows over content of a guest, or of two. */
static void boot_large(struct guest *other)
{
	const struct hv_model_config config = {
		.pool_pages = LARGE_WINDOWS * (LARGE / HV_PAGE_SIZE),
	};
	const struct hv_model_guest guest = { .ram_pages = 16 };

	teardown(NULL);
	hv_model_reset(&config);
	assert_int_equal(hv_open(&f.hv), 0);
	f.guest = (struct guest){ .hv = f.hv };
	assert_int_equal(hv_model_guest_create(&guest, &f.guest.domid), 0);
	*other = (struct guest){ .hv = f.hv };
	assert_int_equal(hv_model_guest_create(&guest, &other->domid), 0);
	assert_int_equal(pool_open(f.hv, "pool0", HV_MODEL_POOL,
				   config.pool_pages, &f.pool),
			 0);
}

/* A carveout of one window's size. */
static struct backing *large_of(struct guest *guest)
{
	struct pool_place place = { .guest = guest,
				    .name = "modem",
				    .pool = &f.pool,
				    .base = gfn_of_gpa(BASE),
				    .size = LARGE };
	struct backing *backing;
	bool clean;

	assert_int_equal(pool_space_take(&f.pool.space, LARGE / HV_PAGE_SIZE,
					 &place.first, &clean),
			 0);
	place.base = gfn_add(place.base, place.first.n - HV_MODEL_POOL.n);
	assert_int_equal(pool_create(&place, &backing), 0);
	return backing;
}

static int open_over_content(struct backing *backing,
			     struct backing_window *window)
{
	*window =
		(struct backing_window){ .length = LARGE, .has_content = true };
	return backing->ops->open(backing, window, false);
}

static int discard(struct backing *backing, struct backing_window *window)
{
	return backing->ops->withdraw(backing, window);
}

/* However many carveouts it has. */
static void a_guest_makes_dom0_lock_no_more_than_8_mib(void **state)
{
	struct backing *backing[LARGE_WINDOWS];
	struct backing_window window[LARGE_WINDOWS];
	const unsigned int last = LARGE_WINDOWS - 1;
	struct guest other;

	(void)state;
	boot_large(&other);
	for (unsigned int i = 0; i < LARGE_WINDOWS; i++)
		backing[i] = large_of(&f.guest);
	for (unsigned int i = 0; i < last; i++)
		assert_int_equal(open_over_content(backing[i], &window[i]), 0);
	assert_int_equal(hv_model_ledger().buffers, last);
	assert_int_equal(open_over_content(backing[last], &window[last]),
			 -ENOMEM);
	assert_int_equal(hv_model_ledger().buffers, last);
	/* It is its own limit, and what it gives back it may have again. */
	assert_int_equal(backing[last]->ops->destroy(backing[last]), 0);
	backing[last] = large_of(&other);
	assert_int_equal(open_over_content(backing[last], &window[last]), 0);
	assert_int_equal(discard(backing[0], &window[0]), 0);
	assert_int_equal(open_over_content(backing[0], &window[0]), 0);
	for (unsigned int i = 0; i < LARGE_WINDOWS; i++) {
		assert_int_equal(discard(backing[i], &window[i]), 0);
		assert_int_equal(backing[i]->ops->destroy(backing[i]), 0);
	}
	assert_int_equal(hv_model_ledger().buffers, 0);
}

static void dom0_without_a_right_is_told_at_once(void **state)
{
	struct backing *backing;

	(void)state;
	hv_model_inject(&(struct hv_model_fault){
		.call = HV_CALL_IOMEM_PERMIT,
		.nth = 1,
		.error = -EPERM,
	});
	assert_int_equal(pool_create(&f.place, &backing), -EPERM);
}

static void what_cannot_be_scrubbed_is_not_called_clean(void **state)
{
	(void)state;
	hv_model_inject(&(struct hv_model_fault){
		.call = HV_CALL_MEMORY_ZERO,
		.nth = 1,
		.error = -EIO,
	});
	assert_int_equal(pool_scrub(&f.pool), -EIO);
	assert_int_equal(pool_space_usage(&f.pool.space).dirty, PAGES);
	assert_int_equal(pool_scrub(&f.pool), 0);
	assert_int_equal(pool_space_usage(&f.pool.space).dirty, 0);
}

#define TEST(function) \
	cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_right_to_a_frame_lasts_as_long_as_the_window),
		TEST(the_guest_writes_into_the_final_place),
		TEST(lines_left_in_a_cache_cannot_change_what_was_kept),
		TEST(a_frame_with_a_grant_mapped_over_it_is_taken_too),
		TEST(a_guest_with_no_room_left_cannot_keep_a_frame),
		TEST(frames_that_may_be_exposed_are_not_used),
		TEST(frames_that_may_be_exposed_go_to_nobody_else),
		TEST(frames_of_a_guest_that_is_gone_come_back),
		TEST(a_new_manager_takes_away_what_an_old_one_gave),
		TEST(a_new_manager_spares_the_windows_that_go_on),
		TEST(what_is_under_a_window_is_lost_with_its_manager),
		TEST(a_new_manager_keeps_what_is_there),
		TEST(dom0_without_a_right_is_told_at_once),
		TEST(a_guest_makes_dom0_lock_no_more_than_8_mib),
		TEST(what_cannot_be_scrubbed_is_not_called_clean),
	};

	return cmocka_run_group_tests_name("pool", tests, NULL, NULL);
}
