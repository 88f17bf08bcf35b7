// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <libfdt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmocka_all.h"
#include "config/guest_tree.h"
#include "trees.h"

static char error_text[300];
static const struct sentence error = { error_text, sizeof(error_text) };
static struct dtb_blob tree;

static struct stanza stanza(const char *name, uint64_t size, uint64_t gpa)
{
	struct stanza s = { .size = size, .window = 1 << 20, .gpa = gpa };

	strcpy(s.name, name);
	return s;
}

static void make(const struct stanza *stanzas, size_t count)
{
	if (guest_tree_make(stanzas, count, &tree, error))
		fail_msg("no tree: %s", error_text);
	assert_int_equal(fdt_check_full(tree.data, tree.size), 0);
}

static int tear_down(void **state)
{
	(void)state;
	free(tree.data);
	tree = (struct dtb_blob){ 0 };
	return 0;
}

static int node_at(const char *path)
{
	int node = fdt_path_offset(tree.data, path);

	if (node < 0)
		fail_msg("%s is not there", path);
	return node;
}

static void assert_text(int node, const char *name, const char *text)
{
	const char *found = dtb_string(tree.data, node, name);

	assert_non_null(found);
	assert_string_equal(found, text);
}

static void carveouts_lie_where_attaching_will_put_them(void **state)
{
	struct stanza stanzas[] = { stanza("modem", 64 * MIB, 0),
				    stanza("dsp", 3 * MIB, 5 * GIB),
				    stanza("gpu", 4096, 0) };
	struct dtb_reg reg;
	struct dtb_cells cells = { 2, 2 };
	int node;

	(void)state;
	make(stanzas, 3);
	node = node_at("/passthrough/carveout@100000000");
	assert_text(node, "compatible", "hv-mgr,carveout");
	assert_text(node, "label", "modem");
	assert_int_equal(dtb_reg(tree.data, node, cells, &reg), 0);
	assert_int_equal(reg.count, 1);
	assert_int_equal(dtb_reg_at(&reg, 0).address, 4 * GIB);
	assert_int_equal(dtb_reg_at(&reg, 0).size, 64 * MIB);
	assert_text(node_at("/passthrough/carveout@140000000"), "label", "dsp");
	assert_text(node_at("/passthrough/carveout@104000000"), "label", "gpu");
}

/* libxl looks for exactly this name, and copies properties and nodes. */
static void libxl_finds_what_it_copies(void **state)
{
	struct stanza one = stanza("modem", MIB, 0);
	int node, length;

	(void)state;
	make(&one, 1);
	node = node_at("/passthrough");
	assert_string_equal(fdt_get_name(tree.data, node, NULL), "passthrough");
	assert_text(node, "compatible", "simple-bus");
	assert_non_null(fdt_getprop(tree.data, node, "ranges", &length));
	assert_int_equal(length, 0);
	assert_int_equal(fdt_address_cells(tree.data, node), 2);
	assert_int_equal(fdt_size_cells(tree.data, node), 2);
}

static void handles_are_not_libxls(void **state)
{
	struct stanza stanzas[STANZAS_MAX];
	uint32_t phandle;

	(void)state;
	for (int i = 0; i < STANZAS_MAX; i++) {
		stanzas[i] = stanza("", 4096, 0);
		snprintf(stanzas[i].name, sizeof(stanzas[i].name), "c%d", i);
	}
	make(stanzas, STANZAS_MAX);
	assert_int_equal(fdt_find_max_phandle(tree.data, &phandle), 0);
	assert_int_equal(phandle, GUEST_TREE_PHANDLE + STANZAS_MAX - 1);
	assert_true(phandle < 65000);
	assert_true(fdt_node_offset_by_phandle(tree.data, GUEST_TREE_PHANDLE) >
		    0);
}

static void others_can_refer_to_carveouts_by_symbols(void **state)
{
	struct stanza stanzas[] = { stanza("a-b", 4096, 0),
				    stanza("a_b", 4096, 0) };
	int node, property, count = 0;

	(void)state;
	make(stanzas, 2);
	node = node_at("/__symbols__");
	assert_text(node, "carveout_a_b", "/passthrough/carveout@100000000");
	fdt_for_each_property_offset(property, tree.data, node) count++;
	assert_int_equal(count, 1);
}

static void assert_refused(const struct stanza *stanzas, size_t count, int rc,
			   const char *word)
{
	assert_int_equal(guest_tree_make(stanzas, count, &tree, error), rc);
	if (!strstr(error_text, word))
		fail_msg("\"%s\" does not say \"%s\"", error_text, word);
}

static void what_cannot_be_placed_is_told(void **state)
{
	struct stanza overlap[] = { stanza("one", 4 * MIB, 0),
				    stanza("two", MIB, 4 * GIB + 2 * MIB) };
	struct stanza low = stanza("low", MIB, GIB);
	struct stanza full[] = { stanza("one", 3 * GIB, 0),
				 stanza("two", 2 * GIB, 0) };

	(void)state;
	assert_refused(overlap, 2, -EEXIST, "two cannot be placed: its gpa");
	assert_refused(&low, 1, -EINVAL, "low cannot be placed");
	assert_refused(full, 2, -ENOSPC, "no room left");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(
			carveouts_lie_where_attaching_will_put_them, tear_down),
		cmocka_unit_test_teardown(libxl_finds_what_it_copies,
					  tear_down),
		cmocka_unit_test_teardown(handles_are_not_libxls, tear_down),
		cmocka_unit_test_teardown(
			others_can_refer_to_carveouts_by_symbols, tear_down),
		cmocka_unit_test_teardown(what_cannot_be_placed_is_told,
					  tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
