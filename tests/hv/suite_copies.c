// SPDX-License-Identifier: GPL-2.0-only
/* Copies by way of the buffer that is made for them. */
#include "hv_suite.h"

#include <errno.h>
#include <string.h>

#include "cmocka_all.h"

#define PAGES 512u /* two hypercalls' */
#define BYTES (PAGES * HV_PAGE_SIZE)

static uint8_t *buffer;

/* Of a connection of its own: there is one of each. */
static int open_buffer(void **state)
{
	(void)state;
	hv_close(hv);
	if (hv_open(&hv))
		return -1;
	buffer = hv_copy_buffer(hv, BYTES);
	return buffer ? 0 : -1;
}

/* Refs of the subject's first so many pages, backwards, from 8 on. */
static void grant_painted(uint32_t *refs, uint32_t count)
{
	populate(WINDOW, count);
	paint(t.in, count * HV_PAGE_SIZE, 9);
	for (uint32_t i = 0; i < count; i++) {
		refs[i] = 7 + count - i;
		harness_grant(t.domid, refs[i], gfn_add(WINDOW, i));
		assert_true(harness_poke(t.domid, gfn_add(WINDOW, i),
					 t.in + i * HV_PAGE_SIZE));
	}
}

static void it_is_page_aligned_and_zeroed(void **state)
{
	(void)state;
	assert_int_equal((uintptr_t)buffer % HV_PAGE_SIZE, 0);
	assert_true(all_are(buffer, BYTES, 0));
}

static void granted_pages_come_to_where_they_are_wanted(void **state)
{
	uint32_t refs[300];

	(void)state;
	grant_painted(refs, 300);
	memset(buffer, 0x5a, BYTES);
	assert_int_equal(hv_copy_granted(hv, t.domid, refs, 300,
					 buffer + 3 * HV_PAGE_SIZE),
			 0);
	assert_memory_equal(buffer + 3 * HV_PAGE_SIZE, t.in,
			    300 * HV_PAGE_SIZE);
	assert_true(all_are(buffer, 3 * HV_PAGE_SIZE, 0x5a));
	assert_true(all_are(buffer + 303 * HV_PAGE_SIZE,
			    BYTES - 303 * HV_PAGE_SIZE, 0x5a));
}

static void one_that_does_not_stand_fails_the_copy(void **state)
{
	uint32_t refs[300];

	(void)state;
	grant_painted(refs, 300);
	harness_ungrant(t.domid, refs[299]);
	assert_int_equal(hv_copy_granted(hv, t.domid, refs, 300, buffer),
			 -EFAULT);
	refs[299] = 0xffffffff; /* beyond any table */
	assert_int_equal(hv_copy_granted(hv, t.domid, refs, 300, buffer),
			 -EFAULT);
	assert_int_equal(hv_copy_granted(hv, t.domid, refs, 299, buffer), 0);
	assert_int_equal(hv_copy_granted(hv, 32000, refs, 1, buffer), -EFAULT);
}

/* What reaches beyond its end is another's memory, and goes the other way. */
static void its_end_is_its_end(void **state)
{
	uint32_t refs[2];

	(void)state;
	grant_painted(refs, 2);
	assert_int_equal(hv_copy_granted(hv, t.domid, refs, 1,
					 buffer + BYTES - HV_PAGE_SIZE),
			 0);
	assert_memory_equal(buffer + BYTES - HV_PAGE_SIZE, t.in, HV_PAGE_SIZE);
	assert_int_equal(hv_copy_granted(hv, t.domid, refs, 2, t.out), 0);
	assert_memory_equal(t.out, t.in, 2 * HV_PAGE_SIZE);
}

static void a_vault_keeps_what_comes_from_it(void **state)
{
	struct hv_vault *vault;
	hv_domid domid;

	(void)state;
	assert_int_equal(hv_vault_create(hv, &vault_handle, PAGES, &domid), 0);
	assert_int_equal(hv_vault_open(hv, domid, &vault_handle, PAGES, &vault),
			 0);
	paint(buffer, BYTES, 13);
	memcpy(t.in, buffer, BYTES);
	assert_int_equal(hv_vault_write(vault, 0, PAGES, buffer), 0);
	memset(buffer, 0, BYTES);
	assert_int_equal(hv_vault_read(vault, 0, PAGES, buffer), 0);
	assert_memory_equal(buffer, t.in, BYTES);
	assert_int_equal(hv_vault_read(vault, 500, 12, t.out), 0);
	assert_memory_equal(t.out, t.in + 500 * HV_PAGE_SIZE,
			    12 * HV_PAGE_SIZE);
	hv_vault_close(vault);
	assert_int_equal(hv_domain_destroy(hv, domid), 0);
}

static void a_mebibyte_is_one_hypercall(void **state)
{
	uint32_t refs[256];
	uint64_t before;

	(void)state;
	grant_painted(refs, 256);
	before = hv_hypercalls(hv);
	assert_int_equal(hv_copy_granted(hv, t.domid, refs, 256, buffer), 0);
	assert_int_equal(hv_hypercalls(hv) - before, 1);
}

static const struct CMUnitTest tests[] = {
	TEST(it_is_page_aligned_and_zeroed),
	TEST(granted_pages_come_to_where_they_are_wanted),
	TEST(one_that_does_not_stand_fails_the_copy),
	TEST(its_end_is_its_end),
	TEST(a_vault_keeps_what_comes_from_it),
	TEST(a_mebibyte_is_one_hypercall),
};

int suite_copies(void)
{
	return cmocka_run_group_tests_name("copies", tests, open_buffer, NULL);
}
