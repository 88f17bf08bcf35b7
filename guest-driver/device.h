/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CARVEOUT_DEVICE_H
#define CARVEOUT_DEVICE_H

#include <linux/device.h>

struct carveout;
struct xenbus_device;

extern struct class carveout_class;

int carveout_devices_init(int (*shutdown)(struct device *dev));
void carveout_devices_exit(void);
struct carveout *carveout_create(struct xenbus_device *dev);
int carveout_publish(struct carveout *c);
void carveout_unpublish(struct carveout *c);

#endif
