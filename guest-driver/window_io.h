/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef XEN_CARVEOUT_WINDOW_IO_H
#define XEN_CARVEOUT_WINDOW_IO_H

#include <linux/types.h>

struct xen_carveout_win;

int xen_carveout_io_map(struct xen_carveout_win *w);
void xen_carveout_io_unmap(struct xen_carveout_win *w);
void xen_carveout_io_complete(struct xen_carveout_win *w);
void xen_carveout_io_write(struct xen_carveout_win *w, u32 offset,
			   const void *from, size_t bytes);
void xen_carveout_io_read(struct xen_carveout_win *w, u32 offset, void *to,
			  size_t bytes);
void xen_carveout_io_zero(struct xen_carveout_win *w, u32 offset, size_t bytes);

#endif
