/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CARVEOUT_XENBUS_H
#define CARVEOUT_XENBUS_H

#include <xen/xenbus.h>

struct device;

extern struct xenbus_driver carveout_xenbus_driver;

int carveout_register(void);
void carveout_unregister(void);
int carveout_shutdown(struct device *dev);

#endif
