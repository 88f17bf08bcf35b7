// SPDX-License-Identifier: GPL-2.0-only
/* What carveouts of one guest share: its allowance, its page tables, pauses. */
#include "cmocka_all.h"

#include <errno.h>
#include <string.h>

#include "backing/guest.h"
#include "hv/hv_model.h"

#define RAM_PAGES 64
#define WINDOW_PAGES 256
#define SPAN (64ULL << 20)

static struct {
	struct hv *hv;
	struct guest guest;
	uint64_t pool; /* bytes of page tables at first */
	int note_error;
	unsigned int notes;
	bool noted; /* a pause of ours is written down */
} f;

static int note_pause(void *context, bool paused)
{
	(void)context;
	f.notes++;
	if (!f.note_error)
		f.noted = paused;
	return f.note_error;
}

static int setup(void **state)
{
	const struct hv_model_guest guest = { .ram_pages = RAM_PAGES };

	(void)state;
	memset(&f, 0, sizeof(f));
	hv_model_reset(NULL);
	assert_int_equal(hv_open(&f.hv), 0);
	f.guest = (struct guest){
		.hv = f.hv,
		.baseline_pages = RAM_PAGES,
		.note_pause = note_pause,
	};
	assert_int_equal(hv_model_guest_create(&guest, &f.guest.domid), 0);
	assert_int_equal(hv_p2m_pool_get(f.hv, f.guest.domid, &f.pool), 0);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	hv_model_clear_faults();
	hv_close(f.hv);
	return 0;
}

static void fail_all(enum hv_model_call call, int error)
{
	hv_model_inject(&(struct hv_model_fault){
		.call = call, .nth = 1, .lasting = true, .error = error });
}

static uint64_t max_pages(void)
{
	struct hv_domain domain;

	assert_int_equal(hv_domain_get(f.hv, f.guest.domid, &domain), 0);
	return domain.max_pages;
}

static uint64_t pool_bytes(void)
{
	uint64_t bytes;

	assert_int_equal(hv_p2m_pool_get(f.hv, f.guest.domid, &bytes), 0);
	return bytes;
}

/* ---- allowance and page tables ---- */

static void what_is_reserved_is_released(void **state)
{
	(void)state;
	assert_int_equal(guest_reserve(&f.guest, WINDOW_PAGES, SPAN), 0);
	assert_int_equal(max_pages(), RAM_PAGES + WINDOW_PAGES);
	/* A table for each 2 MiB, at least. */
	assert_true(pool_bytes() >= f.pool + (SPAN >> 21) * HV_PAGE_SIZE);
	guest_release(&f.guest, WINDOW_PAGES, SPAN);
	assert_int_equal(max_pages(), RAM_PAGES);
	assert_int_equal(pool_bytes(), f.pool);
	assert_int_equal(f.guest.window_pages, 0);
}

static void two_carveouts_add_up(void **state)
{
	(void)state;
	assert_int_equal(guest_reserve(&f.guest, WINDOW_PAGES, SPAN), 0);
	assert_int_equal(guest_reserve(&f.guest, 1, SPAN), 0);
	assert_int_equal(max_pages(), RAM_PAGES + WINDOW_PAGES + 1);
	guest_release(&f.guest, WINDOW_PAGES, SPAN);
	assert_int_equal(max_pages(), RAM_PAGES + 1);
}

static void a_host_without_page_table_pools_needs_none(void **state)
{
	(void)state;
	fail_all(HV_CALL_P2M_POOL_GET, -EOPNOTSUPP);
	assert_int_equal(guest_reserve(&f.guest, WINDOW_PAGES, SPAN), 0);
	assert_int_equal(max_pages(), RAM_PAGES + WINDOW_PAGES);
	guest_release(&f.guest, WINDOW_PAGES, SPAN);
	hv_model_clear_faults();
	assert_int_equal(max_pages(), RAM_PAGES);
	assert_int_equal(pool_bytes(), f.pool);
}

/* The host has room for some of it: that is given back. */
static void a_pool_that_grows_by_too_little_is_as_before(void **state)
{
	(void)state;
	hv_model_inject(&(struct hv_model_fault){
		.call = HV_CALL_P2M_POOL_SET,
		.nth = 1,
		.kind = HV_FAULT_AFTER,
		.error = -ENOMEM,
	});
	assert_int_equal(guest_reserve(&f.guest, WINDOW_PAGES, SPAN), -ENOMEM);
	assert_int_equal(pool_bytes(), f.pool);
	assert_int_equal(max_pages(), RAM_PAGES);
}

/* Xen has one pause of ours, and no unpause but the last ends it. */
static void pauses_of_ours_nest(void **state)
{
	(void)state;
	assert_int_equal(guest_pause(&f.guest), 0);
	assert_int_equal(guest_pause(&f.guest), 0);
	assert_int_equal(f.notes, 1);
	guest_unpause(&f.guest);
	assert_false(hv_model_guest_runs(f.guest.domid));
	assert_true(f.noted);
	guest_unpause(&f.guest);
	assert_true(hv_model_guest_runs(f.guest.domid));
	assert_false(f.noted);
}

