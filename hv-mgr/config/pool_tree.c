// SPDX-License-Identifier: GPL-2.0-only
#include "config/pool_tree.h"

#include <errno.h>
#include <fcntl.h>
#include <libfdt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config/dtb_named.h"
#include "config/name.h"
#include "range.h"

#define LIVE_TREE "/sys/firmware/fdt"

/* A search: what of the tree is looked at again and again. */
struct search {
	const void *fdt;
	struct dtb_cells root;
	int reserved; /* the node, or negative: there is none */
	struct dtb_cells reserved_cells;
	char reserved_problem[160];
	struct pool_node *pools;
	bool memory_only[POOLS_MAX];	   /* no device node */
	struct dtb_range range[POOLS_MAX]; /* size 0: not known */
	int count;
};

/* The first thing that is wrong is what is told. */
static struct sentence problem_of(struct pool_node *pool)
{
	bool first = !*pool->problem;

	return (struct sentence){ pool->problem,
				  first ? sizeof(pool->problem) : 0 };
}

static struct pool_node *add_pool(struct search *search, int node)
{
	char name[DTB_NAME_MAX];
	struct pool_node *pool;

	if (search->count == POOLS_MAX) {
		pool = &search->pools[POOLS_MAX - 1];
		sentence_set(problem_of(pool), 0,
			     "there are more than %d pools; join some of them",
			     POOLS_MAX);
		return NULL;
	}
	pool = &search->pools[search->count];
	memset(pool, 0, sizeof(*pool));
	dtb_name(search->fdt, node, name);
	snprintf(pool->name, sizeof(pool->name), "%.*s", POOL_NAME_MAX, name);
	return pool;
}

static void read_label(const struct search *search, int node,
		       struct pool_node *pool)
{
	const char *label = dtb_string(search->fdt, node, "label");

	if (label && name_is_right(label, strlen(label))) {
		snprintf(pool->name, sizeof(pool->name), "%s", label);
		return;
	}
	if (!label && !fdt_getprop(search->fdt, node, "label", NULL)) {
		pool->name[strcspn(pool->name, "@")] = '\0';
		if (name_is_right(pool->name, strlen(pool->name)))
			return;
	}
	sentence_set(
		problem_of(pool), 0,
		"its label is no name; give it label = \"NAME\", where NAME begins with one of a-z, 0-9 and goes on with at most 30 of a-z, 0-9, _, -");
}

static const char *range_problem(struct dtb_range range)
{
	if (!range.size)
		return "its reg has no length";
	if (!range.address)
		return "it begins at address 0, which no pool can";
	if (!range_page_aligned(range.address) ||
	    !range_page_aligned(range.size))
		return "its reg is not of whole pages; make address and size multiples of 4 KiB";
	if (!dtb_range_fits(range))
		return "its reg goes beyond the last address there is";
	return NULL;
}

/* The one range of a pool's node, if it can be one of a pool's. */
static struct dtb_range read_range(const struct search *search, int node,
				   struct dtb_cells cells,
				   struct pool_node *pool)
{
	struct dtb_reg reg;
	struct dtb_range range = { 0, 0 };
	int rc = dtb_reg(search->fdt, node, cells, &reg);
	const char *wrong;

	if (rc == -ENOENT)
		wrong = "it has no reg; say where it lies";
	else if (rc)
		wrong = "its reg does not go with #address-cells and #size-cells of its parent; write it with as many cells";
	else if (reg.count != 1)
		wrong = "its reg has not exactly one range; make a pool of each";
	else
		wrong = range_problem(dtb_reg_at(&reg, 0));
	if (!wrong) {
		range = dtb_reg_at(&reg, 0);
		pool->address = range.address;
		pool->size = range.size;
	} else {
		sentence_set(problem_of(pool), 0, "%s", wrong);
	}
	return range;
}

static void add_device(struct search *search, int node, int depth)
{
	struct pool_node *pool = add_pool(search, node);

	if (!pool)
		return;
	read_label(search, node, pool);
	if (depth != 1)
		sentence_set(
			problem_of(pool), 0,
			"its node stands below another; move it to the root");
	else
		search->range[search->count] =
			read_range(search, node, search->root, pool);
	if (!dtb_is_enabled(search->fdt, node))
		sentence_set(
			problem_of(pool), 0,
			"its status is not \"okay\"; take the status away");
	search->count++;
}

