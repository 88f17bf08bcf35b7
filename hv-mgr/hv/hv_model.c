// SPDX-License-Identifier: GPL-2.0-only
/*
 * hv.h on the model.  Hypercalls are counted as hv_xen.c counts them in an
 * arm64 dom0.
 */
#include "hv_model_host.h"

#include "hv_buffer.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

struct hv {
	struct hv *next;
	uint64_t hypercalls;
};

/* Frames held for as long as this process wants: mappings, open vaults. */
struct mapping {
	struct mapping *next;
	void *address;
	uint32_t count;
	uint32_t frames[];
};

struct hv_vault {
	struct hv_vault *next;
	struct hv *hv;
	struct domain *domain; /* lives as long as its page is pinned */
	uint32_t pinned;
	uint64_t pages;
};

struct buffer {
	struct buffer *next;
	void *address;
	size_t bytes;
};

static struct {
	struct hv *connections;
	struct mapping *mappings;
	struct hv_vault *vaults;
	struct buffer *buffers;
} process;

/* ---- connection and host ---- */

static struct verdict enter_domain(struct hv *hv, enum hv_model_call call,
				   hv_domid domid)
{
	hv->hypercalls++;
	return model_faults_enter(call, domid, (gfn_t){ 0 }, 0);
}

int hv_open(struct hv **result)
{
	struct verdict verdict =
		model_faults_enter(HV_CALL_OPEN, 0, (gfn_t){ 0 }, 0);
	struct hv *hv;

	if (verdict.error)
		return verdict.error;
	hv = calloc(1, sizeof(*hv));
	if (!hv)
		return -ENOMEM;
	hv->next = process.connections;
	process.connections = hv;
	*result = hv;
	return 0;
}

void hv_close(struct hv *hv)
{
	struct hv **link = &process.connections;

	while (*link && *link != hv)
		link = &(*link)->next;
	if (!*link)
		return;
	*link = hv->next;
	free(hv);
}

uint64_t hv_hypercalls(const struct hv *hv)
{
	return hv->hypercalls;
}

int hv_host_info(struct hv *hv, struct hv_host *info)
{
	const struct hv_model_config *config = model_host_config();
	struct verdict verdict =
		model_faults_enter(HV_CALL_HOST_INFO, 0, (gfn_t){ 0 }, 0);

	hv->hypercalls += 3;
	if (verdict.skip)
		return verdict.error;
	*info = (struct hv_host){
		.xen_major = config->xen_major,
		.xen_minor = config->xen_minor,
		.lib_major = config->xen_major,
		.lib_minor = config->xen_minor,
		.scrubs_freed_pages = model_host_scrubs(),
		.free_pages = model_host_free_pages(),
	};
	snprintf(info->commandline, sizeof(info->commandline), "%s",
		 config->commandline);
	return verdict.error;
}

/* ---- domains ---- */

static struct hv_domain describe(const struct domain *domain)
{
	return (struct hv_domain){
		.domid = domain->domid,
		.handle = domain->handle,
		.dying = domain->dying,
		.paused = domain->pauses != 0,
		.gone_down = domain->gone_down,
		.pages = domain->pages,
		.max_pages = domain->max_pages,
	};
}

int hv_domain_get(struct hv *hv, hv_domid domid, struct hv_domain *result)
{
	struct verdict verdict = enter_domain(hv, HV_CALL_DOMAIN_GET, domid);
	struct domain *domain = model_domain_find(domid);

	if (verdict.skip)
		return verdict.error;
	if (!domain)
		return -ESRCH;
	*result = describe(domain);
	return verdict.error;
}

int hv_domain_list(struct hv *hv, hv_domid first, struct hv_domain *domains,
		   int room)
{
	struct verdict verdict = enter_domain(hv, HV_CALL_DOMAIN_LIST, first);
	int found = 0;

	if (verdict.skip)
		return verdict.error;
	for (struct domain *d = model_domain_first(); d && found < room;
	     d = d->next)
		if (d->domid >= first)
			domains[found++] = describe(d);
	return model_outcome(verdict, found);
}

/* XEN_DOMCTL_pausedomain and its fellows: dom0 may not do that to itself. */
static int find_guest(hv_domid domid, struct domain **domain)
{
	*domain = model_domain_find(domid);
	if (!domid)
		return -EINVAL;
	return *domain ? 0 : -ESRCH;
}

