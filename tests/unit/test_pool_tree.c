// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <libfdt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmocka_all.h"
#include "config/pool_tree.h"
#include "trees.h"

static struct pool_node pools[POOLS_MAX];

/* One of each node of a pool; what is 0 or NULL is left out of it. */
struct nodes {
	int cells;		/* of addresses and of sizes; 0: 2 */
	uint64_t address, size; /* of the device node */
	const char *label, *status;
	uint64_t memory_address, memory_size; /* 0: as the device node's */
	const char *memory_status;
	bool maps, no_device, no_memory;
};

static struct nodes good(void)
{
	return (struct nodes){ .address = 2 * GIB,
			       .size = 64 * MIB,
			       .label = "modem" };
}

static int cells_of(const struct nodes *n)
{
	return n->cells ? n->cells : 2;
}

static void put_memory(const struct nodes *n)
{
	if (n->no_memory)
		return;
	tree_open("carveout-pool@80000000");
	tree_string("compatible", POOL_MEMORY_COMPATIBLE);
	tree_reg(cells_of(n), cells_of(n),
		 n->memory_address ? n->memory_address : n->address,
		 n->memory_size ? n->memory_size : n->size);
	if (!n->maps)
		tree_flag("no-map");
	if (n->memory_status)
		tree_string("status", n->memory_status);
	tree_close();
}

static void put_device(const struct nodes *n)
{
	if (n->no_device)
		return;
	tree_open("carveout-pool@80000000");
	tree_string("compatible", POOL_COMPATIBLE);
	tree_reg(cells_of(n), cells_of(n), n->address, n->size);
	if (n->label)
		tree_string("label", n->label);
	if (n->status)
		tree_string("status", n->status);
	tree_close();
}

static void open_reserved(int cells)
{
	tree_open("reserved-memory");
	tree_cells(cells, cells);
	tree_flag("ranges");
}

/* How many pools a tree has; it must be a tree. */
static int find(const void *tree, size_t size)
{
	char error[200] = "";
	void *copy = tree_copy(tree, size);
	int count = pool_tree_find(copy, size, pools, SENTENCE(error));

	free(copy);
	if (count < 0)
		fail_msg("no tree: %s", error);
	return count;
}

static int find_finished(void)
{
	size_t size;
	const void *tree = tree_finish(&size);

	return find(tree, size);
}

static int find_nodes(const struct nodes *n)
{
	tree_start(cells_of(n), cells_of(n));
	open_reserved(cells_of(n));
	put_memory(n);
	tree_close();
	put_device(n);
	return find_finished();
}

static void assert_problem(int i, const char *word)
{
	if (!strstr(pools[i].problem, word) || !*word != !*pools[i].problem)
		fail_msg("the problem of %s is \"%s\", not \"%s\"",
			 pools[i].name, pools[i].problem, word);
}

static void assert_broken(const struct nodes *n, const char *word)
{
	assert_int_equal(find_nodes(n), 1);
	assert_problem(0, word);
}

static void a_pool_is_found_by_its_two_nodes(void **state)
{
	struct nodes n = good();

	(void)state;
	assert_int_equal(find_nodes(&n), 1);
	assert_problem(0, "");
	assert_string_equal(pools[0].name, "modem");
	assert_int_equal(pools[0].address, 2 * GIB);
	assert_int_equal(pools[0].size, 64 * MIB);
}

static void cells_of_32_bits_are_read(void **state)
{
	struct nodes n = good();

	(void)state;
	n.cells = 1;
	assert_int_equal(find_nodes(&n), 1);
	assert_problem(0, "");
	assert_int_equal(pools[0].address, 2 * GIB);
	assert_int_equal(pools[0].size, 64 * MIB);
}

static void a_tree_without_pools_has_none(void **state)
{
	(void)state;
	tree_start(2, 2);
	open_reserved(2);
	tree_close();
	assert_int_equal(find_finished(), 0);
}

static void without_a_label_the_nodes_name_counts(void **state)
{
	struct nodes n = good();

	(void)state;
	n.label = NULL;
	assert_int_equal(find_nodes(&n), 1);
	assert_problem(0, "");
	assert_string_equal(pools[0].name, "carveout-pool");
}

static void a_label_that_is_no_name_is_told(void **state)
{
	static const char *const labels[] = {
		"",    "-a",  "_a",  "A",
		"a b", "a.b", "a\n", "abcdefghijklmnopqrstuvwxyz012345"
	};
	struct nodes n = good();

	(void)state;
	for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); i++) {
		n.label = labels[i];
		assert_broken(&n, "label is no name");
		assert_string_equal(pools[0].name, "carveout-pool@80000000");
	}
	n.label = "abcdefghijklmnopqrstuvwxyz01234";
	assert_broken(&n, "");
}

