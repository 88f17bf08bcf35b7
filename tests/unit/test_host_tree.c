// SPDX-License-Identifier: GPL-2.0-only
/* Where a pool goes in a host's tree, and what is written. */
#include <errno.h>
#include <libfdt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmocka_all.h"
#include "config/host_use.h"
#include "host_fixture.h"

/* ---- where ---- */

static void the_highest_place_is_chosen(void **state)
{
	(void)state;
	make_host(NULL);
	assert_planned(64 * MIB, END - 64 * MIB);
	/* A multiple of 2 MiB, so that there is a gap above it. */
	assert_planned(4096, END - 2 * MIB);
	assert_string_equal(plan.name, "pool0");
}

static void put_banks(void)
{
	put_memory(3 * GIB + 512 * MIB, 4 * GIB);
	put_memory(16 * GIB, 8 * GIB);
}

static void a_place_below_4_gib_goes_first(void **state)
{
	(void)state;
	make_host(put_banks);
	assert_planned(256 * MIB, 4 * GIB - 384 * MIB);
	assert_planned(512 * MIB, END - 512 * MIB);
	assert_planned(2 * GIB, 24 * GIB - 512 * MIB - 2 * GIB);
}

/* A board with 32 bits for a size writes its 4 GiB as two banks. */
static void banks_that_touch_are_one(void **state)
{
	(void)state;
	tree_start(2, 2);
	put_memory(6 * GIB, 2 * GIB);
	put_memory(4 * GIB, 2 * GIB);
	put_memory(0, GIB);
	finish();
	assert_planned(3 * GIB, 4 * GIB + 512 * MIB);
	assert_int_equal(
		ask((struct host_request){ .size = 16 * MIB,
					   .address = 6 * GIB - 8 * MIB }),
		0);
	assert_refused((struct host_request){ .size = 16 * MIB,
					      .address = GIB - 8 * MIB },
		       -EINVAL, "inside one bank");
}

/* ---- boot firmware ---- */

static void the_ends_of_memory_are_left_to_boot_firmware(void **state)
{
	(void)state;
	make_host(NULL);
	assert_planned(640 * MIB, GIB + 128 * MIB);
	assert_refused((struct host_request){ .size = 642 * MIB }, -ENOSPC,
		       "--at");
	tree_start(2, 2);
	put_memory(GIB, 8 * GIB);
	finish();
	/* Which may have been told to stay below 4 GiB. */
	assert_planned(2 * MIB, 4 * GIB - 514 * MIB);
	assert_planned(4 * GIB, 9 * GIB - 512 * MIB - 4 * GIB);
}

static void a_small_bank_has_no_place_to_choose_but_any_to_name(void **state)
{
	struct host_request named = { .size = 16 * MIB,
				      .address = GIB + 96 * MIB };

	(void)state;
	tree_start(2, 2);
	put_memory(GIB, 256 * MIB);
	finish();
	assert_refused((struct host_request){ .size = 2 * MIB }, -ENOSPC,
		       "name a place with --at");
	assert_int_equal(ask(named), 0);
	assert_non_null(strstr(plan.warnings.at[0], "U-Boot"));
	tree_start(2, 2);
	put_memory(GIB, 512 * MIB);
	finish();
	assert_planned(256 * MIB, GIB + 128 * MIB);
	assert_string_equal(plan.warnings.at[0], "");
}

static void a_place_that_is_named_may_be_firmwares_with_a_warning(void **state)
{
	(void)state;
	make_host(NULL);
	assert_int_equal(
		ask((struct host_request){ .size = 64 * MIB,
					   .address = 2 * GIB - 64 * MIB }),
		0);
	assert_non_null(strstr(plan.warnings.at[0], "U-Boot"));
	assert_int_equal(ask((struct host_request){
				 .size = 64 * MIB, .address = END - 64 * MIB }),
			 0);
	assert_string_equal(plan.warnings.at[0], "");
}

/* ---- memory ---- */

static void put_disabled(void)
{
	tree_open("memory@c0000000");
	tree_string("device_type", "memory");
	tree_string("status", "disabled");
	tree_reg(2, 2, 3 * GIB, GIB);
	tree_close();
}

static void memory_that_is_disabled_is_none(void **state)
{
	(void)state;
	make_host(put_disabled);
	assert_planned(64 * MIB, END - 64 * MIB);
}

static void an_address_is_taken_if_it_can_be(void **state)
{
	(void)state;
	make_host(NULL);
	assert_int_equal(ask((struct host_request){ .size = 4096,
						    .address = GIB + 4096 }),
			 0);
	assert_int_equal(plan.address, GIB + 4096);
	assert_refused((struct host_request){ .size = 4096, .address = 4096 },
		       -EINVAL, "inside one bank");
	assert_refused((struct host_request){ .size = 8192,
					      .address = 2 * GIB - 4096 },
		       -EINVAL, "inside one bank");
	assert_refused((struct host_request){ .size = 4096,
					      .address = GIB + 1 },
		       -EINVAL, "multiple of 4K");
	assert_refused((struct host_request){ .size = 4097 }, -EINVAL,
		       "multiple of 4K");
	assert_refused((struct host_request){ .size = 0 }, -EINVAL,
		       "multiple of 4K");
	assert_refused((struct host_request){ .size = 8192,
					      .address = UINT64_MAX - 4095 },
		       -EINVAL, "beyond the last");
}

/* ---- the name ---- */

