/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef XEN_CARVEOUT_CHARDEV_H
#define XEN_CARVEOUT_CHARDEV_H

#include <linux/fs.h>

extern const struct file_operations xen_carveout_fops;

#endif