int hv_domain_pause(struct hv *hv, hv_domid domid)
{
	struct verdict verdict = enter_domain(hv, HV_CALL_DOMAIN_PAUSE, domid);
	struct domain *domain;
	int rc = find_guest(domid, &domain);

	if (verdict.skip)
		return verdict.error;
	if (rc)
		return rc;
	domain->pauses++;
	return verdict.error;
}

int hv_domain_unpause(struct hv *hv, hv_domid domid)
{
	struct verdict verdict =
		enter_domain(hv, HV_CALL_DOMAIN_UNPAUSE, domid);
	struct domain *domain;
	int rc = find_guest(domid, &domain);

	if (verdict.skip)
		return verdict.error;
	if (rc)
		return rc;
	if (!domain->pauses)
		return -EINVAL;
	domain->pauses--;
	return verdict.error;
}

int hv_domain_set_max_pages(struct hv *hv, hv_domid domid, uint64_t max_pages)
{
	struct verdict verdict =
		enter_domain(hv, HV_CALL_DOMAIN_SET_MAX_PAGES, domid);
	struct domain *domain = model_domain_find(domid);

	if (verdict.skip)
		return verdict.error;
	if (!domain)
		return -ESRCH;
	domain->max_pages = max_pages;
	return verdict.error;
}

int hv_domain_destroy(struct hv *hv, hv_domid domid)
{
	struct verdict verdict =
		enter_domain(hv, HV_CALL_DOMAIN_DESTROY, domid);
	struct domain *domain;
	int rc = find_guest(domid, &domain);

	if (verdict.skip)
		return verdict.error;
	if (rc)
		return rc;
	model_domain_kill(domain);
	return verdict.error;
}

int hv_p2m_pool_get(struct hv *hv, hv_domid domid, uint64_t *bytes)
{
	struct verdict verdict = enter_domain(hv, HV_CALL_P2M_POOL_GET, domid);
	struct domain *domain = model_domain_find(domid);

	if (verdict.skip)
		return verdict.error;
	if (!domain)
		return -ESRCH;
	*bytes = domain->pool << HV_PAGE_SHIFT;
	return verdict.error;
}

int hv_p2m_pool_set(struct hv *hv, hv_domid domid, uint64_t bytes)
{
	struct verdict verdict = enter_domain(hv, HV_CALL_P2M_POOL_SET, domid);
	struct domain *domain = model_domain_find(domid);

	if (verdict.skip)
		return verdict.error;
	if (!domain)
		return -ESRCH;
	return model_outcome(
		verdict, model_domain_set_pool(domain, (bytes + HV_PAGE_SIZE -
							1) >> HV_PAGE_SHIFT));
}

/* ---- guest frames ---- */

static uint64_t hypercalls_of(uint32_t count, uint32_t batch)
{
	return ((uint64_t)count + batch - 1) / batch;
}

uint32_t hv_populate(struct hv *hv, hv_domid domid, gfn_t gfn, uint32_t count)
{
	struct verdict verdict =
		model_faults_enter(HV_CALL_POPULATE, domid, gfn, count);
	struct domain *domain = model_domain_find(domid);

	hv->hypercalls += hypercalls_of(count, 512);
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

	hv->hypercalls += hypercalls_of(count, 512);
	if (verdict.skip)
		return verdict.error ? 0 : count;
	return domain ? model_domain_decrease(domain, gfn,
					      model_within(verdict, count)) :
			0;
}

/* A page of the domain's own, in its physical memory. */
static bool is_ram(struct domain *domain, gfn_t gfn)
{
	struct entry *entry = model_p2m_at(domain, gfn);

	return entry && !entry->alias;
}

static bool all_ram(struct domain *domain, gfn_t gfn, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		if (!is_ram(domain, gfn_add(gfn, i)))
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
	mapping->next = process.mappings;
	process.mappings = mapping;
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
	struct mapping **link = &process.mappings;

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
	while (holes < count && !is_ram(domain, gfn_add(gfn, holes)))
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

	hv->hypercalls += hypercalls_of(count, 16);
	if (verdict.skip)
		return verdict.error;
	return model_outcome(
		verdict, copy_granted(model_domain_find(domid), refs,
				      model_within(verdict, count), buffer));
}

/* ---- vaults ---- */

