/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef XEN_CARVEOUT_NODES_H
#define XEN_CARVEOUT_NODES_H

struct xen_carveout;

int xen_carveout_check_nodes(struct xen_carveout *c);
int xen_carveout_write_nodes(struct xen_carveout *c);

#endif
