/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * hv_xen.h - what the hv_xen*.c share.  Only these include libxenctrl, whose
 * interface changes with every release of Xen.
 */
#ifndef HV_XEN_H
#define HV_XEN_H

#include "hv.h"

#include <xencall.h>
#include <xenctrl.h>
#include <xenforeignmemory.h>
#include <xengnttab.h>
#include <xentoollog.h>

/* A buffer that dom0 has granted to itself (hv_xen_copy.c). */
struct xen_shared {
	xengntshr_handle *gntshr;
	xencall_handle *xencall;
	struct gnttab_copy *ops; /* XEN_COPY_BATCH, where Xen may read them */
	uint8_t *pages;		 /* NULL: there is none */
	uint32_t count;
	uint32_t *refs;
};

struct hv {
	xentoollog_logger *log;
	xc_interface *xc;
	xenforeignmemory_handle *fmem;
	xengnttab_handle *gnttab;
	bool translated; /* dom0 has a p2m of its own: arm64, x86 PVH */
	uint64_t hypercalls;
	struct xen_shared shared;
	void *buffer; /* in its place; NULL: none */
	size_t buffer_bytes;
};

/* Grant copies made at a time: a bound on stack use, and on a hypercall. */
#define XEN_COPY_BATCH 256u

/* To be told of hypercalls that were made: counts them. */
void xen_count(struct hv *hv, uint64_t hypercalls);

/* Counts a hypercall; the library's -1 and errno become -errno. */
int xen_result(struct hv *hv, int rc);

/* Whole pages that a domain granted, into a buffer or out of it. */
struct xen_copy {
	hv_domid domid;
	const uint32_t *refs;
	uint32_t count; /* XEN_COPY_BATCH at most */
	void *buffer;	/* only read if to_domain */
	bool to_domain;
};

/* 0 if Xen copied every page, or -EFAULT; -EIO if it never got to Xen. */
int xen_copy(struct hv *hv, const struct xen_copy *copy);
/* What hv_copy_buffer() made; fine if nothing. */
void xen_copy_close(struct hv *hv);

/* populate_physmap of 2^order pages at each of count frames; how many. */
uint32_t xen_populate(struct hv *hv, hv_domid domid, gfn_t gfn, uint32_t count,
		      unsigned int order);

#endif
