/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * hv_xen.h - what the hv_xen*.c share.  Only these include libxenctrl, whose
 * interface changes with every release of Xen.
 */
#ifndef HV_XEN_H
#define HV_XEN_H

#include "hv.h"

#include <xenctrl.h>
#include <xenforeignmemory.h>
#include <xengnttab.h>
#include <xentoollog.h>

struct hv {
	xentoollog_logger *log;
	xc_interface *xc;
	xenforeignmemory_handle *fmem;
	xengnttab_handle *gnttab;
	bool translated; /* dom0 has a p2m of its own: arm64, x86 PVH */
	uint64_t hypercalls;
};

/* Grant copies handed to the kernel at a time: a bound on stack use. */
#define XEN_COPY_BATCH 128u

/* To be told of hypercalls that were made: counts them. */
void xen_count(struct hv *hv, uint64_t hypercalls);

/* Counts a hypercall; the library's -1 and errno become -errno. */
int xen_result(struct hv *hv, int rc);

/* 0 if Xen copied every segment, or -EFAULT; -EIO if it never got to Xen. */
int xen_copy(struct hv *hv, xengnttab_grant_copy_segment_t *segments,
	     uint32_t count);

/* Page gfn of the domain to local memory, or local memory to it, by a ref. */
xengnttab_grant_copy_segment_t xen_copy_from(hv_domid domid, uint32_t ref,
					     void *page);
xengnttab_grant_copy_segment_t xen_copy_to(hv_domid domid, uint32_t ref,
					   const void *page);

/* populate_physmap of 2^order pages at each of count frames; how many. */
uint32_t xen_populate(struct hv *hv, hv_domid domid, gfn_t gfn, uint32_t count,
		      unsigned int order);

#endif