static void without_its_reserved_node_xen_would_use_it(void **state)
{
	struct nodes n = good();

	(void)state;
	n.no_memory = true;
	assert_broken(&n, "Xen uses it as its heap");
	tree_start(2, 2);
	put_device(&n);
	assert_int_equal(find_finished(), 1);
	assert_problem(0, "Xen uses it as its heap");
}

static void a_reserved_node_by_itself_gives_dom0_no_right(void **state)
{
	struct nodes n = good();

	(void)state;
	n.no_device = true;
	assert_broken(&n, "dom0 has no right");
}

static void nodes_that_differ_are_both_told(void **state)
{
	struct nodes n = good();

	(void)state;
	n.memory_size = 32 * MIB;
	assert_int_equal(find_nodes(&n), 2);
	assert_problem(0, "Xen uses it as its heap");
	assert_problem(1, "dom0 has no right");
	n = good();
	n.memory_address = 3 * GIB;
	assert_int_equal(find_nodes(&n), 2);
}

static void memory_that_linux_would_map_is_told(void **state)
{
	struct nodes n = good();

	(void)state;
	n.maps = true;
	assert_broken(&n, "no-map");
}

static void a_node_that_is_not_okay_is_told(void **state)
{
	struct nodes n = good();

	(void)state;
	n.status = "disabled";
	assert_broken(&n, "status");
	n.status = "okay";
	n.memory_status = "disabled";
	assert_broken(&n, "status of /reserved-memory/");
	n.memory_status = "ok";
	assert_broken(&n, "");
}

static void a_reg_that_cannot_be_is_told(void **state)
{
	static const struct {
		uint64_t address, size;
		const char *word;
	} bad[] = {
		{ 2 * GIB, 0, "no length" },
		{ 0, MIB, "address 0" },
		{ 2 * GIB + 1, MIB, "whole pages" },
		{ 2 * GIB, MIB + 512, "whole pages" },
		{ 0xfffffffffffff000, 0x2000, "beyond the last address" },
	};
	struct nodes n = good();

	(void)state;
	n.no_memory = true;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		n.address = bad[i].address;
		n.size = bad[i].size;
		assert_broken(&n, bad[i].word);
		assert_int_equal(pools[0].address, 0);
	}
}

/* A pool of which only reg is special. */
static int find_reg(const void *reg, size_t size)
{
	tree_start(2, 2);
	tree_open("carveout-pool@1");
	tree_string("compatible", POOL_COMPATIBLE);
	tree_string("label", "p");
	if (reg)
		tree_bytes("reg", reg, size);
	tree_close();
	return find_finished();
}

static void a_reg_of_the_wrong_length_is_told(void **state)
{
	static uint8_t reg[16 * 4096];

	(void)state;
	memset(reg, 1, sizeof(reg));
	assert_int_equal(find_reg(NULL, 0), 1);
	assert_problem(0, "no reg");
	assert_int_equal(find_reg(reg, 0), 1);
	assert_problem(0, "not exactly one range");
	for (size_t size = 1; size < 16; size++) {
		assert_int_equal(find_reg(reg, size), 1);
		assert_problem(0, "does not go with");
	}
	assert_int_equal(find_reg(reg, 32), 1);
	assert_problem(0, "not exactly one range");
	assert_int_equal(find_reg(reg, sizeof(reg)), 1);
	assert_problem(0, "not exactly one range");
}

static void cells_that_nobody_uses_are_told(void **state)
{
	struct nodes n = good();
	char error[200] = "";
	size_t size;
	const void *tree;

	(void)state;
	for (int cells = 0; cells < 5; cells++) {
		if (cells == 1 || cells == 2)
			continue;
		tree_start(cells, 2);
		tree = tree_finish(&size);
		assert_int_equal(pool_tree_find(tree, size, pools,
						SENTENCE(error)),
				 -EINVAL);
		assert_non_null(strstr(error, "#address-cells of /"));
		tree_start(2, 2);
		tree_open("reserved-memory");
		tree_cells(2, cells);
		tree_flag("ranges");
		put_memory(&n);
		tree_close();
		put_device(&n);
		assert_int_equal(find_finished(), 1);
		assert_problem(0, "#size-cells of reserved-memory");
	}
}

static void a_reserved_memory_that_linux_ignores_is_told(void **state)
{
	struct nodes n = good(), narrow = good();

	(void)state;
	tree_start(2, 2);
	tree_open("reserved-memory");
	tree_cells(2, 2);
	put_memory(&n);
	tree_close();
	put_device(&n);
	assert_int_equal(find_finished(), 1);
	assert_problem(0, "lacks ranges");
	narrow.cells = 1;
	tree_start(2, 2);
	open_reserved(1);
	put_memory(&narrow);
	tree_close();
	put_device(&n);
	assert_int_equal(find_finished(), 1);
	assert_problem(0, "ignored by Linux");
}

