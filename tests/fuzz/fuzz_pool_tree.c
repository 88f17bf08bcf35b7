// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pools in a tree that may be anything: what is found can be printed, and what
 * can be used is memory that nothing else in the tree is.
 */
#include "config/dtb.h"
#include "config/name.h"
#include "config/pool_tree.h"
#include "fuzz.h"

static void check_text(const char *text, size_t size)
{
	const char *end = memchr(text, '\0', size);

	require(end);
	for (; text < end; text++)
		require(*text >= ' ' && *text <= '~');
}

static void check_pool(const struct pool_node *pool)
{
	check_text(pool->name, sizeof(pool->name));
	check_text(pool->problem, sizeof(pool->problem));
	if (*pool->problem)
		return;
	require(name_is_right(pool->name, strlen(pool->name)));
	require(pool->address && pool->size);
	require(!(pool->address % 4096) && !(pool->size % 4096));
	require(pool->size <= UINT64_MAX - pool->address);
}

static void check_two(const struct pool_node *a, const struct pool_node *b)
{
	if (*a->problem || *b->problem)
		return;
	require(strcmp(a->name, b->name));
	require(!dtb_ranges_overlap((struct dtb_range){ a->address, a->size },
				    (struct dtb_range){ b->address, b->size }));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pool_node pools[POOLS_MAX];
	char error[200] = "";
	int count = pool_tree_find(data, size, pools, SENTENCE(error));

	require(count <= POOLS_MAX && (count >= 0 || *error));
	for (int i = 0; i < count; i++) {
		check_pool(&pools[i]);
		for (int other = 0; other < i; other++)
			check_two(&pools[i], &pools[other]);
	}
	return 0;
}
