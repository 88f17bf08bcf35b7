/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CARVEOUT_SYSFS_H
#define CARVEOUT_SYSFS_H

#include <linux/sysfs.h>

extern const struct attribute_group *carveout_groups[];

#endif
