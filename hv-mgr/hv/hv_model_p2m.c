// SPDX-License-Identifier: GPL-2.0-only
/*
 * The model's page tables, and what goes in and out of them.  Behaviour is
 * named after the function of Xen 4.17 that has it.
 */
#include "hv_model_host.h"

#include <errno.h>
#include <stdlib.h>

static struct block *find_block(struct domain *domain, uint64_t key)
{
	struct block *block = domain->blocks[key % BUCKETS];

	while (block && block->key != key)
		block = block->next;
	return block;
}

struct entry *model_p2m_at(struct domain *domain, gfn_t gfn)
{
	struct block *block = find_block(domain, gfn.n / BLOCK_FRAMES);
	struct entry *entry;

	if (!block)
		return NULL;
	entry = &block->entries[gfn.n % BLOCK_FRAMES];
	return entry->frame == NO_FRAME ? NULL : entry;
}

/* A page of the domain's own, in its physical memory. */
bool model_p2m_is_ram(struct domain *domain, gfn_t gfn)
{
	struct entry *entry = model_p2m_at(domain, gfn);

	return entry && entry->kind == ENTRY_RAM;
}

static bool has_gib(const struct domain *domain, uint64_t gib)
{
	for (size_t i = 0; i < domain->gib_count; i++)
		if (domain->gibs[i] == gib)
			return true;
	return false;
}

/* p2m_alloc_page(): a table that was made stays, though a later one fails. */
static bool take_table(struct domain *domain)
{
	if (domain->pool_used >= domain->pool)
		return false;
	domain->pool_used++;
	return true;
}

static bool make_gib(struct domain *domain, uint64_t gib)
{
	if (has_gib(domain, gib))
		return true;
	if (!take_table(domain))
		return false;
	domain->gibs = model_need(realloc(
		domain->gibs, (domain->gib_count + 1) * sizeof(uint64_t)));
	domain->gibs[domain->gib_count++] = gib;
	return true;
}

static struct block *make_block(struct domain *domain, uint64_t key)
{
	struct block *block = find_block(domain, key);

	if (block)
		return block;
	if (!make_gib(domain, key / BLOCK_FRAMES) || !take_table(domain))
		return NULL;
	block = model_need(calloc(1, sizeof(*block)));
	block->key = key;
	for (uint32_t i = 0; i < BLOCK_FRAMES; i++)
		block->entries[i].frame = NO_FRAME;
	block->next = domain->blocks[key % BUCKETS];
	domain->blocks[key % BUCKETS] = block;
	return block;
}

void model_p2m_clear(struct entry *entry)
{
	if (entry->frame != NO_FRAME && entry->kind == ENTRY_ALIAS)
		model_frame_put(entry->frame);
	*entry = (struct entry){ NO_FRAME, ENTRY_RAM };
}

void model_p2m_free(struct domain *domain)
{
	for (uint32_t i = 0; i < BUCKETS; i++) {
		while (domain->blocks[i]) {
			struct block *block = domain->blocks[i];

			for (uint32_t n = 0; n < BLOCK_FRAMES; n++)
				model_p2m_clear(&block->entries[n]);
			domain->blocks[i] = block->next;
			free(block);
		}
	}
	domain->pool_used = 0;
	model_domain_set_pool(domain, 0);
}

uint64_t model_p2m_host_pages(const struct domain *domain)
{
	uint64_t pages = 0;

	for (uint32_t i = 0; i < BUCKETS; i++)
		for (struct block *b = domain->blocks[i]; b; b = b->next)
			for (uint32_t n = 0; n < BLOCK_FRAMES; n++)
				pages += b->entries[n].frame != NO_FRAME &&
					 b->entries[n].kind == ENTRY_HOST;
	return pages;
}

/* p2m_insert_mapping() in arch/arm/p2m.c: replaces what was there. */
int model_p2m_set(struct domain *domain, gfn_t gfn, struct entry new)
{
	struct block *block = make_block(domain, gfn.n / BLOCK_FRAMES);
	struct entry *entry;

	if (!block)
		return -ENOMEM;
	entry = &block->entries[gfn.n % BLOCK_FRAMES];
	model_p2m_clear(entry);
	*entry = new;
	return 0;
}

/* populate_physmap() in common/memory.c: it forgets a page that finds no
 * place, so that page stays on the domain's account. */
uint32_t model_domain_populate(struct domain *domain, gfn_t gfn, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		struct entry entry = { model_frame_allocate(domain),
				       ENTRY_RAM };

		if (entry.frame == NO_FRAME ||
		    model_p2m_set(domain, gfn_add(gfn, i), entry))
			return i;
	}
	return count;
}

/* decrease_reservation(), guest_remove_page(): stops at a hole, and at
 * what is no page of the domain's. */
uint32_t model_domain_decrease(struct domain *domain, gfn_t gfn, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		struct entry *entry = model_p2m_at(domain, gfn_add(gfn, i));
		uint32_t frame;

		if (!entry || entry->kind != ENTRY_RAM)
			return i;
		frame = entry->frame;
		model_p2m_clear(entry);
		model_frame_release(frame);
	}
	return count;
}

/* acquire_grant_for_copy() in common/grant_table.c: an entry in use (act->pin)
 * is not read again; a device's frame is none that can be had
 * (p2m_get_page_from_gfn() in arch/arm/p2m.c). */
uint32_t model_grant_frame(struct domain *domain, uint32_t ref)
{
	struct grant *grant;
	struct entry *entry;

	if (ref >= HV_MODEL_REFS)
		return NO_FRAME;
	grant = &domain->grants[ref];
	if (grant->pins)
		return grant->pinned;
	if (!grant->valid || domain->dying)
		return NO_FRAME;
	entry = model_p2m_at(domain, grant->gfn);
	return entry && entry->kind != ENTRY_HOST ? entry->frame : NO_FRAME;
}