static void an_inner_pause_that_stays_keeps_the_outer(void **state)
{
	(void)state;
	assert_int_equal(guest_pause(&f.guest), 0);
	assert_int_equal(guest_pause(&f.guest), 0);
	guest_stay_paused(&f.guest);
	guest_unpause(&f.guest);
	assert_false(hv_model_guest_runs(f.guest.domid));
	assert_true(guest_owes(&f.guest));
	guest_settle(&f.guest);
	assert_true(hv_model_guest_runs(f.guest.domid));
	assert_false(f.noted);
}

/* Which call fails, and with what. */
static void a_reservation_that_fails_leaves_nothing(void **state)
{
	static const struct {
		enum hv_model_call call;
		int error;
	} failures[] = {
		{ HV_CALL_P2M_POOL_GET, -EIO },
		{ HV_CALL_P2M_POOL_SET, -ENOMEM },
		{ HV_CALL_DOMAIN_GET, -EIO },
		{ HV_CALL_DOMAIN_SET_MAX_PAGES, -EIO },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(failures) / sizeof(failures[0]); i++) {
		fail_all(failures[i].call, failures[i].error);
		assert_int_equal(guest_reserve(&f.guest, WINDOW_PAGES, SPAN),
				 failures[i].error);
		hv_model_clear_faults();
		assert_int_equal(max_pages(), RAM_PAGES);
		assert_int_equal(pool_bytes(), f.pool);
		assert_int_equal(f.guest.window_pages, 0);
	}
}

static void what_somebody_else_set_is_the_new_baseline(void **state)
{
	(void)state;
	assert_int_equal(guest_reserve(&f.guest, WINDOW_PAGES, SPAN), 0);
	assert_int_equal(hv_domain_set_max_pages(f.hv, f.guest.domid, 100), 0);
	assert_int_equal(guest_check_allowance(&f.guest, 0), 0);
	assert_int_equal(max_pages(), 100 + WINDOW_PAGES);
	guest_release(&f.guest, WINDOW_PAGES, SPAN);
	assert_int_equal(max_pages(), 100);
}

static void a_guest_that_is_gone_is_released_too(void **state)
{
	(void)state;
	assert_int_equal(guest_reserve(&f.guest, WINDOW_PAGES, SPAN), 0);
	assert_false(guest_is_gone(&f.guest));
	hv_model_guest_destroy(f.guest.domid);
	assert_true(guest_is_gone(&f.guest));
	guest_release(&f.guest, WINDOW_PAGES, SPAN);
	assert_int_equal(f.guest.window_pages, 0);
	assert_int_equal(guest_reserve(&f.guest, WINDOW_PAGES, SPAN), -ESRCH);
}

/* ---- pauses ---- */

static void a_pause_is_written_down_first_and_forgotten_last(void **state)
{
	(void)state;
	assert_int_equal(guest_pause(&f.guest), 0);
	assert_true(f.noted);
	assert_false(hv_model_guest_runs(f.guest.domid));
	guest_unpause(&f.guest);
	assert_false(f.noted);
	assert_true(hv_model_guest_runs(f.guest.domid));
	assert_int_equal(f.notes, 2);
}

static void a_pause_that_cannot_be_written_down_is_none(void **state)
{
	(void)state;
	f.note_error = -ENOSPC;
	assert_int_equal(guest_pause(&f.guest), -ENOSPC);
	assert_true(hv_model_guest_runs(f.guest.domid));
}

static void a_pause_that_fails_is_not_written_down(void **state)
{
	(void)state;
	fail_all(HV_CALL_DOMAIN_PAUSE, -EIO);
	assert_int_equal(guest_pause(&f.guest), -EIO);
	assert_false(f.noted);
	assert_true(hv_model_guest_runs(f.guest.domid));
}

static void a_guest_that_goes_while_paused_is_forgotten(void **state)
{
	(void)state;
	assert_int_equal(guest_pause(&f.guest), 0);
	hv_model_guest_destroy(f.guest.domid);
	guest_unpause(&f.guest);
	assert_false(f.noted);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		TEST(what_is_reserved_is_released),
		TEST(two_carveouts_add_up),
		TEST(a_host_without_page_table_pools_needs_none),
		TEST(a_reservation_that_fails_leaves_nothing),
		TEST(what_somebody_else_set_is_the_new_baseline),
		TEST(a_guest_that_is_gone_is_released_too),
		TEST(a_pause_is_written_down_first_and_forgotten_last),
		TEST(a_pause_that_cannot_be_written_down_is_none),
		TEST(a_pause_that_fails_is_not_written_down),
		TEST(a_guest_that_goes_while_paused_is_forgotten),
		TEST(a_pool_that_grows_by_too_little_is_as_before),
		TEST(pauses_of_ours_nest),
		TEST(an_inner_pause_that_stays_keeps_the_outer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
