/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef XEN_CARVEOUT_DEBUGFS_H
#define XEN_CARVEOUT_DEBUGFS_H

struct xen_carveout;

void xen_carveout_debugfs_init(void);
void xen_carveout_debugfs_exit(void);
void xen_carveout_debugfs_add(struct xen_carveout *c);
void xen_carveout_debugfs_remove(struct xen_carveout *c);

#endif
