// SPDX-License-Identifier: GPL-2.0-only
/*
 * A pool planned in a tree that may be anything: it lies in that tree's memory
 * and clear of what is in use, also as another reading of the tree has it, and
 * a tree that it was put into is one still.
 */
#include "config/host_tree.h"
#include "config/host_use.h"
#include "fuzz.h"
#include "naive_tree.h"

static void check_place(const void *fdt, const struct host_plan *plan,
			struct sentence error)
{
	struct dtb_range place = { plan->address, plan->size };
	struct host_use use;
	bool inside = false;

	require(!host_use_read(fdt, &use, error));
	for (size_t i = 0; i < use.bank_count; i++)
		if (place.address >= use.banks[i].address &&
		    place.address + (place.size - 1) <=
			    use.banks[i].address + (use.banks[i].size - 1))
			inside = true;
	require(inside && !host_use_overlap(&use, place));
	host_use_free(&use);
	require(!naive_tree_names(fdt, place.address, place.size));
}

static void check_written(const void *fdt, struct host_plan *plan,
			  struct sentence error)
{
	struct dtb_blob overlay = { 0 }, merged = { 0 };

	require(!host_tree_overlay(fdt, plan, &overlay, error));
	require(!dtb_check(overlay.data, overlay.size, error));
	/* A tree whose names or handles are twisted may take no overlay. */
	if (!host_tree_merge(fdt, &overlay, plan, &merged, error))
		require(!dtb_check(merged.data, merged.size, error));
	free(overlay.data);
	free(merged.data);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct host_request request = { .size = 2 << 20 };
	struct host_plan plan;
	char text[300] = "";
	struct sentence error = { text, sizeof(text) };

	if (host_tree_plan(data, size, &request, &plan, error)) {
		require(*text);
		return 0;
	}
	check_place(data, &plan, error);
	check_written(data, &plan, error);
	return 0;
}
