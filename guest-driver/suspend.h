/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef XEN_CARVEOUT_SUSPEND_H
#define XEN_CARVEOUT_SUSPEND_H

struct device_driver;
struct xenbus_device;

int xen_carveout_suspend_init(struct device_driver *of_ours);
void xen_carveout_suspend_exit(void);
int xen_carveout_suspend(struct xenbus_device *dev);
int xen_carveout_resume(struct xenbus_device *dev);

#endif
