// SPDX-License-Identifier: GPL-2.0-only
/*
 * Slots: directory pages and the grants that they list.
 *
 * The references are claimed when the carveout is first seen and kept until
 * it goes, so a window costs no allocation and the directory is written once.
 * The page is granted read-only: what it says is ours, also when read back.
 *
 * A window's frames have no struct page.  gnttab_end_foreign_access() with no
 * page looks one up when it has to defer, so it must never be called so for
 * one of these references: the directory page stands in, with a reference of
 * its own.
 */
#include <linux/gfp.h>
#include <linux/mm.h>

#include <xen/page.h>

#include "internal.h"

static int slot_claim(struct carveout_slot *slot, u32 pages)
{
	grant_ref_t head;
	int ref;

	if (gnttab_alloc_grant_references(pages + 1, &head) < 0)
		return -ENOSPC;
	slot->ref = gnttab_claim_grant_reference(&head);
	while (slot->count < pages) {
		ref = gnttab_claim_grant_reference(&head);
		if (WARN_ON(ref < 0)) /* pages + 1 were set aside */
			break;
		slot->refs[slot->count++] = ref;
	}
	gnttab_free_grant_references(head);
	return 0;
}

static int slot_alloc(struct carveout_slot *slot, u32 pages)
{
	int err;

	slot->page = alloc_page(GFP_KERNEL | __GFP_ZERO);
	if (!slot->page)
		return -ENOMEM;
	slot->refs = page_address(slot->page);
	err = slot_claim(slot, pages);
	if (err) {
		__free_page(slot->page);
		slot->page = NULL;
	}
	return err;
}

/* A reference that the back end still uses is freed later by Linux' timer. */
static void slot_free(struct carveout_slot *slot)
{
	u32 i;

	if (!slot->page)
		return;
	for (i = 0; i < slot->count; i++) {
		get_page(slot->page);
		gnttab_end_foreign_access(slot->refs[i], slot->page);
	}
	gnttab_end_foreign_access(slot->ref, slot->page);
	memset(slot, 0, sizeof(*slot));
}

void carveout_slots_free(struct carveout *c)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(c->slots); i++)
		slot_free(&c->slots[i]);
}

int carveout_slots_alloc(struct carveout *c)
{
	u32 pages = c->limits.window_max / CARVEOUTIF_PAGE_SIZE;
	unsigned int i;
	int err = 0;

	if (c->limits.device_memory)
		pages = 0;
	for (i = 0; i < c->limits.windows_max && !err; i++)
		err = slot_alloc(&c->slots[i], pages);
	if (err)
		carveout_slots_free(c);
	return err;
}

/*
 * Grant the directories to the back end, at every connect: after a restore
 * the grant table is a new, empty one.  Where the grant still stands this
 * writes what is there already.
 */
void carveout_slots_publish(struct carveout *c)
{
	unsigned int i;

	for (i = 0; i < c->limits.windows_max; i++)
		gnttab_grant_foreign_access_ref(
			c->slots[i].ref, c->otherend,
			xen_page_to_gfn(c->slots[i].page), 1);
}

/*
 * The caller has checked that the window is not larger than the slot's window
 * may be: only a slot of Device memory, which is never granted, has fewer
 * references than pages.
 */
void carveout_slot_grant(struct carveout_slot *slot, domid_t to, u64 gpa,
			 u32 pages)
{
	u32 i;

	pages = min(pages, slot->count);
	for (i = 0; i < pages; i++)
		gnttab_grant_foreign_access_ref(
			slot->refs[i], to, pfn_to_gfn(PHYS_PFN(gpa) + i), 1);
	slot->granted = pages;
}

/*
 * End the grants of the slot's last window.  False: the back end still uses
 * one.  It maps none (carveoutif.h 5), so this is a copy that it is late with,
 * or malice: the slot is not used until a later call succeeds.
 */
bool carveout_slot_ungrant(struct carveout_slot *slot)
{
	while (slot->granted) {
		if (!gnttab_end_foreign_access_ref(
			    slot->refs[slot->granted - 1]))
			return false;
		slot->granted--;
	}
	return true;
}
