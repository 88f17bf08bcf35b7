// SPDX-License-Identifier: GPL-2.0-only
/* Trees of a host that cannot be used. */
#include <errno.h>
#include <libfdt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmocka_all.h"
#include "config/host_use.h"
#include "host_fixture.h"

/* ---- what cannot be understood ---- */

static void put_odd_reg(void)
{
	tree_open("reserved-memory");
	tree_cells(2, 2);
	tree_open("odd");
	tree_bytes("reg", "1234567", 8);
	tree_close();
	tree_close();
}

static void put_wide_cells(void)
{
	tree_open("chosen");
	tree_cells(3, 1);
	tree_open("module@60000000");
	tree_reg(2, 2, 0x60000000, 4096);
	tree_close();
	tree_close();
}

static void a_tree_that_cannot_be_understood_gets_no_pool(void **state)
{
	struct host_request request = { .size = 2 * MIB };

	(void)state;
	make_host(put_odd_reg);
	assert_refused(request, -EINVAL, "/reserved-memory/odd");
	make_host(put_wide_cells);
	assert_refused(request, -EINVAL, "reg of /chosen/module@60000000");
	tree_start(2, 2);
	finish();
	assert_refused(request, -EINVAL, "no memory");
	tree_start(2, 2);
	put_memory(UINT64_MAX - MIB, GIB);
	finish();
	assert_refused(request, -EINVAL, "beyond the last");
}

static void a_tree_that_is_too_deep_is_refused(void **state)
{
	(void)state;
	tree_start(2, 2);
	put_memory(GIB, GIB);
	for (int i = 0; i < 40; i++)
		tree_open("bus");
	for (int i = 0; i < 40; i++)
		tree_close();
	finish();
	assert_refused((struct host_request){ .size = MIB }, -EINVAL,
		       "deeper than");
}

/* A window of a byte each, and many that look for theirs. */
static void ranges_below_ranges_without_end_are_refused(void **state)
{
	static uint8_t windows[12 * 6000], reg[8 * 6000];

	(void)state;
	for (size_t i = 0; i < 6000; i++) {
		fdt32_st(windows + 12 * i + 8, 1);
		fdt32_st(reg + 8 * i, 1);
		fdt32_st(reg + 8 * i + 4, 1);
	}
	tree_start(1, 1);
	tree_open("memory@0");
	tree_string("device_type", "memory");
	tree_reg(1, 1, 0, GIB);
	tree_close();
	tree_open("bus");
	tree_bytes("ranges", windows, sizeof(windows));
	tree_open("device");
	tree_bytes("reg", reg, sizeof(reg));
	tree_close();
	tree_close();
	finish();
	assert_refused((struct host_request){ .size = MIB }, -EINVAL,
		       "too many ranges");
}

/* One reg of so many pages, every other one of the bank. */
static void make_crowd(size_t count)
{
	static uint8_t reg[16 * 8192];

	for (size_t i = 0; i < count; i++) {
		fdt64_st(reg + 16 * i, GIB + 8192 * i);
		fdt64_st(reg + 16 * i + 8, 4096);
	}
	tree_start(2, 2);
	put_memory(GIB, GIB);
	tree_open("reserved-memory");
	tree_cells(2, 2);
	tree_flag("ranges");
	tree_open("crowd");
	tree_bytes("reg", reg, 16 * count);
	tree_close();
	tree_close();
	finish();
}

static void a_huge_number_of_ranges_is_refused(void **state)
{
	(void)state;
	make_crowd(HOST_TAKEN_MAX);
	assert_planned(2 * MIB, END - 2 * MIB);
	make_crowd(HOST_TAKEN_MAX + 1);
	assert_refused((struct host_request){ .size = 2 * MIB }, -EINVAL,
		       "more than 512");
	make_crowd(8192);
	assert_refused((struct host_request){ .size = 2 * MIB }, -EINVAL,
		       "more than 512");
}

/* ---- trees that are none ---- */

static void make_rich(void)
{
	tree_start_reserving(GIB, 4096);
	put_memory(GIB, GIB);
	put_reserved();
	put_modules();
	finish();
}

static void a_tree_that_is_cut_off_is_refused(void **state)
{
	struct host_request request = { .size = 2 * MIB };
	size_t whole;

	(void)state;
	make_rich();
	whole = host_size;
	for (host_size = 0; host_size < whole; host_size++)
		assert_int_equal(ask(request), -EINVAL);
}

/* Whatever is planned then, ASan must have nothing to say. */
static void no_byte_that_is_wrong_does_harm(void **state)
{
	static const uint8_t values[] = { 0, 1, 0x7f, 0xff };
	struct host_request request = { .size = 2 * MIB };
	struct dtb_blob overlay, merged;
	uint8_t *bytes, kept;

	(void)state;
	make_rich();
	bytes = tree_copy(host, host_size);
	host = bytes;
	for (size_t i = 0; i < host_size * sizeof(values); i++) {
		kept = bytes[i / sizeof(values)];
		bytes[i / sizeof(values)] = values[i % sizeof(values)];
		overlay = merged = (struct dtb_blob){ 0 };
		if (!ask(request) &&
		    !host_tree_overlay(host, &plan, &overlay, error))
			(void)host_tree_merge(host, &overlay, &plan, &merged,
					      error);
		free(overlay.data);
		free(merged.data);
		bytes[i / sizeof(values)] = kept;
	}
	free(bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_tree_that_is_too_deep_is_refused),
		cmocka_unit_test(ranges_below_ranges_without_end_are_refused),
		cmocka_unit_test(a_tree_that_cannot_be_understood_gets_no_pool),
		cmocka_unit_test(a_huge_number_of_ranges_is_refused),
		cmocka_unit_test(a_tree_that_is_cut_off_is_refused),
		cmocka_unit_test(no_byte_that_is_wrong_does_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
