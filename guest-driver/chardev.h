/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CARVEOUT_CHARDEV_H
#define CARVEOUT_CHARDEV_H

#include <linux/fs.h>

extern const struct file_operations carveout_fops;

#endif
