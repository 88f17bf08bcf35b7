/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CARVEOUT_SUSPEND_H
#define CARVEOUT_SUSPEND_H

struct device_driver;
struct xenbus_device;

int carveout_suspend_init(struct device_driver *of_ours);
void carveout_suspend_exit(void);
int carveout_suspend(struct xenbus_device *dev);
int carveout_resume(struct xenbus_device *dev);

#endif
