/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef XEN_CARVEOUT_SLOT_H
#define XEN_CARVEOUT_SLOT_H

#include <linux/types.h>
#include <xen/grant_table.h>

struct xen_carveout;

/*
 * A slot's directory: one page, readable for the back end, that lists the
 * grant reference of each page of the slot's window.  It is there while there
 * is a connection, its references while there is a window.  Windows of Device
 * memory cannot be granted: they have none.
 */
struct xen_carveout_slot {
	struct page *page; /* NULL: there is none */
	u32 *refs;	   /* the page's content */
	u32 count;	   /* references claimed */
	grant_ref_t ref;   /* of the directory page itself */
};

int xen_carveout_slots_setup(struct xen_carveout *c);
void xen_carveout_slots_teardown(struct xen_carveout *c);
int xen_carveout_grants_claim(u32 *refs, u32 pages, u32 *claimed);
int xen_carveout_slot_claim(struct xen_carveout_slot *slot, u32 pages);
void xen_carveout_slot_grant(struct xen_carveout_slot *slot, domid_t to,
			     u64 gpa);
bool xen_carveout_slot_release(struct xen_carveout_slot *slot);

#endif