static void find_devices(struct search *search)
{
	int depth = -1; /* the root's is 0 */

	for (int node = fdt_next_node(search->fdt, -1, &depth); node >= 0;
	     node = fdt_next_node(search->fdt, node, &depth))
		if (dtb_is_compatible(search->fdt, node, POOL_COMPATIBLE))
			add_device(search, node, depth);
}

/* Is there a device node of just that range? */
static bool has_device(const struct search *search, struct dtb_range range)
{
	for (int i = 0; i < search->count; i++)
		if (!search->memory_only[i] &&
		    search->range[i].address == range.address &&
		    search->range[i].size == range.size)
			return true;
	return false;
}

static void look_for_device(struct search *search, int node)
{
	struct pool_node *pool, read = { 0 };
	struct dtb_range range =
		read_range(search, node, search->reserved_cells, &read);

	if (!*read.problem && has_device(search, range))
		return;
	pool = add_pool(search, node);
	if (!pool)
		return;
	pool->address = read.address;
	pool->size = read.size;
	sentence_set(problem_of(pool), 0, "%s", read.problem);
	sentence_set(
		problem_of(pool), 0,
		"dom0 has no right to what is under /reserved-memory alone; add a node with compatible = \"" POOL_COMPATIBLE
		"\" and the same reg at the root");
	search->range[search->count] = range;
	search->memory_only[search->count++] = true;
}

static void find_memory_without_device(struct search *search)
{
	int node;

	if (search->reserved < 0)
		return;
	fdt_for_each_subnode(node, search->fdt, search->reserved)
		if (dtb_is_compatible(search->fdt, node,
				      POOL_MEMORY_COMPATIBLE))
			look_for_device(search, node);
}

static void check_twin(const struct search *search, int node,
		       struct pool_node *pool)
{
	char name[DTB_NAME_MAX];

	dtb_name(search->fdt, node, name);
	if (!fdt_getprop(search->fdt, node, "no-map", NULL))
		sentence_set(
			problem_of(pool), 0,
			"/reserved-memory/%s has no no-map: dom0 would use it as its own memory; add no-map",
			name);
	if (!dtb_is_enabled(search->fdt, node))
		sentence_set(
			problem_of(pool), 0,
			"the status of /reserved-memory/%s is not \"okay\"; take the status away",
			name);
}

/* The node of /reserved-memory with this one range, or negative. */
static int find_twin(const struct search *search, struct dtb_range own)
{
	struct dtb_range range;
	struct dtb_reg reg;
	int node;

	if (search->reserved < 0)
		return search->reserved;
	fdt_for_each_subnode(node, search->fdt, search->reserved) {
		if (dtb_reg(search->fdt, node, search->reserved_cells, &reg) ||
		    reg.count != 1)
			continue;
		range = dtb_reg_at(&reg, 0);
		if (range.address == own.address && range.size == own.size)
			break;
	}
	return node;
}

static void compare_child(const struct search *search, int node, int index)
{
	struct pool_node *pool = &search->pools[index];
	char name[DTB_NAME_MAX];
	struct dtb_reg reg;

	if (dtb_reg(search->fdt, node, search->reserved_cells, &reg))
		return;
	for (int i = 0; i < reg.count; i++)
		if (dtb_ranges_overlap(dtb_reg_at(&reg, i),
				       search->range[index]))
			sentence_set(
				problem_of(pool), 0,
				"/reserved-memory/%s overlaps it; give one of them another place",
				dtb_name(search->fdt, node, name));
}

static void check_reserved(const struct search *search, int index)
{
	struct pool_node *pool = &search->pools[index];
	int twin = find_twin(search, search->range[index]), node;

	if (twin < 0) {
		sentence_set(
			problem_of(pool), 0,
			"no node of /reserved-memory has the same reg: Xen uses it as its heap; add one, with no-map");
		return;
	}
	check_twin(search, twin, pool);
	sentence_set(problem_of(pool), 0, "%s", search->reserved_problem);
	fdt_for_each_subnode(node, search->fdt, search->reserved)
		if (node != twin)
			compare_child(search, node, index);
}

static void compare_pools(const struct search *search, int a, int b)
{
	struct pool_node *pool = &search->pools[a], *other = &search->pools[b];

	if (!strcmp(pool->name, other->name))
		sentence_set(
			problem_of(pool), 0,
			"two pools are called that; give each its own label");
	if (dtb_ranges_overlap(search->range[a], search->range[b]))
		sentence_set(
			problem_of(pool), 0,
			"pool %s overlaps it; give one of them another place",
			other->name);
}