static void two_pools_of_one_name_are_both_told(void **state)
{
	struct nodes a = good(), b = good();

	(void)state;
	b.address = 3 * GIB;
	tree_start(2, 2);
	open_reserved(2);
	put_memory(&a);
	put_memory(&b);
	tree_close();
	put_device(&a);
	put_device(&b);
	assert_int_equal(find_finished(), 2);
	assert_problem(0, "two pools are called that");
	assert_problem(1, "two pools are called that");
}

static void pools_that_overlap_are_both_told(void **state)
{
	struct nodes a = good(), b = good();

	(void)state;
	b.label = "dsp";
	for (int i = 0; i < 2; i++) {
		b.address = a.address + (i ? 0 : 32 * MIB);
		tree_start(2, 2);
		open_reserved(2);
		put_memory(&a);
		put_memory(&b);
		tree_close();
		put_device(&a);
		put_device(&b);
		assert_int_equal(find_finished(), 2);
		assert_problem(0, "pool dsp overlaps it");
		assert_problem(1, "pool modem overlaps it");
	}
}

static void other_reserved_memory_in_a_pool_is_told(void **state)
{
	struct nodes n = good();

	(void)state;
	tree_start(2, 2);
	open_reserved(2);
	put_memory(&n);
	tree_open("ramoops@80000000");
	tree_reg(2, 2, n.address + n.size - 4096, 8192);
	tree_close();
	tree_close();
	put_device(&n);
	assert_int_equal(find_finished(), 1);
	assert_problem(0, "/reserved-memory/ramoops@80000000 overlaps it");
}

/* A bus that shows a device at `there`. */
static void put_bus(uint32_t there)
{
	uint8_t window[16] = { 0 };

	fdt32_st(window, 0x7e000000);
	fdt32_st(window + 8, there);
	fdt32_st(window + 12, 0x100000);
	tree_open("soc");
	tree_cells(1, 1);
	tree_bytes("ranges", window, sizeof(window));
	tree_open("serial@7e001000");
	tree_reg(1, 1, 0x7e001000, 0x1000);
	tree_close();
	tree_close();
}

/* As in dom0's tree, where Linux maps what is others'. */
static void put_hypervisor(uint64_t there)
{
	tree_open("hypervisor");
	tree_string("compatible", "xen,xen");
	tree_reg(2, 2, there, 32 * MIB);
	tree_close();
}

static void find_pool_beside(uint32_t device, uint64_t mappings)
{
	struct nodes n = good();

	tree_start(2, 2);
	open_reserved(2);
	put_memory(&n);
	tree_close();
	put_device(&n);
	put_bus(device);
	put_hypervisor(mappings);
	assert_int_equal(find_finished(), 1);
}

static void what_any_other_node_names_in_a_pool_is_told(void **state)
{
	(void)state;
	find_pool_beside(0x90000000, 0x38000000);
	assert_problem(0, "");
	find_pool_beside(0x83ff0000, 0x38000000);
	assert_problem(0, "/soc overlaps it");
	find_pool_beside(0x90000000, 0x82000000);
	assert_problem(0, "/hypervisor overlaps it");
}

static void a_tree_that_cannot_be_understood_has_no_good_pool(void **state)
{
	struct nodes n = good();

	(void)state;
	tree_start(2, 2);
	open_reserved(2);
	put_memory(&n);
	tree_close();
	put_device(&n);
	tree_open("chosen");
	tree_open("module@60000000");
	tree_bytes("reg", "1234567", 8);
	tree_close();
	tree_close();
	assert_int_equal(find_finished(), 1);
	assert_problem(0, "reg of /chosen/module@60000000");
}

static void a_pool_below_another_node_is_told(void **state)
{
	struct nodes n = good();

	(void)state;
	tree_start(2, 2);
	tree_open("soc");
	tree_cells(2, 2);
	put_device(&n);
	tree_close();
	assert_int_equal(find_finished(), 1);
	assert_problem(0, "move it to the root");
}

static void put_many(int count, void (*put)(const struct nodes *n))
{
	struct nodes n = good();
	char label[16];

	for (int i = 0; i < count; i++) {
		snprintf(label, sizeof(label), "p%d", i);
		n.label = label;
		n.address += GIB;
		put(&n);
	}
}

static void more_pools_than_there_can_be_are_told(void **state)
{
	(void)state;
	for (int count = POOLS_MAX; count < POOLS_MAX + 3; count++) {
		tree_start(2, 2);
		open_reserved(2);
		put_many(count, put_memory);
		tree_close();
		put_many(count, put_device);
		assert_int_equal(find_finished(), POOLS_MAX);
		assert_problem(0, "");
		assert_problem(POOLS_MAX - 1,
			       count > POOLS_MAX ? "more than 8 pools" : "");
	}
}

