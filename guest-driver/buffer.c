// SPDX-License-Identifier: GPL-2.0-only
/*
 * Buffers: bytes that go to dom0 without a window (PUT).
 *
 * Their pages are granted, read-only, as long as the buffer is there: nothing is
 * granted or ended for each piece.  dom0 copies from them between a put and its
 * answer; so a buffer lives until then, whoever has left meanwhile, and what is
 * in it is not changed.  The answer, or the end of the connection, always comes.
 *
 * Nothing here can be taken away, and nothing needs an access bracket: what a
 * revoke ends is the load, of which the next put hears.
 */
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include <xen/page.h>

#include "buffer.h"
#include "claim.h"
#include "internal.h"
#include "patience.h"

/* Making and unmaking ------------------------------------------------------ */

static struct page *buffer_page(const struct xen_carveout_buffer *b, u32 n)
{
	return vmalloc_to_page(b->bytes + n * PAGE_SIZE);
}

/* Ends a grant.  Should dom0 still copy, Linux keeps the page until it is done. */
static void end_grant(grant_ref_t ref, struct page *page)
{
	get_page(page);
	gnttab_end_foreign_access(ref, page);
}

static void buffer_free(struct xen_carveout_buffer *b)
{
	u32 i;

	if (b->ref != INVALID_GRANT_REF)
		end_grant(b->ref, virt_to_page(b->directory));
	for (i = 0; i < b->granted; i++)
		end_grant(b->directory[i], buffer_page(b, i));
	free_page((unsigned long)b->directory);
	kvfree_sensitive(b->bytes, b->size);
	kfree(b);
}

/* Its owner leaves, or dom0 has answered: the other may have it yet. */
void xen_carveout_buffer_drop(struct xen_carveout_buffer *b)
{
	if (refcount_dec_and_test(&b->refs))
		buffer_free(b);
}

static int buffer_grant(struct xen_carveout_buffer *b)
{
	int err = xen_carveout_grants_claim(b->directory, b->size / PAGE_SIZE,
					    &b->granted);
	u32 i;

	if (err)
		return err;
	for (i = 0; i < b->granted; i++)
		gnttab_grant_foreign_access_ref(
			b->directory[i], b->c->otherend,
			xen_page_to_gfn(buffer_page(b, i)), 1);
	err = gnttab_grant_foreign_access(
		b->c->otherend, xen_page_to_gfn(virt_to_page(b->directory)), 1);
	if (err < 0)
		return err;
	b->ref = err;
	return 0;
}

/*
 * `size`: a multiple of the page's, window-max at most.  No process is killed
 * for it: who is short of memory asks for less.
 */
static int buffer_fill_in(struct xen_carveout_buffer *b, u32 size)
{
	b->size = size;
	b->directory = (u32 *)get_zeroed_page(GFP_KERNEL);
	b->bytes = __vmalloc(size, GFP_KERNEL | __GFP_NORETRY | __GFP_NOWARN);
	return b->directory && b->bytes ? buffer_grant(b) : -ENOMEM;
}

struct xen_carveout_buffer *xen_carveout_buffer_make(struct xen_carveout *c,
						     u32 size)
{
	struct xen_carveout_buffer *b = kzalloc(sizeof(*b), GFP_KERNEL);
	int err;

	if (!b)
		return ERR_PTR(-ENOMEM);
	b->c = c;
	b->ref = INVALID_GRANT_REF;
	refcount_set(&b->refs, 1);
	init_waitqueue_head(&b->wait);
	err = buffer_fill_in(b, size);
	if (err) {
		buffer_free(b);
		return ERR_PTR(err);
	}
	return b;
}

/* Putting ------------------------------------------------------------------ */

static void buffer_answered(void *arg, int status,
			    const struct carveoutif_response *rsp)
{
	struct xen_carveout_buffer *b = arg;

	if (!status && rsp->u.close.committed != b->putting)
		status = -EPROTO;
	b->status = status;
	/* Who sees it in buffer_is_back() sees the status, too. */
	smp_store_release(&b->asked, false);
	wake_up_all(&b->wait);
	xen_carveout_buffer_drop(b);
}

/* The status is read after this: buffer_answered() wrote it before. */
static bool buffer_is_back(struct xen_carveout_buffer *b)
{
	return !smp_load_acquire(&b->asked); /* as said */
}

/*
 * Whoever makes the carveout EMPTY puts up a bar and begins an epoch, under the
 * same lock, before it asks dom0: so a put is refused here, or comes before.
 */
static int send_in_epoch(struct xen_carveout_buffer *b, u32 epoch,
			 struct carveoutif_request *req)
{
	struct xen_carveout *c = b->c;
	int err;

	spin_lock(&c->lock);
	err = xen_carveout_barred(c);
	if (!err && epoch != c->epoch)
		err = -ECANCELED;
	if (!err)
		err = xen_carveout_ring_send(&c->ring,
					     XEN_CARVEOUT_ANY_CONNECTION, req,
					     buffer_answered, b, 0);
	spin_unlock(&c->lock);
	return err;
}

/*
 * The first `bytes` of the buffer become content at `offset`;
 * xen_carveout_buffer_await() tells what came of it.  On an error nothing was
 * sent.  -ECANCELED: the epoch is no longer the caller's.
 */
int xen_carveout_buffer_put(struct xen_carveout_buffer *b, u32 epoch,
			    u64 offset, u32 bytes)
{
	struct carveoutif_request req = { .op = CARVEOUTIF_OP_PUT };
	int err;

	req.u.put.offset = offset;
	req.u.put.length = bytes;
	req.u.put.directory = b->ref;
	b->offset = offset;
	b->putting = bytes;
	b->asked = true;
	refcount_inc(&b->refs);
	err = send_in_epoch(b, epoch, &req);
	if (err) {
		b->asked = false;
		xen_carveout_buffer_drop(b);
	}
	return err;
}

/* Wait until dom0 has taken what was put, if anything was. */
int xen_carveout_buffer_await(struct xen_carveout_buffer *b)
{
	long left = xen_carveout_wait(b->wait, buffer_is_back(b),
				      XEN_CARVEOUT_ANSWER_TIMEOUT);

	if (left < 0)
		return -EINTR;
	return left ? b->status : -ETIMEDOUT;
}
