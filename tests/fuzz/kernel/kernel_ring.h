/* SPDX-License-Identifier: GPL-2.0-only */
/* Xen's own copy of the header that Linux has its copy of. */
#ifndef FUZZ_KERNEL_RING_H
#define FUZZ_KERNEL_RING_H

#undef __XEN_INTERFACE_VERSION__
#define __XEN_INTERFACE_VERSION__ __XEN_LATEST_INTERFACE_VERSION__
#define xen_mb() ((void)0)
#define xen_rmb() ((void)0)
#define xen_wmb() ((void)0)
#include <xen/io/ring.h>

#define XEN_PAGE_SHIFT 12

#endif
