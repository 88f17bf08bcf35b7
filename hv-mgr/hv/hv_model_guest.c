// SPDX-License-Identifier: GPL-2.0-only
/* The model seen from the tests: guests, back ends, books. */
#include "hv_model_host.h"

#include <errno.h>
#include <string.h>

void hv_model_reset(const struct hv_model_config *config)
{
	model_process_exit();
	model_faults_reset();
	model_host_power_off();
	model_host_boot(config);
}

void hv_model_process_exit(void)
{
	model_process_exit();
}

void hv_model_dirty_free_memory(uint8_t byte)
{
	model_host_dirty(byte);
}

void hv_model_next_domid(hv_domid domid)
{
	model_domain_next_id(domid);
}

/* ---- guests ---- */

static int furnish(struct domain *domain, const struct hv_model_guest *guest)
{
	uint32_t pages = (uint32_t)guest->ram_pages;
	int rc = model_domain_set_pool(
		domain, guest->pool_pages ? guest->pool_pages : 1024);

	if (rc)
		return rc;
	domain->max_pages = guest->max_pages ? guest->max_pages : pages;
	if (model_domain_populate(domain, HV_MODEL_RAM, pages) != pages)
		return -ENOMEM;
	domain->pauses = 0;
	domain->pv = guest->pv;
	return 0;
}

int hv_model_guest_create(const struct hv_model_guest *guest, hv_domid *domid)
{
	struct domain *domain = model_domain_create(&guest->handle);
	int rc;

	if (!domain)
		return -ENOMEM;
	*domid = domain->domid;
	rc = furnish(domain, guest);
	if (rc)
		model_domain_kill(domain);
	return rc;
}

void hv_model_guest_destroy(hv_domid domid)
{
	struct domain *domain = model_domain_find(domid);

	if (domain && domid)
		model_domain_kill(domain);
}

void hv_model_guest_shutdown(hv_domid domid)
{
	struct domain *domain = model_domain_find(domid);

	if (domain)
		domain->gone_down = true;
}

void hv_model_guest_ask_reset(hv_domid domid)
{
	struct domain *domain = model_domain_find(domid);

	if (domain)
		domain->resetting = true;
}

void hv_model_guest_reset(hv_domid domid)
{
	struct domain *domain = model_domain_find(domid);

	if (domain)
		domain->resetting = false;
}

/* The domain if it can act now. */
static struct domain *running(hv_domid domid)
{
	struct domain *domain = model_domain_find(domid);

	if (!domain || domain->dying || domain->gone_down ||
	    domain->resetting || domain->pauses)
		return NULL;
	return domain;
}

bool hv_model_guest_runs(hv_domid domid)
{
	return running(domid) != NULL;
}

/* How much of length bytes at gpa lies in its page. */
static size_t part_of(uint64_t gpa, size_t length)
{
	size_t left = HV_PAGE_SIZE - gpa % HV_PAGE_SIZE;

	return length < left ? length : left;
}

static bool load(struct domain *domain, uint64_t gpa, void *to, size_t length)
{
	struct entry *entry = model_p2m_at(domain, gfn_of_gpa(gpa));
	size_t offset = gpa % HV_PAGE_SIZE;

	if (!entry)
		return false;
	if (entry->kind == ENTRY_HOST)
		model_pool_load(entry->frame, offset, to, length);
	else
		memcpy(to, model_frame_bytes(entry->frame) + offset, length);
	return true;
}

static bool store(struct domain *domain, uint64_t gpa, const void *from,
		  size_t length)
{
	struct entry *entry = model_p2m_at(domain, gfn_of_gpa(gpa));
	size_t offset = gpa % HV_PAGE_SIZE;

	if (!entry)
		return false;
	if (entry->kind == ENTRY_HOST)
		model_pool_store(entry->frame, offset, from, length);
	else
		memcpy(model_frame_bytes(entry->frame) + offset, from, length);
	return true;
}

bool hv_model_guest_read(hv_domid domid, uint64_t gpa, void *bytes,
			 size_t length)
{
	struct domain *domain = running(domid);
	uint8_t *to = bytes;

	while (domain && length) {
		size_t part = part_of(gpa, length);

		if (!load(domain, gpa, to, part))
			return false;
		to += part;
		gpa += part;
		length -= part;
	}
	return domain != NULL;
}

bool hv_model_guest_write(hv_domid domid, uint64_t gpa, const void *bytes,
			  size_t length)
{
	struct domain *domain = running(domid);
	const uint8_t *from = bytes;

	while (domain && length) {
		size_t part = part_of(gpa, length);

		if (!store(domain, gpa, from, part))
			return false;
		from += part;
		gpa += part;
		length -= part;
	}
	return domain != NULL;
}

uint32_t hv_model_guest_populate(hv_domid domid, gfn_t gfn, uint32_t count)
{
	struct domain *domain = running(domid);

	return domain ? model_domain_populate(domain, gfn, count) : 0;
}

uint32_t hv_model_guest_decrease(hv_domid domid, gfn_t gfn, uint32_t count)
{
	struct domain *domain = running(domid);

	return domain ? model_domain_decrease(domain, gfn, count) : 0;
}

