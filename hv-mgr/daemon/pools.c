// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/pools.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "daemon/boot.h"

/* ---- finding ---- */

static const char *open_problem(int rc)
{
	switch (rc) {
	case -ENOENT:
		return "there is no /dev/mem: dom0's kernel needs CONFIG_DEVMEM";
	case -EPERM:
	case -EACCES:
		return "dom0 has no right to it (does the tree that Xen was booted with have its device node?), or its kernel refuses /dev/mem there (lockdown)";
	case -ENOMEM:
		return "dom0 has no memory to map it";
	default:
		return "dom0 cannot map it: see dmesg";
	}
}

/* A problem takes a pool out of use for good: the tree, or the host, is wrong. */
static void break_pool(struct host_pool *host, const char *problem)
{
	snprintf(host->node.problem, sizeof(host->node.problem), "%s", problem);
	log_error("pool %s cannot be used: %s", host->node.name, problem);
}

static void open_pool(struct manager *manager, struct host_pool *host)
{
	const struct pool_node *node = &host->node;
	int rc;

	if (*node->problem) {
		log_error("pool %s cannot be used: %s", node->name,
			  node->problem);
		return;
	}
	rc = pool_open(manager->hv, node->name, mfn_of_address(node->address),
		       node->size >> HV_PAGE_SHIFT, &host->pool);
	if (rc)
		break_pool(host, open_problem(rc));
	else
		log_info("pool %s: %llu MiB at 0x%llx", node->name,
			 ull(node->size >> 20), ull(node->address));
}

static void read_tree(struct pools *pools, const void *fdt, size_t size)
{
	struct pool_node nodes[POOLS_MAX];
	char error[160];
	int count;

	count = pool_tree_find(fdt, size, nodes, SENTENCE(error));
	if (count < 0) {
		sentence_set(SENTENCE(pools->problem), 0,
			     "the host's device tree cannot be read: %s",
			     error);
		log_error("%s", pools->problem);
		return;
	}
	for (int i = 0; i < count; i++)
		pools->at[pools->count++].node = nodes[i];
}

int pools_start(struct manager *manager)
{
	size_t size;
	void *fdt;
	int rc;

	manager->pools = calloc(1, sizeof(*manager->pools));
	if (!manager->pools)
		return -ENOMEM;
	if (!manager->host.confines_iomem)
		return 0;
	rc = pool_tree_live(&fdt, &size);
	if (rc) {
		if (rc != -ENOENT)
			log_error(
				"cannot read the host's device tree: errno %d",
				-rc);
		return 0;
	}
	read_tree(manager->pools, fdt, size);
	free(fdt);
	for (unsigned int i = 0; i < manager->pools->count; i++)
		open_pool(manager, &manager->pools->at[i]);
	return 0;
}

void pools_stop(struct manager *manager)
{
	if (!manager->pools)
		return;
	for (unsigned int i = 0; i < manager->pools->count; i++)
		pool_close(&manager->pools->at[i].pool);
	free(manager->pools);
}

static bool is_usable(const struct host_pool *host)
{
	return !*host->node.problem;
}

struct pool *pools_find(struct manager *manager, const char *name)
{
	for (unsigned int i = 0; i < manager->pools->count; i++) {
		struct host_pool *host = &manager->pools->at[i];

		if (is_usable(host) && !strcmp(host->node.name, name))
			return &host->pool;
	}
	return NULL;
}

/* ---- giving out ---- */

static int take_from(struct pool *pool, const struct stanza *stanza,
		     struct pool_frames *frames)
{
	uint64_t pages = stanza->size >> HV_PAGE_SHIFT;

	frames->pool = pool;
	frames->first = mfn_of_address(stanza->at);
	if (stanza->at)
		return pool_space_take_at(&pool->space, frames->first, pages,
					  &frames->clean);
	return pool_space_take(&pool->space, pages, &frames->first,
			       &frames->clean);
}

/* The first pool that can, of those that the stanza lets choose from. */
static int take_from_any(struct manager *manager, const struct stanza *stanza,
			 struct pool_frames *frames)
{
	int found = -ENOENT;

	for (unsigned int i = 0; i < manager->pools->count; i++) {
		struct host_pool *host = &manager->pools->at[i];
		int rc;

		if (!is_usable(host) ||
		    (*stanza->pool && strcmp(stanza->pool, host->node.name)))
			continue;
		rc = take_from(&host->pool, stanza, frames);
		if (!rc)
			return 0;
		/* Of several answers the one that says most. */
		if (found == -ENOENT || rc == -EBUSY)
			found = rc;
	}
	return found;
}

static uint64_t largest_free(const struct manager *manager, const char *name)
{
	uint64_t largest = 0;

	for (unsigned int i = 0; i < manager->pools->count; i++) {
		const struct host_pool *host = &manager->pools->at[i];
		struct pool_space_usage usage;

		if (!is_usable(host) ||
		    (*name && strcmp(name, host->node.name)))
			continue;
		usage = pool_space_usage(&host->pool.space);
		if (usage.largest > largest)
			largest = usage.largest;
	}
	return largest << HV_PAGE_SHIFT;
}

int pools_take(struct manager *manager, const struct stanza *stanza,
	       struct pool_frames *frames, struct sentence why)
{
	int rc;

	if (!manager->host.confines_iomem)
		return sentence_set(
			why, -EOPNOTSUPP,
			"a pool cannot be used on this architecture: a back end in dom0 could keep a mapping of its frames when they are taken away; use backing=vault");
	rc = take_from_any(manager, stanza, frames);
	switch (rc) {
	case 0:
		return 0;
	case -ENOENT:
		return sentence_set(
			why, rc,
			"there is no usable pool%s%s: hv-mgr doctor says why, hv-mgr dt host makes one",
			*stanza->pool ? " " : "", stanza->pool);
	case -EINVAL:
		return sentence_set(
			why, rc,
			"at=0x%llx does not lie in a pool with all its bytes: see hv-mgr pool list",
			ull(stanza->at));
	case -EBUSY:
		return sentence_set(
			why, rc,
			"at=0x%llx: a part of that is taken: see hv-mgr pool list",
			ull(stanza->at));
	default:
		return sentence_set(
			why, rc,
			"the largest free range of the pool has %llu bytes: make it smaller or detach others, see hv-mgr pool list",
			ull(largest_free(manager, stanza->pool)));
	}
}

/* ---- doubt ---- */

void pools_suspect(struct manager *manager, hv_domid domid)
{
	manager->pools->suspect = domid;
}

void pools_withhold(struct manager *manager)
{
	struct pools *pools = manager->pools;
	const char *doubt = boot_doubt(manager);
	char problem[sizeof(pools->at[0].node.problem)];

	if (!doubt && !pools->suspect)
		return;
	if (doubt)
		snprintf(problem, sizeof(problem), "%s", doubt);
	else
		snprintf(
			problem, sizeof(problem),
			"domain %u may have windows onto it, and its record cannot be used: destroy that domain, then restart the manager",
			pools->suspect);
	for (unsigned int i = 0; i < pools->count; i++)
		if (is_usable(&pools->at[i]))
			break_pool(&pools->at[i], problem);
}

/* ---- scrubbing ---- */

bool pools_scrub(struct manager *manager)
{
	bool more = false;

	for (unsigned int i = 0; i < manager->pools->count; i++) {
		struct host_pool *host = &manager->pools->at[i];
		int rc = 0;

		if (is_usable(host))
			rc = pool_scrub(&host->pool);
		if (rc < 0)
			break_pool(
				host,
				"it cannot be scrubbed: see dmesg, and restart the manager");
		more |= rc > 0;
	}
	return more;
}
