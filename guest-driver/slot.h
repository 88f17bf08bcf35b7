/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CARVEOUT_SLOT_H
#define CARVEOUT_SLOT_H

#include <linux/types.h>
#include <xen/grant_table.h>

struct carveout;

/*
 * A slot's directory: one page, readable for the back end, that lists the
 * grant reference of each page of the slot's window.  It is there while there
 * is a connection, its references while there is a window.  Windows of Device
 * memory cannot be granted: they have none.
 */
struct carveout_slot {
	struct page *page; /* NULL: there is none */
	u32 *refs;	   /* the page's content */
	u32 count;	   /* references claimed */
	grant_ref_t ref;   /* of the directory page itself */
};

int carveout_slots_setup(struct carveout *c);
void carveout_slots_teardown(struct carveout *c);
int carveout_slot_claim(struct carveout_slot *slot, u32 pages);
void carveout_slot_grant(struct carveout_slot *slot, domid_t to, u64 gpa);
bool carveout_slot_release(struct carveout_slot *slot);

#endif
