/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef XEN_CARVEOUT_CLAIM_H
#define XEN_CARVEOUT_CLAIM_H

#include <linux/types.h>

struct xen_carveout;

/* Why no window may be opened, and nobody may begin to write (claim.c). */
enum xen_carveout_bar {
	XEN_CARVEOUT_BAR_GONE = 1,     /* detached: nothing works any more */
	XEN_CARVEOUT_BAR_SHUTDOWN = 2, /* this kernel ends */
	XEN_CARVEOUT_BAR_SUSPEND = 4,  /* the guest is being saved */
	XEN_CARVEOUT_BAR_RESET = 8,    /* until RESET is answered */
};

int xen_carveout_barred(const struct xen_carveout *c);
void xen_carveout_bar(struct xen_carveout *c, enum xen_carveout_bar bar);
void xen_carveout_unbar(struct xen_carveout *c, enum xen_carveout_bar bar);
u32 xen_carveout_epoch(struct xen_carveout *c);
void xen_carveout_begin_epoch(struct xen_carveout *c);
int xen_carveout_claim(struct xen_carveout *c);
int xen_carveout_claim_reset(struct xen_carveout *c);
void xen_carveout_unclaim(struct xen_carveout *c);

#endif
