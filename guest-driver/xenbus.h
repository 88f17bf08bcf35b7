/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef XEN_CARVEOUT_XENBUS_H
#define XEN_CARVEOUT_XENBUS_H

struct device;

int xen_carveout_register(void);
void xen_carveout_unregister(void);
int xen_carveout_shutdown(struct device *dev);

#endif
