/* SPDX-License-Identifier: GPL-2.0-only */
/* What differs between the kernels that this module builds on: 6.1 to 7.3. */
#ifndef XEN_CARVEOUT_COMPAT_H
#define XEN_CARVEOUT_COMPAT_H

#include <linux/device/class.h>
#include <linux/fs_struct.h>
#include <linux/version.h>
#include <linux/workqueue.h>

/* 6.2: class callbacks take a const device. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 2, 0)
#define XEN_CARVEOUT_CLASS_CONST const
#else
#define XEN_CARVEOUT_CLASS_CONST
#endif

/* 6.4: struct class lost its owner, class_register() is a plain function. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 4, 0)
#define XEN_CARVEOUT_CLASS_OWNER
#else
#define XEN_CARVEOUT_CLASS_OWNER .owner = THIS_MODULE,
#endif

/* 6.13: the name space of exported symbols is a string. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 13, 0)
#define XEN_CARVEOUT_NS "XEN_CARVEOUT"
#else
#define XEN_CARVEOUT_NS XEN_CARVEOUT
#endif

/* 6.17: the workqueue of no CPU has another name; 7.3 warns of the old one. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 17, 0)
#define XEN_CARVEOUT_UNBOUND_WQ system_dfl_wq
#else
#define XEN_CARVEOUT_UNBOUND_WQ system_unbound_wq
#endif

/*
 * 7.3: the kernel's own threads, and with them init_task, have an empty root
 * (nullfs); that of the first process is kept apart.
 */
#ifdef scoped_with_init_fs
#define XEN_CARVEOUT_INIT_FS userspace_init_fs
#else
#define XEN_CARVEOUT_INIT_FS init_task.fs
#endif

#endif
