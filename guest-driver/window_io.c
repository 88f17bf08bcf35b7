// SPDX-License-Identifier: GPL-2.0-only
/*
 * A window's bytes: the only place that knows of which memory it is made.
 *
 * Normal memory is mapped cacheable and copied to as any other.  Device memory
 * is so at stage 2, whatever is mapped here: an unaligned access or a DC ZVA,
 * which memcpy() and memset() make as they please, is an alignment fault.  So
 * all of it goes by memcpy_toio() and its kin, by way of struct iosys_map.
 *
 * The callers have checked offsets and lengths, and stand in an access bracket.
 */
#include <linux/io.h>
#include <linux/vmalloc.h>

#include "internal.h"
#include "window_io.h"

int xen_carveout_io_map(struct xen_carveout_win *w)
{
	const struct xen_carveout_limits *l = &w->c->limits;
	phys_addr_t at = l->base + w->offset;

	if (l->device_memory)
		iosys_map_set_vaddr_iomem(&w->map, ioremap(at, w->length));
	else
		iosys_map_set_vaddr(&w->map,
				    memremap(at, w->length, MEMREMAP_WB));
	return iosys_map_is_null(&w->map) ? -ENOMEM : 0;
}

/*
 * vm_unmap_aliases() makes the lazy unmap final: no TLB entry of ours may
 * outlive the CLOSE, or speculation could go where no memory is.
 */
void xen_carveout_io_unmap(struct xen_carveout_win *w)
{
	if (w->map.is_iomem)
		iounmap(w->map.vaddr_iomem);
	else
		memunmap(w->map.vaddr);
	vm_unmap_aliases();
	iosys_map_clear(&w->map);
}

/*
 * The end of a bracket: this processor's stores to Device memory are complete,
 * as its wmb() waits for them (arm64: dsb), before the CLOSE can be sent by
 * whichever processor.
 */
void xen_carveout_io_complete(struct xen_carveout_win *w)
{
	if (w->map.is_iomem)
		wmb(); /* before the CLOSE */
}

void xen_carveout_io_write(struct xen_carveout_win *w, u32 offset,
			   const void *from, size_t bytes)
{
	iosys_map_memcpy_to(&w->map, offset, from, bytes);
}

void xen_carveout_io_read(struct xen_carveout_win *w, u32 offset, void *to,
			  size_t bytes)
{
	iosys_map_memcpy_from(to, &w->map, offset, bytes);
}

void xen_carveout_io_zero(struct xen_carveout_win *w, u32 offset, size_t bytes)
{
	iosys_map_memset(&w->map, offset, 0, bytes);
}
