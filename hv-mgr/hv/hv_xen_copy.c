// SPDX-License-Identifier: GPL-2.0-only
/*
 * Grant copies on a real Xen: whole pages between a buffer of ours and what a
 * domain has granted.
 *
 * By gntdev a buffer may be any memory, which it pins, and makes a hypercall of
 * each 16 pages.  Where dom0's kernel has xen-gntalloc, the buffer that matters
 * is made of pages that dom0 has granted to itself: Xen finds both ends by a
 * reference then, and one hypercall, made from here, copies 256 pages.
 */
#include "hv_xen.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "hv_buffer.h"

/* GNTDEV_COPY_BATCH in Linux' drivers/xen/gntdev.c */
#define GNTDEV_BATCH 16

/* ---- the buffer that is copied through most ---- */

static void close_shared(struct xen_shared *shared)
{
	if (shared->pages) {
		explicit_bzero(shared->pages, shared->count * HV_PAGE_SIZE);
		xengntshr_unshare(shared->gntshr, shared->pages, shared->count);
	}
	if (shared->gntshr)
		xengntshr_close(shared->gntshr);
	if (shared->ops)
		xencall_free_buffer(shared->xencall, shared->ops);
	if (shared->xencall)
		xencall_close(shared->xencall);
	free(shared->refs);
	*shared = (struct xen_shared){ 0 };
}

static bool open_shared(struct hv *hv, uint32_t count)
{
	struct xen_shared *shared = &hv->shared;

	shared->gntshr = xengntshr_open(hv->log, 0);
	shared->xencall = xencall_open(hv->log, 0);
	shared->refs = calloc(count, sizeof(*shared->refs));
	if (!shared->gntshr || !shared->xencall || !shared->refs)
		return false;
	shared->ops = xencall_alloc_buffer(
		shared->xencall, XEN_COPY_BATCH * sizeof(*shared->ops));
	shared->pages = xengntshr_share_pages(shared->gntshr, 0, (int)count,
					      shared->refs, 1);
	shared->count = count;
	return shared->ops && shared->pages;
}

/* Kernel pages: never on a disk, and no core dump has them (VM_DONTDUMP). */
void *hv_copy_buffer(struct hv *hv, size_t bytes)
{
	if (open_shared(hv, (uint32_t)(bytes / HV_PAGE_SIZE)))
		return hv->shared.pages;
	close_shared(&hv->shared);
	hv->buffer = hv_locked_alloc(bytes);
	hv->buffer_bytes = bytes;
	return hv->buffer;
}

void xen_copy_close(struct hv *hv)
{
	close_shared(&hv->shared);
	hv_locked_free(hv->buffer, hv->buffer_bytes);
}

/* Its first page's number in the shared buffer, if all of them are in that. */
static bool is_shared(const struct hv *hv, const uint8_t *buffer,
		      uint32_t count, uint32_t *first)
{
	const struct xen_shared *shared = &hv->shared;
	uintptr_t offset = (uintptr_t)buffer - (uintptr_t)shared->pages;

	*first = (uint32_t)(offset / HV_PAGE_SIZE);
	return shared->pages && offset % HV_PAGE_SIZE == 0 &&
	       offset / HV_PAGE_SIZE < shared->count &&
	       count <= shared->count - *first;
}

/* ---- by one hypercall ---- */

static int copy_by_refs(struct hv *hv, uint32_t count)
{
	struct gnttab_copy *ops = hv->shared.ops;
	int rc = xencall3(hv->shared.xencall, __HYPERVISOR_grant_table_op,
			  GNTTABOP_copy, (uint64_t)(uintptr_t)ops, count);

	xen_count(hv, 1);
	if (rc)
		return -EIO;
	for (uint32_t i = 0; i < count; i++)
		if (ops[i].status != GNTST_okay)
			return -EFAULT;
	return 0;
}

static void end_of_copy(struct gnttab_copy *op, bool is_source, hv_domid domid,
			uint32_t ref)
{
	if (is_source) {
		op->source.u.ref = ref;
		op->source.domid = domid;
	} else {
		op->dest.u.ref = ref;
		op->dest.domid = domid;
	}
}

/* A status that nobody wrote is an error's. */
static int copy_shared(struct hv *hv, const struct xen_copy *copy,
		       uint32_t first)
{
	for (uint32_t i = 0; i < copy->count; i++) {
		struct gnttab_copy *op = &hv->shared.ops[i];

		*op = (struct gnttab_copy){
			.len = HV_PAGE_SIZE,
			.flags = GNTCOPY_source_gref | GNTCOPY_dest_gref,
			.status = GNTST_general_error,
		};
		end_of_copy(op, !copy->to_domain, copy->domid, copy->refs[i]);
		end_of_copy(op, copy->to_domain, DOMID_SELF,
			    hv->shared.refs[first + i]);
	}
	return copy_by_refs(hv, copy->count);
}

/* ---- by gntdev ---- */

static xengnttab_grant_copy_segment_t segment(const struct xen_copy *copy,
					      uint32_t i)
{
	void *page = (uint8_t *)copy->buffer + i * HV_PAGE_SIZE;
	xengnttab_grant_copy_segment_t segment = {
		.len = HV_PAGE_SIZE,
		.status = GNTST_general_error,
	};

	if (copy->to_domain) {
		segment.source.virt = page;
		segment.dest.foreign.ref = copy->refs[i];
		segment.dest.foreign.domid = copy->domid;
		segment.flags = GNTCOPY_dest_gref;
	} else {
		segment.source.foreign.ref = copy->refs[i];
		segment.source.foreign.domid = copy->domid;
		segment.dest.virt = page;
		segment.flags = GNTCOPY_source_gref;
	}
	return segment;
}

/* The ioctl succeeds whatever became of the segments: each has a status. */
static int copy_pinned(struct hv *hv, const struct xen_copy *copy)
{
	xengnttab_grant_copy_segment_t segments[XEN_COPY_BATCH];
	int rc;

	for (uint32_t i = 0; i < copy->count; i++)
		segments[i] = segment(copy, i);
	rc = xengnttab_grant_copy(hv->gnttab, copy->count, segments);
	xen_count(hv, (copy->count + GNTDEV_BATCH - 1) / GNTDEV_BATCH);
	if (rc)
		return -EIO;
	for (uint32_t i = 0; i < copy->count; i++)
		if (segments[i].status != GNTST_okay)
			return -EFAULT;
	return 0;
}

int xen_copy(struct hv *hv, const struct xen_copy *copy)
{
	uint32_t first;

	if (is_shared(hv, copy->buffer, copy->count, &first))
		return copy_shared(hv, copy, first);
	return copy_pinned(hv, copy);
}

int hv_copy_granted(struct hv *hv, hv_domid domid, const uint32_t *refs,
		    uint32_t count, void *buffer)
{
	uint8_t *page = buffer;

	while (count) {
		const struct xen_copy copy = {
			.domid = domid,
			.refs = refs,
			.count = count < XEN_COPY_BATCH ? count :
							  XEN_COPY_BATCH,
			.buffer = page,
		};
		int rc = xen_copy(hv, &copy);

		if (rc)
			return rc;
		refs += copy.count;
		page += copy.count * HV_PAGE_SIZE;
		count -= copy.count;
	}
	return 0;
}
