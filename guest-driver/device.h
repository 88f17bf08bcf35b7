/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef XEN_CARVEOUT_DEVICE_H
#define XEN_CARVEOUT_DEVICE_H

#include <linux/device.h>

struct xen_carveout;
struct xenbus_device;

extern struct class xen_carveout_class;

int xen_carveout_devices_init(int (*shutdown)(struct device *dev));
void xen_carveout_devices_exit(void);
struct xen_carveout *xen_carveout_create(struct xenbus_device *dev);
int xen_carveout_publish(struct xen_carveout *c);
void xen_carveout_unpublish(struct xen_carveout *c);

#endif