static bool handle_in_use(const struct hv_handle *handle)
{
	for (struct domain *d = model_domain_first(); d; d = d->next)
		if (!d->dying && !memcmp(&d->handle, handle, sizeof(*handle)))
			return true;
	return false;
}

/* As in hv_xen_vault.c: where its ring's frame would reach x86's local APIC. */
#define MAX_VAULT_PAGES (2037u * BLOCK_FRAMES)

static gfn_t ring_frame(uint64_t pages)
{
	uint64_t blocks = (pages + BLOCK_FRAMES - 1) / BLOCK_FRAMES;

	return (gfn_t){ (blocks + 1) * BLOCK_FRAMES };
}

static int fill_vault(struct domain *domain, uint64_t pages)
{
	static const uint8_t zeros[HV_PAGE_SIZE];
	uint64_t tables = 16 + pages / BLOCK_FRAMES + 2 +
			  pages / (BLOCK_FRAMES * BLOCK_FRAMES) + 2 + 1;

	domain->max_pages = pages + 1;
	domain->ring = (struct hv_store_ring){ ring_frame(pages), 1 };
	if (model_domain_set_pool(domain, tables))
		return -ENOMEM;
	if (model_domain_populate(domain, (gfn_t){ 0 }, (uint32_t)pages) !=
	    pages)
		return -ENOMEM;
	if (model_domain_populate(domain, domain->ring.frame, 1) != 1)
		return -ENOMEM;
	hv_model_poke(domain->domid, domain->ring.frame, zeros);
	return 0;
}

int hv_vault_create(struct hv *hv, const struct hv_handle *handle,
		    uint64_t pages, hv_domid *domid)
{
	struct verdict verdict = model_faults_enter(
		HV_CALL_VAULT_CREATE, 0, (gfn_t){ 0 }, (uint32_t)pages);
	struct domain *domain;
	int rc;

	hv->hypercalls += 14 + hypercalls_of((uint32_t)pages, 512 * 512);
	if (verdict.skip)
		return verdict.error;
	if (!pages || pages > MAX_VAULT_PAGES)
		return -EINVAL;
	if (handle_in_use(handle))
		return -EEXIST;
	domain = model_domain_create(handle);
	if (!domain)
		return -ENOMEM;
	rc = model_outcome(verdict, fill_vault(domain, pages));
	if (rc)
		model_domain_kill(domain);
	else
		*domid = domain->domid;
	return rc;
}

int hv_vault_open(struct hv *hv, hv_domid domid, const struct hv_handle *handle,
		  uint64_t pages, struct hv_vault **result)
{
	struct verdict verdict = model_faults_enter(
		HV_CALL_VAULT_OPEN, domid, (gfn_t){ 0 }, (uint32_t)pages);
	struct domain *domain = model_domain_find(domid);
	struct hv_vault *vault;

	hv->hypercalls += 3;
	if (verdict.error)
		return verdict.error;
	if (!domain || domain->dying ||
	    memcmp(&domain->handle, handle, sizeof(*handle)) != 0)
		return -ESRCH;
	if (domain->pages < pages + 1 || !is_ram(domain, (gfn_t){ 0 }))
		return -EINVAL;
	vault = calloc(1, sizeof(*vault));
	if (!vault)
		return -ENOMEM;
	*vault = (struct hv_vault){
		.next = process.vaults,
		.hv = hv,
		.domain = domain,
		.pinned = model_p2m_at(domain, (gfn_t){ 0 })->frame,
		.pages = pages,
	};
	model_frame_get(vault->pinned);
	process.vaults = vault;
	*result = vault;
	return 0;
}

void hv_vault_close(struct hv_vault *vault)
{
	struct hv_vault **link = &process.vaults;

	if (!vault)
		return;
	while (*link && *link != vault)
		link = &(*link)->next;
	if (!*link) {
		fprintf(stderr, "hv_model: close of a vault not open\n");
		abort();
	}
	*link = vault->next;
	vault->hv->hypercalls += 2;
	model_frame_put(vault->pinned);
	free(vault);
}

static bool in_vault(const struct hv_vault *vault, uint64_t page,
		     uint32_t count)
{
	return page <= vault->pages && count <= vault->pages - page;
}

/* The page's bytes, or NULL if the vault was destroyed behind us. */
static uint8_t *vault_page(struct hv_vault *vault, uint64_t page)
{
	struct entry *entry = model_p2m_at(vault->domain, (gfn_t){ page });

	return entry ? model_frame_bytes(entry->frame) : NULL;
}