static void names_count_up(void **state)
{
	struct dtb_blob merged;
	char name[8];

	(void)state;
	make_host(NULL);
	for (unsigned int i = 0; i < 3; i++) {
		assert_planned(2 * MIB, END - 2 * MIB * (i + 1));
		snprintf(name, sizeof(name), "pool%u", i);
		assert_string_equal(plan.name, name);
		merged = merge();
		/* libfdt puts a new node before its elders. */
		assert_pool_in(&merged, 0);
		if (i)
			free((void *)host);
		host = merged.data;
		host_size = merged.size;
	}
	assert_refused((struct host_request){ .size = 4096, .name = "pool1" },
		       -EEXIST, "pool1 already");
	assert_in_use(END - 4096, "carveout-pool@6fe00000");
	free((void *)host);
}

static void a_name_is_taken_or_refused(void **state)
{
	(void)state;
	make_host(NULL);
	assert_int_equal(
		ask((struct host_request){ .size = 4096, .name = "modem" }), 0);
	assert_string_equal(plan.name, "modem");
	assert_refused((struct host_request){ .size = 4096, .name = "A" },
		       -EINVAL, "no name for a pool");
}

/* ---- what is written ---- */

static void what_is_written_is_a_pool(void **state)
{
	struct dtb_blob merged;

	(void)state;
	make_host(NULL);
	assert_planned(64 * MIB, END - 64 * MIB);
	merged = merge();
	assert_pool_in(&merged, 0);
	assert_string_equal(plan.warnings.at[0], "");
	free(merged.data);
	make_host(put_reserved);
	assert_planned(64 * MIB, END - 66 * MIB);
	merged = merge();
	assert_pool_in(&merged, 0);
	assert_true(fdt_path_offset(merged.data,
				    "/reserved-memory/ramoops@6fe00000") > 0);
	free(merged.data);
}

static void an_overlay_names_its_target_by_path(void **state)
{
	struct dtb_blob overlay;
	int fragment;

	(void)state;
	make_host(NULL);
	assert_planned(64 * MIB, END - 64 * MIB);
	assert_int_equal(host_tree_overlay(host, &plan, &overlay, error), 0);
	assert_int_equal(fdt_check_full(overlay.data, overlay.size), 0);
	fragment = fdt_path_offset(overlay.data, "/fragment@0");
	assert_true(fragment > 0);
	assert_string_equal(
		fdt_getprop(overlay.data, fragment, "target-path", NULL), "/");
	free(overlay.data);
}

static void cells_of_32_bits_are_written(void **state)
{
	struct dtb_blob merged;

	(void)state;
	tree_start(1, 1);
	tree_open("memory@40000000");
	tree_string("device_type", "memory");
	tree_reg(1, 1, GIB, GIB);
	tree_close();
	finish();
	assert_planned(64 * MIB, END - 64 * MIB);
	merged = merge();
	assert_pool_in(&merged, 0);
	free(merged.data);
}

/* A bank above 4 GiB, and nobody who can say so in a child. */
static void put_narrow_reserved(void)
{
	tree_open("reserved-memory");
	tree_cells(1, 1);
	tree_flag("ranges");
	tree_close();
}

static void an_address_that_does_not_fit_is_refused(void **state)
{
	(void)state;
	tree_start(2, 2);
	put_memory(4 * GIB, GIB);
	put_narrow_reserved();
	finish();
	assert_refused((struct host_request){ .size = 4096 }, -EINVAL,
		       "hold 32 bits");
}

static void each_parents_cells_are_obeyed_and_linux_told_of(void **state)
{
	struct dtb_blob merged;
	int node, length;

	(void)state;
	make_host(put_narrow_reserved);
	assert_planned(64 * MIB, END - 64 * MIB);
	merged = merge();
	node = fdt_path_offset(merged.data,
			       "/reserved-memory/carveout-pool@6c000000");
	assert_true(node > 0);
	fdt_getprop(merged.data, node, "reg", &length);
	assert_int_equal(length, 8);
	node = fdt_path_offset(merged.data, "/carveout-pool@6c000000");
	fdt_getprop(merged.data, node, "reg", &length);
	assert_int_equal(length, 16);
	assert_non_null(strstr(plan.warnings.at[0], "ignored by Linux"));
	free(merged.data);
}

static void a_reserved_memory_gets_the_ranges_it_lacks(void **state)
{
	struct dtb_blob merged;

	(void)state;
	tree_start(2, 2);
	put_memory(GIB, GIB);
	tree_open("reserved-memory");
	tree_close();
	finish();
	assert_planned(64 * MIB, END - 64 * MIB);
	merged = merge();
	assert_pool_in(&merged, 0);
	assert_string_equal(plan.warnings.at[0], "");
	free(merged.data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_highest_place_is_chosen),
		cmocka_unit_test(a_place_below_4_gib_goes_first),
		cmocka_unit_test(banks_that_touch_are_one),
		cmocka_unit_test(the_ends_of_memory_are_left_to_boot_firmware),
		cmocka_unit_test(
			a_small_bank_has_no_place_to_choose_but_any_to_name),
		cmocka_unit_test(
			a_place_that_is_named_may_be_firmwares_with_a_warning),
		cmocka_unit_test(memory_that_is_disabled_is_none),
		cmocka_unit_test(an_address_is_taken_if_it_can_be),
		cmocka_unit_test(names_count_up),
		cmocka_unit_test(a_name_is_taken_or_refused),
		cmocka_unit_test(what_is_written_is_a_pool),
		cmocka_unit_test(an_overlay_names_its_target_by_path),
		cmocka_unit_test(cells_of_32_bits_are_written),
		cmocka_unit_test(an_address_that_does_not_fit_is_refused),
		cmocka_unit_test(
			each_parents_cells_are_obeyed_and_linux_told_of),
		cmocka_unit_test(a_reserved_memory_gets_the_ranges_it_lacks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
