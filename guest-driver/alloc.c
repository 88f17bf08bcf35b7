// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sub-allocation of an unsealed carveout: a genalloc pool of guest addresses.
 * It answers 0 for failure, which is no address here: base is a page at least
 * (backend.c).
 *
 * The pool is made at the first use: most carveouts are streamed into as a
 * whole and never need its bitmap.
 */
#include <linux/genalloc.h>
#include <linux/log2.h>
#include <linux/module.h>

#include "alloc.h"
#include "claim.h"
#include "compat.h"
#include "internal.h"

#define POOL_ORDER 12

static_assert(1 << POOL_ORDER == CARVEOUTIF_PAGE_SIZE);

static struct gen_pool *pool_create(struct xen_carveout *c)
{
	struct gen_pool *pool = gen_pool_create(POOL_ORDER, NUMA_NO_NODE);

	if (!pool)
		return NULL;
	if (!gen_pool_add(pool, c->limits.base, c->limits.size, NUMA_NO_NODE))
		return pool;
	gen_pool_destroy(pool);
	return NULL;
}

static struct gen_pool *pool_get(struct xen_carveout *c)
{
	struct gen_pool *pool;

	mutex_lock(&c->pool_lock);
	if (!c->pool)
		c->pool = pool_create(c);
	pool = c->pool;
	mutex_unlock(&c->pool_lock);
	return pool;
}

/* A pool must be empty to be destroyed: a holder that forgot is reported. */
void xen_carveout_pool_destroy(struct xen_carveout *c)
{
	if (c->pool && !WARN_ON(c->allocated))
		gen_pool_destroy(c->pool);
}

/* Count it first: a write stream must not start in between. */
static int account(struct xen_carveout *c, u64 size)
{
	int err;

	spin_lock(&c->lock);
	err = xen_carveout_barred(c);
	if (!err && c->status.state.state == CARVEOUT_SEALED)
		err = -EPERM;
	if (!err && c->writer)
		err = -EBUSY;
	if (!err)
		c->allocated += size;
	spin_unlock(&c->lock);
	return err;
}

static void unaccount(struct xen_carveout *c, u64 size)
{
	spin_lock(&c->lock);
	c->allocated -= size;
	spin_unlock(&c->lock);
}

int xen_carveout_alloc(struct xen_carveout *c, u64 size, u64 align, u64 *offset)
{
	struct genpool_data_align data;
	struct gen_pool *pool;
	unsigned long at = 0;
	int err;

	if (!size || !is_power_of_2(align) || align > INT_MAX)
		return -EINVAL;
	if (size > c->limits.size)
		return -ENOMEM;
	size = round_up(size, CARVEOUTIF_PAGE_SIZE);
	err = account(c, size);
	if (err)
		return err;
	data.align = max_t(u64, align, CARVEOUTIF_PAGE_SIZE);
	pool = pool_get(c);
	if (pool)
		at = gen_pool_alloc_algo(pool, size, gen_pool_first_fit_align,
					 &data);
	if (!at) {
		unaccount(c, size);
		return -ENOMEM;
	}
	*offset = at - c->limits.base;
	return 0;
}
EXPORT_SYMBOL_NS_GPL(xen_carveout_alloc, XEN_CARVEOUT_NS);

void xen_carveout_free(struct xen_carveout *c, u64 offset, u64 size)
{
	size = round_up(size, CARVEOUTIF_PAGE_SIZE);
	gen_pool_free(c->pool, c->limits.base + offset, size);
	unaccount(c, size);
}
EXPORT_SYMBOL_NS_GPL(xen_carveout_free, XEN_CARVEOUT_NS);
