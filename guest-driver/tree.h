/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef XEN_CARVEOUT_TREE_H
#define XEN_CARVEOUT_TREE_H

struct xen_carveout;

void xen_carveout_tree_match(struct xen_carveout *c);
void xen_carveout_tree_announce(struct xen_carveout *c);
void xen_carveout_tree_exit(void);

#endif
