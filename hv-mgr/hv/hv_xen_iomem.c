// SPDX-License-Identifier: GPL-2.0-only
/*
 * Host frames in guests, on a real Xen.
 *
 * File names in comments are of Xen's sources, 4.17 unless said otherwise.
 */
#include "hv_xen.h"

#include <errno.h>

/* do_domctl() in common/domctl.c takes no more of them on arm.  Asked for more,
 * xc_domain_memory_mapping() halves its way down anew each time. */
#define BATCH 64u

int hv_iomem_permit(struct hv *hv, hv_domid domid, mfn_t mfn, uint32_t count,
		    bool allow)
{
	return xen_result(hv, xc_domain_iomem_permission(hv->xc, domid, mfn.n,
							 count, allow));
}

/*
 * One xc_domain_memory_mapping().  It asks for the domain first, which may be
 * gone (-EINVAL, where the hypercall's failure is -1), and after an add that
 * failed removes the whole range.
 */
static bool change(struct hv *hv, hv_domid domid, gfn_t gfn, mfn_t mfn,
		   uint32_t count, uint32_t how)
{
	int rc = xc_domain_memory_mapping(hv->xc, domid, gfn.n, mfn.n, count,
					  how);

	xen_count(hv, rc == -EINVAL		    ? 1 :
		      rc && how == DPCI_ADD_MAPPING ? 4 :
						      2);
	return !rc;
}

/*
 * A batch that fails does not say how far it came, so it is done once more
 * frame by frame.  Both ways that is harmless: a mapping is replaced by itself,
 * and where one has been taken out is a hole, which counts as done.
 */
static uint32_t change_batch(struct hv *hv, hv_domid domid, gfn_t gfn,
			     mfn_t mfn, uint32_t count, uint32_t how)
{
	uint32_t done = 0;

	if (change(hv, domid, gfn, mfn, count, how))
		return count;
	while (done < count && change(hv, domid, gfn_add(gfn, done),
				      mfn_add(mfn, done), 1, how))
		done++;
	return done;
}

static uint32_t change_all(struct hv *hv, hv_domid domid, gfn_t gfn, mfn_t mfn,
			   uint32_t count, uint32_t how)
{
	uint32_t total = 0;

	while (total < count) {
		uint32_t want = count - total < BATCH ? count - total : BATCH;
		uint32_t done = change_batch(hv, domid, gfn_add(gfn, total),
					     mfn_add(mfn, total), want, how);

		total += done;
		if (done < want)
			break;
	}
	return total;
}

/* map_mmio_regions() in arch/arm/p2m.c: p2m_mmio_direct_dev.  64 frames make
 * no block, so that taking some of them out needs no page table. */
uint32_t hv_iomem_map(struct hv *hv, hv_domid domid, gfn_t gfn, mfn_t mfn,
		      uint32_t count)
{
	return change_all(hv, domid, gfn, mfn, count, DPCI_ADD_MAPPING);
}

/* unmap_mmio_regions(), p2m_remove_mapping() in arch/arm/p2m.c: looks at all of
 * a batch before it changes any of it. */
uint32_t hv_iomem_unmap(struct hv *hv, hv_domid domid, gfn_t gfn, mfn_t mfn,
			uint32_t count)
{
	return change_all(hv, domid, gfn, mfn, count, DPCI_REMOVE_MAPPING);
}
