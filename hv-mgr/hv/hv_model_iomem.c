// SPDX-License-Identifier: GPL-2.0-only
/* hv.h on the model: host memory that Xen does not manage. */
#include "hv_model_host.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BATCH 64u /* as in hv_xen_iomem.c */

struct hv_memory {
	struct hv_memory *next;
	uint64_t first; /* index in the pool */
	uint64_t pages;
};

static struct hv_memory *open_memories;

/* ---- rights ---- */

/* dom0 has a right to the pool or to none of it, and to nothing else. */
static bool dom0_may(mfn_t first, uint64_t count)
{
	uint64_t index = first.n - HV_MODEL_POOL.n;

	return !model_host_config()->pool_not_for_dom0 &&
	       first.n >= HV_MODEL_POOL.n && index <= model_pool_pages() &&
	       count <= model_pool_pages() - index;
}

static bool guest_may(const struct domain *domain, mfn_t mfn)
{
	return dom0_may(mfn, 1) && domain->iomem &&
	       domain->iomem[mfn.n - HV_MODEL_POOL.n];
}

static void set_right(struct domain *domain, mfn_t mfn, bool allow)
{
	uint8_t *right = &domain->iomem[mfn.n - HV_MODEL_POOL.n];

	domain->iomem_pages = domain->iomem_pages - *right + allow;
	*right = allow;
}

/* XEN_DOMCTL_iomem_permission in common/domctl.c */
int hv_iomem_permit(struct hv *hv, hv_domid domid, mfn_t mfn, uint32_t count,
		    bool allow)
{
	struct verdict verdict = model_faults_enter(HV_CALL_IOMEM_PERMIT, domid,
						    (gfn_t){ mfn.n }, count);
	struct domain *domain = model_domain_find(domid);

	hv->hypercalls++;
	if (verdict.skip)
		return verdict.error;
	if (!domain)
		return -ESRCH;
	if (!count)
		return -EINVAL;
	if (!dom0_may(mfn, count))
		return -EPERM;
	if (!domain->iomem)
		domain->iomem = model_need(calloc(model_pool_pages(), 1));
	for (uint32_t i = 0; i < model_within(verdict, count); i++)
		set_right(domain, mfn_add(mfn, i), allow);
	return verdict.error;
}

/* ---- in the guest's physical memory ---- */

static bool map_one(struct domain *domain, gfn_t gfn, mfn_t mfn)
{
	struct entry entry = { (uint32_t)(mfn.n - HV_MODEL_POOL.n),
			       ENTRY_HOST };

	return guest_may(domain, mfn) && !model_p2m_set(domain, gfn, entry);
}

/* p2m_remove_mapping() in arch/arm/p2m.c: a grant mapping is RAM to it, and a
 * device's frame is taken out whichever it is. */
static bool unmap_one(struct domain *domain, gfn_t gfn, mfn_t mfn)
{
	struct entry *entry = model_p2m_at(domain, gfn);

	if (!guest_may(domain, mfn) || (entry && entry->kind != ENTRY_HOST))
		return false;
	if (entry)
		model_p2m_clear(entry);
	return true;
}

static uint32_t each(struct domain *domain, gfn_t gfn, mfn_t mfn,
		     uint32_t count,
		     bool (*one)(struct domain *domain, gfn_t gfn, mfn_t mfn))
{
	uint32_t done = 0;

	while (domain && done < count &&
	       one(domain, gfn_add(gfn, done), mfn_add(mfn, done)))
		done++;
	return done;
}

uint32_t hv_iomem_map(struct hv *hv, hv_domid domid, gfn_t gfn, mfn_t mfn,
		      uint32_t count)
{
	struct verdict verdict =
		model_faults_enter(HV_CALL_IOMEM_MAP, domid, gfn, count);

	hv->hypercalls += 2 * model_batches(count, BATCH);
	if (verdict.skip)
		return verdict.error ? 0 : count;
	return each(model_domain_find(domid), gfn, mfn,
		    model_within(verdict, count), map_one);
}

