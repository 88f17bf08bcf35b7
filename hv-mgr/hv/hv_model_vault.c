// SPDX-License-Identifier: GPL-2.0-only
/* hv.h on the model: vaults. */
#include "hv_model_host.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct hv_vault {
	struct hv_vault *next;
	struct hv *hv;
	struct domain *domain; /* lives as long as its page is pinned */
	uint32_t pinned;
	uint64_t pages;
};

static struct hv_vault *open_vaults;

static bool handle_in_use(const struct hv_handle *handle)
{
	for (struct domain *d = model_domain_first(); d; d = d->next)
		if (!d->dying && !memcmp(&d->handle, handle, sizeof(*handle)))
			return true;
	return false;
}

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

	hv->hypercalls += 14 + model_batches((uint32_t)pages, 512 * 512);
	if (verdict.skip)
		return verdict.error;
	if (!pages || pages > HV_VAULT_PAGES_MAX)
		return -EINVAL;
	if (handle_in_use(handle))
		return -EEXIST;
	domain = model_domain_create(handle);
	if (!domain)
		return -ENOMEM;
	domain->lifeless = true;
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
	if (domain->pages <= pages || !model_p2m_is_ram(domain, (gfn_t){ 0 }))
		return -EINVAL;
	vault = calloc(1, sizeof(*vault));
	if (!vault)
		return -ENOMEM;
	*vault = (struct hv_vault){
		.next = open_vaults,
		.hv = hv,
		.domain = domain,
		.pinned = model_p2m_at(domain, (gfn_t){ 0 })->frame,
		.pages = pages,
	};
	model_frame_get(vault->pinned);
	open_vaults = vault;
	*result = vault;
	return 0;
}

void hv_vault_close(struct hv_vault *vault)
{
	struct hv_vault **link = &open_vaults;

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

	vault->hv->hypercalls += model_copies(vault->hv, buffer, count);
	if (verdict.skip)
		return verdict.error;
	if (!in_vault(vault, page, count))
		return -EINVAL;
	if (model_frames_mapped(buffer))
		return -EIO;
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

	vault->hv->hypercalls += model_copies(vault->hv, buffer, count);
	if (verdict.skip)
		return verdict.error;
	if (!in_vault(vault, page, count))
		return -EINVAL;
	if (model_frames_mapped(buffer))
		return -EIO;
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

/* ---- the process ---- */

void model_vaults_exit(void)
{
	while (open_vaults)
		hv_vault_close(open_vaults);
}

void model_vaults_ledger(struct hv_model_ledger *ledger)
{
	for (struct hv_vault *v = open_vaults; v; v = v->next)
		ledger->open_vaults++;
}