int hv_vault_write(struct hv_vault *vault, uint64_t page, uint32_t count,
		   const void *buffer)
{
	struct verdict verdict = model_faults_enter(HV_CALL_VAULT_WRITE,
						    vault->domain->domid,
						    (gfn_t){ page }, count);
	const uint8_t *from = buffer;

	vault->hv->hypercalls += hypercalls_of(count, 16);
	if (verdict.skip)
		return verdict.error;
	if (!in_vault(vault, page, count))
		return -EINVAL;
	count = model_within(verdict, count);
	for (uint32_t i = 0; i < count; i++) {
		uint8_t *to = vault_page(vault, page + i);

		if (!to)
			return -EIO;
		memcpy(to, from + i * HV_PAGE_SIZE, HV_PAGE_SIZE);
	}
	return verdict.error;
}

int hv_vault_read(struct hv_vault *vault, uint64_t page, uint32_t count,
		  void *buffer)
{
	struct verdict verdict = model_faults_enter(HV_CALL_VAULT_READ,
						    vault->domain->domid,
						    (gfn_t){ page }, count);
	uint8_t *to = buffer;

	vault->hv->hypercalls += hypercalls_of(count, 16);
	if (verdict.skip)
		return verdict.error;
	if (!in_vault(vault, page, count))
		return -EINVAL;
	count = model_within(verdict, count);
	for (uint32_t i = 0; i < count; i++) {
		const uint8_t *from = vault_page(vault, page + i);

		if (!from)
			return -EIO;
		memcpy(to + i * HV_PAGE_SIZE, from, HV_PAGE_SIZE);
	}
	return verdict.error;
}

int hv_vault_store_ring(struct hv_vault *vault, struct hv_store_ring *ring)
{
	struct verdict verdict = model_faults_enter(HV_CALL_VAULT_STORE_RING,
						    vault->domain->domid,
						    (gfn_t){ 0 }, 0);

	vault->hv->hypercalls += 2;
	if (verdict.skip)
		return verdict.error;
	if (!vault->domain->ring.port)
		return -ENOENT;
	*ring = vault->domain->ring;
	return verdict.error;
}

/* ---- buffers ---- */

void *hv_buffer_alloc(size_t bytes)
{
	struct verdict verdict =
		model_faults_enter(HV_CALL_BUFFER_ALLOC, 0, (gfn_t){ 0 }, 0);
	struct buffer *buffer;

	if (verdict.error)
		return NULL;
	buffer = calloc(1, sizeof(*buffer));
	if (!buffer)
		return NULL;
	buffer->bytes = bytes;
	buffer->address = hv_locked_alloc(bytes);
	if (!buffer->address) {
		free(buffer);
		return NULL;
	}
	buffer->next = process.buffers;
	process.buffers = buffer;
	return buffer->address;
}

void hv_buffer_free(void *address, size_t bytes)
{
	struct buffer **link = &process.buffers;
	struct buffer *buffer;

	if (!address)
		return;
	while (*link && (*link)->address != address)
		link = &(*link)->next;
	buffer = *link;
	if (!buffer || buffer->bytes != bytes) {
		fprintf(stderr, "hv_model: free of what is no buffer\n");
		abort();
	}
	*link = buffer->next;
	hv_locked_free(address, bytes);
	free(buffer);
}

/* ---- the process ---- */

void model_process_exit(void)
{
	model_faults_mute(true); /* not the process's doing: nobody is told */
	while (process.mappings)
		drop_mapping(&process.mappings);
	while (process.vaults)
		hv_vault_close(process.vaults);
	while (process.buffers)
		hv_buffer_free(process.buffers->address,
			       process.buffers->bytes);
	while (process.connections)
		hv_close(process.connections);
	model_faults_mute(false);
}

void model_process_ledger(struct hv_model_ledger *ledger)
{
	for (struct hv *hv = process.connections; hv; hv = hv->next)
		ledger->connections++;
	for (struct hv_vault *v = process.vaults; v; v = v->next)
		ledger->open_vaults++;
	for (struct buffer *b = process.buffers; b; b = b->next)
		ledger->buffers++;
	for (struct mapping *m = process.mappings; m; m = m->next) {
		ledger->mappings++;
		ledger->mapped_pages += m->count;
	}
}
