/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef XEN_CARVEOUT_SYSFS_H
#define XEN_CARVEOUT_SYSFS_H

#include <linux/sysfs.h>

extern const struct attribute_group *xen_carveout_groups[];

#endif
