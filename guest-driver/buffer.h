/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef XEN_CARVEOUT_BUFFER_H
#define XEN_CARVEOUT_BUFFER_H

#include <linux/refcount.h>
#include <linux/types.h>
#include <linux/wait.h>

#include <xen/grant_table.h>

struct xen_carveout;

/*
 * Memory of this guest's own, out of which dom0 takes bytes (buffer.c).  Between
 * a put and the await that follows, its bytes are dom0's to read.
 */
struct xen_carveout_buffer {
	struct xen_carveout *c;
	u8 *bytes;
	u32 size;

	/* Its owner may leave while dom0 still has it. */
	refcount_t refs;
	wait_queue_head_t wait;
	bool asked; /* dom0 has not answered yet */
	int status; /* of the last answer */
	u64 offset; /* of the last put, and its bytes: */
	u32 putting;

	u32 *directory; /* lists a grant of each page */
	u32 granted;	/* that it has references for */
	grant_ref_t ref;
};

struct xen_carveout_buffer *xen_carveout_buffer_make(struct xen_carveout *c,
						     u32 size);
void xen_carveout_buffer_drop(struct xen_carveout_buffer *b);
int xen_carveout_buffer_put(struct xen_carveout_buffer *b, u32 epoch,
			    u64 offset, u32 bytes);
int xen_carveout_buffer_await(struct xen_carveout_buffer *b);

#endif
