// SPDX-License-Identifier: GPL-2.0-only
#include "host_fixture.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmocka_all.h"
#include "config/pool_tree.h"

char error_text[300];
const struct sentence error = { error_text, sizeof(error_text) };
struct host_plan plan;

const void *host;
size_t host_size;

void put_memory(uint64_t address, uint64_t size)
{
	char name[32];

	snprintf(name, sizeof(name), "memory@%llx",
		 (unsigned long long)address);
	tree_open(name);
	tree_string("device_type", "memory");
	tree_reg(2, 2, address, size);
	tree_close();
}

void finish(void)
{
	host = tree_finish(&host_size);
}

/* 1 GiB at 1 GiB, and what `put` puts beside it. */
void make_host(void (*put)(void))
{
	tree_start(2, 2);
	put_memory(GIB, GIB);
	if (put)
		put();
	finish();
}

int ask(struct host_request request)
{
	void *copy = tree_copy(host, host_size);
	int rc = host_tree_plan(copy, host_size, &request, &plan, error);

	free(copy);
	return rc;
}

void assert_planned(uint64_t size, uint64_t address)
{
	if (ask((struct host_request){ .size = size }))
		fail_msg("no plan: %s", error_text);
	assert_int_equal(plan.address, address);
	assert_int_equal(plan.size, size);
}

void assert_refused(struct host_request request, int rc, const char *word)
{
	assert_int_equal(ask(request), rc);
	if (!strstr(error_text, word))
		fail_msg("\"%s\" does not say \"%s\"", error_text, word);
}

void assert_in_use(uint64_t address, const char *word)
{
	assert_refused((struct host_request){ .size = 4096,
					      .address = address },
		       -EEXIST, word);
}

/* What comes of the plan: the whole tree with the pool. */
struct dtb_blob merge(void)
{
	struct dtb_blob overlay = { 0 }, merged = { 0 };

	if (host_tree_overlay(host, &plan, &overlay, error) ||
	    host_tree_merge(host, &overlay, &plan, &merged, error))
		fail_msg("not written: %s", error_text);
	free(overlay.data);
	return merged;
}

void assert_pool_in(const struct dtb_blob *merged, int index)
{
	struct pool_node pools[POOLS_MAX];

	assert_true(pool_tree_find(merged->data, merged->size, pools,
				   SENTENCE(error_text)) > index);
	assert_string_equal(pools[index].problem, "");
	assert_string_equal(pools[index].name, plan.name);
	assert_int_equal(pools[index].address, plan.address);
	assert_int_equal(pools[index].size, plan.size);
}

void put_reserved(void)
{
	tree_open("reserved-memory");
	tree_cells(2, 2);
	tree_flag("ranges");
	tree_open("ramoops@6fe00000");
	tree_reg(2, 2, END - 2 * MIB, 2 * MIB);
	tree_close();
	tree_close();
}

void put_modules(void)
{
	tree_open("chosen");
	tree_open("module@6ff00000");
	tree_string("compatible", "multiboot,module");
	tree_reg(2, 2, END - MIB, 4096);
	tree_close();
	tree_open("domU1");
	tree_cells(1, 1);
	tree_open("module@70000000");
	tree_string("compatible", "xen,multiboot-module");
	tree_reg(1, 1, 0x70000000, 4096);
	tree_close();
	tree_close();
	tree_close();
}
