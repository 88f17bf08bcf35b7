/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernels that this module is for; any other is told why not, once, when it
 * is built.
 */
#ifndef XEN_CARVEOUT_SUPPORTED_H
#define XEN_CARVEOUT_SUPPORTED_H

#include <linux/version.h>

#include <asm/page.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 1, 0)
#error "carveouts need Linux 6.1 or later"
#endif

/*
 * Windows are mapped, granted and withdrawn by the page, and Xen's are of 4 KiB
 * on every architecture.
 */
#if PAGE_SHIFT != 12
#error "carveouts need a kernel with pages of 4 KiB, as Xen's are (arm64: CONFIG_ARM64_4K_PAGES)"
#endif

/* The protocol is little-endian, and so is every guest that Xen has. */
#ifdef __BIG_ENDIAN
#error "carveouts need a little-endian kernel (arm64: CONFIG_CPU_LITTLE_ENDIAN)"
#endif

/* Carveouts lie above 4 GiB, and genalloc's addresses are unsigned longs. */
#ifndef CONFIG_64BIT
#error "carveouts need a 64-bit kernel"
#endif

#endif
