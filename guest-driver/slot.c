// SPDX-License-Identifier: GPL-2.0-only
/*
 * Slots: directory pages and the grants that they list.
 *
 * Directories are there as long as a connection.  The references that one lists
 * are claimed for each window and given back after it: a guest has 32768 of
 * them (Xen's default of 64 frames), its disks and network cards live on them,
 * and a guest with all windows of all its carveouts open would want them all.
 * For the same reason a window is refused when it would leave the others too
 * few.
 *
 * The page is granted read-only: what it says is ours, also when read back.
 * Nothing is granted again that the back end may still have in use: Linux would
 * write over the mark that says so, and let the page go while it is mapped.
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

/* References that a window, or a buffer, leaves to the guest's other devices. */
#define GRANTS_LEFT 1024

/* Directories: link.c, when the connection comes and goes ------------------ */

static int slot_setup(struct xen_carveout_slot *slot, domid_t to)
{
	struct page *page = alloc_page(GFP_KERNEL | __GFP_ZERO);
	int ref;

	if (!page)
		return -ENOMEM;
	ref = gnttab_grant_foreign_access(to, xen_page_to_gfn(page), 1);
	if (ref < 0) {
		__free_page(page);
		return ref;
	}
	*slot = (struct xen_carveout_slot){
		.page = page,
		.refs = page_address(page),
		.ref = ref,
	};
	return 0;
}

/* A reference that the back end still uses is freed later by Linux' timer. */
static void slot_free(const struct xen_carveout_slot *slot)
{
	u32 i;

	if (!slot->page)
		return;
	for (i = 0; i < slot->count; i++) {
		get_page(slot->page);
		gnttab_end_foreign_access(slot->refs[i], slot->page);
	}
	gnttab_end_foreign_access(slot->ref, slot->page);
}

/* A window that has outlived its connection finds an empty slot. */
void xen_carveout_slots_teardown(struct xen_carveout *c)
{
	struct xen_carveout_slot slot;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(c->slots); i++) {
		spin_lock(&c->windows[i].lock);
		slot = c->slots[i];
		memset(&c->slots[i], 0, sizeof(c->slots[i]));
		spin_unlock(&c->windows[i].lock);
		slot_free(&slot);
	}
}

int xen_carveout_slots_setup(struct xen_carveout *c)
{
	unsigned int i;
	int err = 0;

	for (i = 0; i < c->limits.windows_max && !err; i++)
		err = slot_setup(&c->slots[i], c->otherend);
	if (err)
		xen_carveout_slots_teardown(c);
	return err;
}

/* References, of windows and of buffers -------------------------------------- */

/* Claim so many, of which there are none, unless that left the others too few. */
int xen_carveout_grants_claim(u32 *refs, u32 pages, u32 *claimed)
{
	grant_ref_t head;
	int ref;

	if (gnttab_alloc_grant_references(pages + GRANTS_LEFT, &head) < 0)
		return -ENOMEM;
	while (*claimed < pages) {
		ref = gnttab_claim_grant_reference(&head);
		if (WARN_ON(ref < 0)) /* they were set aside */
			break;
		refs[(*claimed)++] = ref;
	}
	gnttab_free_grant_references(head);
	return *claimed == pages ? 0 : -ENOMEM;
}

/* Their windows' grants: window.c, under the window's lock ------------------- */

/* Claim so many references; the slot has none. */
int xen_carveout_slot_claim(struct xen_carveout_slot *slot, u32 pages)
{
	if (!slot->page)
		return -EPIPE;
	if (!pages)
		return 0;
	return xen_carveout_grants_claim(slot->refs, pages, &slot->count);
}

/* As many pages as the slot has references: none, if it is Device memory. */
void xen_carveout_slot_grant(struct xen_carveout_slot *slot, domid_t to,
			     u64 gpa)
{
	u32 i;

	for (i = 0; i < slot->count; i++)
		gnttab_grant_foreign_access_ref(
			slot->refs[i], to, pfn_to_gfn(PHYS_PFN(gpa) + i), 1);
}

/*
 * End the grants of the slot's last window and give the references back.
 * False: the back end still uses one.  A back end maps none (carveoutif.h 5), so
 * it is late with a copy, or malicious: the slot is not used until a later call
 * succeeds.
 */
bool xen_carveout_slot_release(struct xen_carveout_slot *slot)
{
	while (slot->count) {
		if (!gnttab_try_end_foreign_access(slot->refs[slot->count - 1]))
			return false;
		slot->count--;
	}
	return true;
}
