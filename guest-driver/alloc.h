/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef XEN_CARVEOUT_ALLOC_H
#define XEN_CARVEOUT_ALLOC_H

struct xen_carveout;

void xen_carveout_pool_destroy(struct xen_carveout *c);

#endif