/* Those are looked at by themselves, to say more. */
static bool is_a_pools(const struct search *search, int node)
{
	return dtb_is_compatible(search->fdt, node, POOL_COMPATIBLE) ||
	       fdt_parent_offset(search->fdt, node) == search->reserved;
}

/*
 * What a node names is not a pool's as well: a device, say, for which the board
 * has no memory, or where Xen lets dom0 map what is others' (/hypervisor).
 */
static int compare_named(void *context, int node, struct dtb_range range)
{
	struct search *search = context;
	char path[DTB_PATH_MAX];

	for (int i = 0; i < search->count; i++)
		if (search->range[i].size &&
		    dtb_ranges_overlap(range, search->range[i]) &&
		    !is_a_pools(search, node))
			sentence_set(
				problem_of(&search->pools[i]), 0,
				"%s overlaps it; give the pool another place: hv-mgr dt host chooses one",
				dtb_path(search->fdt, node, path));
	return 0;
}

/* A tree that cannot be understood tells of no pool that it is free. */
static void check_named(struct search *search)
{
	char text[160] = "";
	struct sentence error = { text, sizeof(text) };

	if (!search->count ||
	    !dtb_each_named(search->fdt, compare_named, search, error))
		return;
	for (int i = 0; i < search->count; i++)
		sentence_set(problem_of(&search->pools[i]), 0, "%s", text);
}

static void check_pools(const struct search *search)
{
	for (int i = 0; i < search->count; i++) {
		if (search->memory_only[i])
			continue;
		for (int other = 0; other < search->count; other++)
			if (other != i && !search->memory_only[other])
				compare_pools(search, i, other);
		if (search->range[i].size)
			check_reserved(search, i);
	}
}

/*
 * Linux ignores all of a /reserved-memory whose cells are not the root's, or
 * that has no ranges (of_fdt.c, __reserved_mem_check_root()), and Xen describes
 * reserved memory as memory to dom0 (domain_build.c): dom0 would use the pools.
 */
static void find_reserved(struct search *search)
{
	const void *fdt = search->fdt;
	struct sentence problem = { search->reserved_problem,
				    sizeof(search->reserved_problem) };
	struct dtb_cells cells = search->root;

	search->reserved = fdt_subnode_offset(fdt, 0, "reserved-memory");
	search->reserved_cells = search->root;
	if (search->reserved < 0 ||
	    dtb_cells(fdt, search->reserved, &cells, problem))
		return;
	search->reserved_cells = cells;
	if (cells.address != search->root.address ||
	    cells.size != search->root.size ||
	    !fdt_getprop(fdt, search->reserved, "#address-cells", NULL) ||
	    !fdt_getprop(fdt, search->reserved, "#size-cells", NULL))
		sentence_set(
			problem, 0,
			"/reserved-memory is ignored by Linux: give it the #address-cells and #size-cells of the root");
	else if (!fdt_getprop(fdt, search->reserved, "ranges", NULL))
		sentence_set(
			problem, 0,
			"/reserved-memory is ignored by Linux: it lacks ranges; add an empty one");
}

int pool_tree_find(const void *fdt, size_t size, struct pool_node *pools,
		   struct sentence error)
{
	struct search search = { .fdt = fdt, .pools = pools };
	int rc = dtb_check(fdt, size, error);

	if (!rc)
		rc = dtb_root_cells(fdt, &search.root, error);
	if (rc)
		return rc;
	find_reserved(&search);
	find_devices(&search);
	find_memory_without_device(&search);
	check_pools(&search);
	check_named(&search);
	return search.count;
}

static int read_all(int fd, uint8_t *data, size_t *size)
{
	ssize_t got;

	*size = 0;
	do {
		got = read(fd, data + *size, DTB_SIZE_MAX - *size);
		if (got > 0)
			*size += (size_t)got;
	} while (got > 0 || (got < 0 && errno == EINTR));
	return got < 0 ? -errno : 0;
}

int pool_tree_live(void **fdt, size_t *size)
{
	int fd = open(LIVE_TREE, O_RDONLY | O_CLOEXEC), rc;

	*fdt = NULL;
	if (fd < 0)
		return -errno;
	*fdt = malloc(DTB_SIZE_MAX);
	rc = *fdt ? read_all(fd, *fdt, size) : -ENOMEM;
	close(fd);
	if (rc) {
		free(*fdt);
		*fdt = NULL;
	}
	return rc;
}