uint32_t hv_iomem_unmap(struct hv *hv, hv_domid domid, gfn_t gfn, mfn_t mfn,
			uint32_t count)
{
	struct verdict verdict =
		model_faults_enter(HV_CALL_IOMEM_UNMAP, domid, gfn, count);

	hv->hypercalls += 2 * model_batches(count, BATCH);
	if (verdict.skip)
		return verdict.error ? 0 : count;
	return each(model_domain_find(domid), gfn, mfn,
		    model_within(verdict, count), unmap_one);
}

/* ---- from this process ---- */

int hv_memory_open(struct hv *hv, mfn_t first, uint64_t pages,
		   struct hv_memory **result)
{
	struct verdict verdict = model_faults_enter(
		HV_CALL_MEMORY_OPEN, 0, (gfn_t){ first.n }, (uint32_t)pages);
	struct hv_memory *memory;

	hv->hypercalls++;
	if (verdict.error)
		return verdict.error;
	if (!pages)
		return -EINVAL;
	if (!dom0_may(first, pages))
		return -EPERM;
	memory = model_need(calloc(1, sizeof(*memory)));
	*memory = (struct hv_memory){
		.next = open_memories,
		.first = first.n - HV_MODEL_POOL.n,
		.pages = pages,
	};
	open_memories = memory;
	*result = memory;
	return 0;
}

void hv_memory_close(struct hv_memory *memory)
{
	struct hv_memory **link = &open_memories;

	if (!memory)
		return;
	while (*link && *link != memory)
		link = &(*link)->next;
	if (!*link)
		model_die("close of a memory not open");
	*link = memory->next;
	free(memory);
}

/* Handles one page, at its place in the buffer if there is one. */
typedef void page_op(uint64_t index, uint8_t *page);

static int each_page(struct hv_memory *memory, enum hv_model_call call,
		     uint64_t page, uint32_t count, uint8_t *buffer,
		     page_op *op)
{
	struct verdict verdict =
		model_faults_enter(call, 0, (gfn_t){ page }, count);

	if (verdict.skip)
		return verdict.error;
	if (page > memory->pages || count > memory->pages - page)
		return -EINVAL;
	count = model_within(verdict, count);
	for (uint32_t i = 0; i < count; i++)
		op(memory->first + page + i,
		   buffer ? buffer + i * HV_PAGE_SIZE : NULL);
	return verdict.error;
}

static void read_page(uint64_t index, uint8_t *page)
{
	memcpy(page, model_pool_memory(index), HV_PAGE_SIZE);
}

static void write_page(uint64_t index, uint8_t *page)
{
	memcpy(model_pool_memory(index), page, HV_PAGE_SIZE);
}

static void zero_page(uint64_t index, uint8_t *page)
{
	(void)page;
	memset(model_pool_memory(index), 0, HV_PAGE_SIZE);
}

static void flush_page(uint64_t index, uint8_t *page)
{
	(void)page;
	model_pool_write_back(index);
}

int hv_memory_read(struct hv_memory *memory, uint64_t page, uint32_t count,
		   void *buffer)
{
	return each_page(memory, HV_CALL_MEMORY_READ, page, count, buffer,
			 read_page);
}

int hv_memory_write(struct hv_memory *memory, uint64_t page, uint32_t count,
		    const void *buffer)
{
	return each_page(memory, HV_CALL_MEMORY_WRITE, page, count,
			 (uint8_t *)(uintptr_t)buffer, write_page);
}

int hv_memory_zero(struct hv_memory *memory, uint64_t page, uint32_t count)
{
	return each_page(memory, HV_CALL_MEMORY_ZERO, page, count, NULL,
			 zero_page);
}

int hv_memory_flush(struct hv_memory *memory, uint64_t page, uint32_t count)
{
	return each_page(memory, HV_CALL_MEMORY_FLUSH, page, count, NULL,
			 flush_page);
}

/* ---- the process ---- */

void model_memories_exit(void)
{
	while (open_memories)
		hv_memory_close(open_memories);
}

void model_memories_ledger(struct hv_model_ledger *ledger)
{
	for (struct hv_memory *m = open_memories; m; m = m->next)
		ledger->open_memories++;
}
