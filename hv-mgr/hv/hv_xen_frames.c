// SPDX-License-Identifier: GPL-2.0-only
/*
 * hv.h on a real Xen: guest frames, mappings of them, grant copies.
 *
 * File names in comments are of Xen's sources, 4.17 unless said otherwise.
 */
#include "hv_xen.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>

/* Frames in one hypercall. */
#define CHUNK 512u

static uint32_t least(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/* XENMEM_{populate_physmap,decrease_reservation}, not the _exact variants:
 * these give the number done. */
typedef int reservation_op(xc_interface *xc, uint32_t domid, xen_pfn_t *frames,
			   unsigned long count, unsigned int order);

static int populate_op(xc_interface *xc, uint32_t domid, xen_pfn_t *frames,
		       unsigned long count, unsigned int order)
{
	return xc_domain_populate_physmap(xc, domid, count, order, 0, frames);
}

static int strip_op(xc_interface *xc, uint32_t domid, xen_pfn_t *frames,
		    unsigned long count, unsigned int order)
{
	return xc_domain_decrease_reservation(xc, domid, count, order, frames);
}

static void list_frames(xen_pfn_t *frames, gfn_t gfn, uint32_t count,
			unsigned int order)
{
	for (uint32_t i = 0; i < count; i++)
		frames[i] = gfn.n + ((uint64_t)i << order);
}

static uint32_t in_chunks(struct hv *hv, hv_domid domid, gfn_t gfn,
			  uint32_t count, unsigned int order,
			  reservation_op *op)
{
	xen_pfn_t frames[CHUNK];
	uint32_t total = 0;

	while (total < count) {
		uint32_t want = least(count - total, CHUNK);
		int done;

		list_frames(frames, gfn_add(gfn, (uint64_t)total << order),
			    want, order);
		done = op(hv->xc, domid, frames, want, order);
		if (xen_result(hv, done))
			break;
		total += (uint32_t)done;
		if ((uint32_t)done < want)
			break;
	}
	return total;
}

uint32_t xen_populate(struct hv *hv, hv_domid domid, gfn_t gfn, uint32_t count,
		      unsigned int order)
{
	return in_chunks(hv, domid, gfn, count, order, populate_op);
}

/* Order 0: stripping 4 KiB out of a block would take a page-table page from
 * the guest's pool, which the guest can exhaust. */
uint32_t hv_populate(struct hv *hv, hv_domid domid, gfn_t gfn, uint32_t count)
{
	return in_chunks(hv, domid, gfn, count, 0, populate_op);
}

/* guest_remove_page() in common/memory.c: a page lives on while it has other
 * references, and is freed unscrubbed unless opt_scrub_domheap. */
uint32_t hv_strip(struct hv *hv, hv_domid domid, gfn_t gfn, uint32_t count)
{
	return in_chunks(hv, domid, gfn, count, 0, strip_op);
}

/*
 * Linux maps (drivers/xen/xlate_mmu.c) and unmaps foreign frames one hypercall
 * a page in a translated dom0, the holes among them too.  A PV dom0 maps 16
 * page-table entries a hypercall (arch/x86/xen/mmu_pv.c, REMAP_BATCH_SIZE) and
 * unmaps by writing page tables, which we do not count.
 */
static void count_map(struct hv *hv, uint64_t pages)
{
	xen_count(hv, hv->translated ? pages : (pages + 15) / 16);
}

static void count_unmap(struct hv *hv, uint64_t pages)
{
	xen_count(hv, hv->translated ? pages : 0);
}

int hv_map(struct hv *hv, hv_domid domid, gfn_t gfn, uint32_t count,
	   void **address)
{
	xen_pfn_t *frames;
	void *mapped;
	int rc;

	if (!count)
		return -EINVAL;
	frames = calloc(count, sizeof(*frames));
	if (!frames)
		return -ENOMEM;
	list_frames(frames, gfn, count, 0);
	errno = 0;
	/* No err[]: the library then unmaps all if one frame fails. */
	mapped = xenforeignmemory_map(hv->fmem, domid, PROT_READ | PROT_WRITE,
				      count, frames, NULL);
	rc = mapped ? 0 : errno ? -errno : -EIO;
	free(frames);
	count_map(hv, count);
	if (rc)
		return rc;
	*address = mapped;
	return 0;
}

void hv_unmap(struct hv *hv, void *address, uint32_t count)
{
	if (!address)
		return;
	xenforeignmemory_unmap(hv->fmem, address, count);
	count_unmap(hv, count);
}

int hv_cache_flush(struct hv *hv, hv_domid domid, gfn_t gfn, uint32_t count)
{
#if defined(__x86_64__) || defined(__i386__)
	(void)hv, (void)domid, (void)gfn, (void)count;
	return 0; /* and so says xc_domain_cacheflush(), with no hypercall */
#else
	return xen_result(hv,
			  xc_domain_cacheflush(hv->xc, domid, gfn.n, count));
#endif
}

/*
 * On both architectures a frame with no page of the domain's own in it fails
 * with -EINVAL: xenmem_add_to_physmap_one() in arch/arm/mm.c (also a frame
 * with a grant or MMIO mapping: not RAM), mod_l1_entry() in arch/x86/mm.c.
 * Linux puts that into err[] (privcmd.c, mmap_batch_fn()).  Anything else,
 * also that the domain is gone (-ESRCH), is not taken for a hole.
 */
static uint32_t leading_holes(struct hv *hv, hv_domid domid, gfn_t gfn,
			      uint32_t count)
{
	xen_pfn_t frames[CHUNK];
	int errors[CHUNK] = { 0 };
	uint32_t holes = 0;
	void *mapped;

	list_frames(frames, gfn, count, 0);
	mapped = xenforeignmemory_map(hv->fmem, domid, PROT_READ, count, frames,
				      errors);
	count_map(hv, count);
	if (!mapped)
		return 0;
	while (holes < count && errors[holes] == -EINVAL)
		holes++;
	hv_unmap(hv, mapped, count);
	return holes;
}

uint32_t hv_holes(struct hv *hv, hv_domid domid, gfn_t gfn, uint32_t count)
{
	uint32_t total = 0;

	while (total < count) {
		uint32_t want = least(count - total, CHUNK);
		uint32_t holes =
			leading_holes(hv, domid, gfn_add(gfn, total), want);

		total += holes;
		if (holes < want)
			break;
	}
	return total;
}

/* ---- grant copies ---- */
