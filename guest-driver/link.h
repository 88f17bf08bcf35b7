/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef XEN_CARVEOUT_LINK_H
#define XEN_CARVEOUT_LINK_H

struct xen_carveout;

void xen_carveout_link_lock(struct xen_carveout *c, unsigned int *noio);
void xen_carveout_link_unlock(struct xen_carveout *c, unsigned int noio);
int xen_carveout_link_make(struct xen_carveout *c);
void xen_carveout_link_end(struct xen_carveout *c, int reason);
void xen_carveout_link_unmake(struct xen_carveout *c);

#endif