static bool write_grant(hv_domid domid, uint32_t ref, gfn_t gfn, bool valid)
{
	struct domain *domain = running(domid);

	if (!domain || ref >= HV_MODEL_REFS)
		return false;
	domain->grants[ref].gfn = gfn;
	domain->grants[ref].valid = valid;
	return true;
}

bool hv_model_guest_grant(hv_domid domid, uint32_t ref, gfn_t gfn)
{
	return write_grant(domid, ref, gfn, true);
}

bool hv_model_guest_ungrant(hv_domid domid, uint32_t ref)
{
	return write_grant(domid, ref, (gfn_t){ 0 }, false);
}

bool hv_model_guest_alias(hv_domid domid, gfn_t from, gfn_t to)
{
	struct domain *domain = running(domid);
	struct entry *entry = domain ? model_p2m_at(domain, from) : NULL;
	uint32_t frame;

	if (!entry || entry->kind == ENTRY_HOST || from.n == to.n)
		return false;
	frame = entry->frame;
	model_frame_get(frame);
	if (model_p2m_set(domain, to, (struct entry){ frame, ENTRY_ALIAS })) {
		model_frame_put(frame);
		return false;
	}
	return true;
}

bool hv_model_guest_unalias(hv_domid domid, gfn_t at)
{
	struct domain *domain = running(domid);
	struct entry *entry = domain ? model_p2m_at(domain, at) : NULL;

	if (!entry || entry->kind != ENTRY_ALIAS)
		return false;
	model_p2m_clear(entry);
	return true;
}

/* ---- others ---- */

static struct grant *find_grant(hv_domid domid, uint32_t ref)
{
	struct domain *domain = model_domain_find(domid);

	return domain && ref < HV_MODEL_REFS ? &domain->grants[ref] : NULL;
}

bool hv_model_backend_pin(hv_domid domid, uint32_t ref)
{
	struct grant *grant = find_grant(domid, ref);
	uint32_t frame =
		grant ? model_grant_frame(model_domain_find(domid), ref) :
			NO_FRAME;

	if (frame == NO_FRAME)
		return false;
	model_frame_get(frame);
	grant->pinned = frame;
	grant->pins++;
	return true;
}

bool hv_model_backend_unpin(hv_domid domid, uint32_t ref)
{
	struct grant *grant = find_grant(domid, ref);

	if (!grant || !grant->pins)
		return false;
	grant->pins--;
	model_frame_put(
		grant->pinned); /* may free a dying domain, and the grant */
	return true;
}

void *hv_model_backend_page(hv_domid domid, uint32_t ref)
{
	struct grant *grant = find_grant(domid, ref);

	return grant && grant->pins ? model_frame_bytes(grant->pinned) : NULL;
}

bool hv_model_backend_write(hv_domid domid, uint32_t ref, size_t offset,
			    const void *bytes, size_t length)
{
	uint8_t *page = hv_model_backend_page(domid, ref);

	if (!page || offset > HV_PAGE_SIZE || length > HV_PAGE_SIZE - offset)
		return false;
	memcpy(page + offset, bytes, length);
	return true;
}

static uint8_t *look(hv_domid domid, gfn_t gfn)
{
	struct domain *domain = model_domain_find(domid);
	struct entry *entry = domain ? model_p2m_at(domain, gfn) : NULL;

	if (!entry || entry->kind == ENTRY_HOST)
		return NULL;
	return model_frame_bytes(entry->frame);
}

bool hv_model_peek(hv_domid domid, gfn_t gfn, void *page)
{
	const uint8_t *bytes = look(domid, gfn);

	if (bytes)
		memcpy(page, bytes, HV_PAGE_SIZE);
	return bytes != NULL;
}

bool hv_model_poke(hv_domid domid, gfn_t gfn, const void *page)
{
	uint8_t *bytes = look(domid, gfn);

	if (bytes)
		memcpy(bytes, page, HV_PAGE_SIZE);
	return bytes != NULL;
}

bool hv_model_has(hv_domid domid, gfn_t gfn)
{
	struct domain *domain = model_domain_find(domid);

	return domain && model_p2m_at(domain, gfn);
}

uint64_t hv_model_free_pages_beside(uint8_t byte)
{
	return model_host_free_beside(byte);
}

uint64_t hv_model_pool_used(hv_domid domid)
{
	struct domain *domain = model_domain_find(domid);

	return domain ? domain->pool_used : 0;
}

/* ---- books ---- */

struct hv_model_ledger hv_model_ledger(void)
{
	struct hv_model_ledger ledger = { .free_pages =
						  model_host_free_pages() };
	struct domain *domain = model_domain_first();

	for (; domain; domain = domain->next) {
		ledger.domains++;
		ledger.paused += domain->pauses != 0;
		ledger.iomem_mapped += model_p2m_host_pages(domain);
		ledger.iomem_rights += domain->iomem_pages;
	}
	model_process_ledger(&ledger);
	return ledger;
}

/* All fields are uint64_t, so there is no padding to stumble on. */
bool hv_model_ledger_equal(const struct hv_model_ledger *a,
			   const struct hv_model_ledger *b)
{
	return !memcmp(a, b, sizeof(*a));
}
