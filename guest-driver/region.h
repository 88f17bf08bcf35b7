/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef XEN_CARVEOUT_REGION_H
#define XEN_CARVEOUT_REGION_H

struct xen_carveout;
struct xen_carveout_limits;

int xen_carveout_claim_region(struct xen_carveout *c,
			      const struct xen_carveout_limits *l);
void xen_carveout_unclaim_region(struct xen_carveout *c);

#endif