static void what_is_no_tree_is_refused(void **state)
{
	struct nodes n = good();
	char error[200] = "";
	size_t size;
	const void *tree;
	void *copy;

	(void)state;
	find_nodes(&n);
	tree_start(2, 2);
	open_reserved(2);
	put_memory(&n);
	tree_close();
	put_device(&n);
	tree = tree_finish(&size);
	for (size_t length = 0; length < size; length++) {
		copy = tree_copy(tree, length);
		*error = '\0';
		assert_int_equal(pool_tree_find(copy, length, pools,
						SENTENCE(error)),
				 -EINVAL);
		assert_true(strlen(error) > 0);
		free(copy);
	}
	copy = calloc(1, DTB_SIZE_MAX + 1);
	assert_int_equal(pool_tree_find(copy, DTB_SIZE_MAX + 1, pools,
					SENTENCE(error)),
			 -EINVAL);
	free(copy);
}

/* A root of that time has no name where libfdt looks for one. */
static void a_tree_of_an_old_version_is_refused(void **state)
{
	struct nodes n = good();
	char error[200] = "";
	size_t size;
	const void *tree;
	void *copy;

	(void)state;
	find_nodes(&n);
	tree_start(2, 2);
	tree = tree_finish(&size);
	copy = tree_copy(tree, size);
	fdt_set_version(copy, 15);
	fdt_set_last_comp_version(copy, 15);
	assert_int_equal(pool_tree_find(copy, size, pools, SENTENCE(error)),
			 -EINVAL);
	assert_non_null(strstr(error, "version 15"));
	free(copy);
}

/* Whatever it says then, ASan must have nothing to say. */
static void no_byte_that_is_wrong_does_harm(void **state)
{
	static const uint8_t values[] = { 0, 1, 0x7f, 0x80, 0xff };
	struct nodes n = good();
	char error[200];
	size_t size;
	const void *tree;
	uint8_t *copy;

	(void)state;
	find_nodes(&n);
	tree_start(2, 2);
	open_reserved(2);
	put_memory(&n);
	tree_close();
	put_device(&n);
	tree = tree_finish(&size);
	for (size_t at = 0; at < size; at++) {
		for (size_t i = 0; i < sizeof(values); i++) {
			copy = tree_copy(tree, size);
			copy[at] = values[i];
			assert_true(pool_tree_find(copy, size, pools,
						   SENTENCE(error)) <=
				    POOLS_MAX);
			free(copy);
		}
	}
}

static void handles_that_are_used_twice_do_not_matter(void **state)
{
	struct nodes n = good();

	(void)state;
	tree_start(2, 2);
	open_reserved(2);
	tree_number("phandle", 1);
	put_memory(&n);
	tree_close();
	tree_open("loop");
	tree_number("phandle", 1);
	tree_number("interrupt-parent", 1);
	tree_close();
	put_device(&n);
	assert_int_equal(find_finished(), 1);
	assert_problem(0, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_pool_is_found_by_its_two_nodes),
		cmocka_unit_test(cells_of_32_bits_are_read),
		cmocka_unit_test(a_tree_without_pools_has_none),
		cmocka_unit_test(without_a_label_the_nodes_name_counts),
		cmocka_unit_test(a_label_that_is_no_name_is_told),
		cmocka_unit_test(without_its_reserved_node_xen_would_use_it),
		cmocka_unit_test(a_reserved_node_by_itself_gives_dom0_no_right),
		cmocka_unit_test(nodes_that_differ_are_both_told),
		cmocka_unit_test(memory_that_linux_would_map_is_told),
		cmocka_unit_test(a_node_that_is_not_okay_is_told),
		cmocka_unit_test(a_reg_that_cannot_be_is_told),
		cmocka_unit_test(a_reg_of_the_wrong_length_is_told),
		cmocka_unit_test(cells_that_nobody_uses_are_told),
		cmocka_unit_test(a_reserved_memory_that_linux_ignores_is_told),
		cmocka_unit_test(two_pools_of_one_name_are_both_told),
		cmocka_unit_test(pools_that_overlap_are_both_told),
		cmocka_unit_test(other_reserved_memory_in_a_pool_is_told),
		cmocka_unit_test(what_any_other_node_names_in_a_pool_is_told),
		cmocka_unit_test(
			a_tree_that_cannot_be_understood_has_no_good_pool),
		cmocka_unit_test(a_pool_below_another_node_is_told),
		cmocka_unit_test(more_pools_than_there_can_be_are_told),
		cmocka_unit_test(what_is_no_tree_is_refused),
		cmocka_unit_test(a_tree_of_an_old_version_is_refused),
		cmocka_unit_test(no_byte_that_is_wrong_does_harm),
		cmocka_unit_test(handles_that_are_used_twice_do_not_matter),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
