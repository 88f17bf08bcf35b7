// SPDX-License-Identifier: GPL-2.0-only
/* hv.h on the model: guest frames, mappings of them, grant copies. */
#include "hv_model_host.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* Frames held for as long as this process wants. */
struct mapping {
	struct mapping *next;
	void *address;
	uint32_t count;
	uint32_t frames[];
};

static struct mapping *mappings;

uint32_t hv_populate(struct hv *hv, hv_domid domid, gfn_t gfn, uint32_t count)
{
	struct verdict verdict =
		model_faults_enter(HV_CALL_POPULATE, domid, gfn, count);
	struct domain *domain = model_domain_find(domid);

	hv->hypercalls += model_batches(count, 512);
	if (verdict.skip)
		return verdict.error ? 0 : count;
	return domain ? model_domain_populate(domain, gfn,
					      model_within(verdict, count)) :
			0;
}

uint32_t hv_strip(struct hv *hv, hv_domid domid, gfn_t gfn, uint32_t count)
{
	struct verdict verdict =
		model_faults_enter(HV_CALL_STRIP, domid, gfn, count);
	struct domain *domain = model_domain_find(domid);

	hv->hypercalls += model_batches(count, 512);
	if (verdict.skip)
		return verdict.error ? 0 : count;
	return domain ? model_domain_decrease(domain, gfn,
					      model_within(verdict, count)) :
			0;
}

static bool all_ram(struct domain *domain, gfn_t gfn, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		if (!model_p2m_is_ram(domain, gfn_add(gfn, i)))
			return false;
	return true;
}

/* Neighbours in host memory share a mmap: the kernel limits their number. */
static bool map_frames(uint8_t *address, const uint32_t *frames, uint32_t count)
{
	uint32_t run;

	for (uint32_t i = 0; i < count; i += run) {
		void *at = address + i * HV_PAGE_SIZE;

		run = 1;
		while (i + run < count && frames[i + run] == frames[i] + run)
			run++;
		if (mmap(at, run * HV_PAGE_SIZE, PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_FIXED, model_host_memory_fd(),
			 (off_t)(frames[i] * HV_PAGE_SIZE)) != at)
			return false;
	}
	return true;
}

static struct mapping *new_mapping(struct domain *domain, gfn_t gfn,
				   uint32_t count)
{
	struct mapping *mapping =
		calloc(1, sizeof(*mapping) + count * sizeof(uint32_t));

	if (!mapping)
		return NULL;
	mapping->count = count;
	for (uint32_t i = 0; i < count; i++) {
		mapping->frames[i] =
			model_p2m_at(domain, gfn_add(gfn, i))->frame;
		model_frame_bytes(mapping->frames[i]); /* written down */
	}
	mapping->address = mmap(NULL, count * HV_PAGE_SIZE, PROT_NONE,
				MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (mapping->address == MAP_FAILED ||
	    !map_frames(mapping->address, mapping->frames, count)) {
		if (mapping->address != MAP_FAILED)
			munmap(mapping->address, count * HV_PAGE_SIZE);
		free(mapping);
		return NULL;
	}
	return mapping;
}

int hv_map(struct hv *hv, hv_domid domid, gfn_t gfn, uint32_t count,
	   void **address)
{
	struct verdict verdict =
		model_faults_enter(HV_CALL_MAP, domid, gfn, count);
	struct domain *domain = model_domain_find(domid);
	struct mapping *mapping;

	hv->hypercalls += count;
	if (verdict.error)
		return verdict.error;
	if (!domain)
		return -ESRCH;
	if (!count || !all_ram(domain, gfn, count))
		return -EINVAL;
	mapping = new_mapping(domain, gfn, count);
	if (!mapping)
		return -ENOMEM;
	for (uint32_t i = 0; i < count; i++)
		model_frame_get(mapping->frames[i]);
	mapping->next = mappings;
	mappings = mapping;
	*address = mapping->address;
	return 0;
}

static void drop_mapping(struct mapping **link)
{
	struct mapping *mapping = *link;

	*link = mapping->next;
	munmap(mapping->address, mapping->count * HV_PAGE_SIZE);
	for (uint32_t i = 0; i < mapping->count; i++)
		model_frame_put(mapping->frames[i]);
	free(mapping);
}

void hv_unmap(struct hv *hv, void *address, uint32_t count)
{
	struct mapping **link = &mappings;

	if (!address)
		return;
	model_faults_enter(HV_CALL_UNMAP, 0, (gfn_t){ 0 }, count);
	hv->hypercalls += count;
	while (*link && (*link)->address != address)
		link = &(*link)->next;
	if (!*link || (*link)->count != count) {
		fprintf(stderr, "hv_model: unmap of what is not mapped\n");
		abort();
	}
	drop_mapping(link);
}

/* Only what is in the p2m can be flushed; a domain that is gone cannot. */
int hv_cache_flush(struct hv *hv, hv_domid domid, gfn_t gfn, uint32_t count)
{
	struct verdict verdict =
		model_faults_enter(HV_CALL_CACHE_FLUSH, domid, gfn, count);

	hv->hypercalls++;
	if (verdict.skip)
		return verdict.error;
	return model_outcome(verdict, model_domain_find(domid) ? 0 : -ESRCH);
}

uint32_t hv_holes(struct hv *hv, hv_domid domid, gfn_t gfn, uint32_t count)
{
	struct verdict verdict =
		model_faults_enter(HV_CALL_HOLES, domid, gfn, count);
	struct domain *domain = model_domain_find(domid);
	uint32_t holes = 0;

	hv->hypercalls += 2 * (uint64_t)count;
	if (verdict.skip)
		return verdict.error ? 0 : count;
	if (!domain)
		return 0;
	count = model_within(verdict, count);
	while (holes < count && !model_p2m_is_ram(domain, gfn_add(gfn, holes)))
		holes++;
	return holes;
}

/* Pages before the bad one have been copied, as on Xen. */
static int copy_granted(struct domain *domain, const uint32_t *refs,
			uint32_t count, uint8_t *to)
{
	for (uint32_t i = 0; i < count; i++) {
		uint32_t frame = domain ? model_grant_frame(domain, refs[i]) :
					  NO_FRAME;

		if (frame == NO_FRAME)
			return -EFAULT;
		memcpy(to + i * HV_PAGE_SIZE, model_frame_bytes(frame),
		       HV_PAGE_SIZE);
	}
	return 0;
}

int hv_copy_granted(struct hv *hv, hv_domid domid, const uint32_t *refs,
		    uint32_t count, void *buffer)
{
	struct verdict verdict = model_faults_enter(HV_CALL_COPY_GRANTED, domid,
						    (gfn_t){ 0 }, count);

	hv->hypercalls += model_copies(hv, buffer, count);
	if (verdict.skip)
		return verdict.error;
	if (model_frames_mapped(buffer))
		return -EIO;
	return model_outcome(
		verdict, copy_granted(model_domain_find(domid), refs,
				      model_within(verdict, count), buffer));
}

bool model_frames_mapped(const void *buffer)
{
	const uint8_t *at = buffer;

	for (const struct mapping *m = mappings; m; m = m->next) {
		const uint8_t *first = m->address;

		if (at >= first && at < first + m->count * HV_PAGE_SIZE)
			return true;
	}
	return false;
}

/* ---- the process ---- */

void model_frames_exit(void)
{
	while (mappings)
		drop_mapping(&mappings);
}

void model_frames_ledger(struct hv_model_ledger *ledger)
{
	for (struct mapping *m = mappings; m; m = m->next) {
		ledger->mappings++;
		ledger->mapped_pages += m->count;
	}
}
