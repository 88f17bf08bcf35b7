// SPDX-License-Identifier: GPL-2.0-only
/*
 * Requests that need no window: QUERY, SEAL, RESET, ABORT.
 */
#include <linux/refcount.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "buffer.h"
#include "claim.h"
#include "compat.h"
#include "control.h"
#include "internal.h"
#include "patience.h"
#include "report.h"

/* Shared by who asks and the ring's table: either may be done with it first. */
struct call {
	refcount_t refs;
	wait_queue_head_t wait;
	bool done; /* the rest is set */
	int status;
	struct carveoutif_response rsp;
};

static void call_put(struct call *call)
{
	if (refcount_dec_and_test(&call->refs))
		kfree(call);
}

static void call_answered(void *arg, int status,
			  const struct carveoutif_response *rsp)
{
	struct call *call = arg;

	call->status = status;
	if (rsp)
		call->rsp = *rsp;
	/* Who sees it in call_await() sees the rest, too. */
	smp_store_release(&call->done, true);
	wake_up_all(&call->wait);
	call_put(call);
}

/* The rest is read after this: call_answered() wrote it before. */
static bool call_is_done(struct call *call)
{
	return smp_load_acquire(&call->done); /* as said */
}

/*
 * A SEAL or a RESET of gigabytes takes its time, and the manager takes nothing
 * else of this carveout's meanwhile, so that nobody could be asked how far it
 * is.  The manager answers when it is done, also after it was restarted; if the
 * connection ends, the ring answers.  So a patient caller waits for that.
 */
static int call_await(struct xen_carveout *c, struct call *call, bool patient,
		      struct carveoutif_response *rsp)
{
	long left;

	do {
		left = xen_carveout_wait(call->wait, call_is_done(call),
					 XEN_CARVEOUT_ANSWER_TIMEOUT);
		if (!left && patient)
			dev_notice(
				&c->dev,
				"dom0 has not sealed or scrubbed it yet: waiting (does hv-mgr run?)\n");
	} while (!left && patient);
	if (left < 0)
		return -EINTR;
	if (!left)
		return -ETIMEDOUT;
	*rsp = call->rsp;
	return call->status;
}

/*
 * Send the request as soon as the table has an entry for it.  A QUERY leaves
 * some, so that readers keep nobody from sealing, resetting or aborting.
 */
static int call_send(struct xen_carveout *c, struct carveoutif_request *req,
		     struct call *call)
{
	unsigned int reserve = req->op == CARVEOUTIF_OP_QUERY ?
				       XEN_CARVEOUT_RING_RESERVE_ASK :
				       XEN_CARVEOUT_RING_RESERVE;
	long left = XEN_CARVEOUT_ANSWER_TIMEOUT;
	int err;

	do {
		err = xen_carveout_ring_send(&c->ring,
					     XEN_CARVEOUT_ANY_CONNECTION, req,
					     call_answered, call, reserve);
		if (err != -EBUSY)
			return err;
		left = xen_carveout_wait(
			c->ring.room,
			xen_carveout_ring_has_room(&c->ring, reserve), left);
	} while (left > 0);
	return left ? -EINTR : -ETIMEDOUT;
}

/* Ask and wait, killably.  A late answer to an abandoned call is dropped. */
static int xen_carveout_ask(struct xen_carveout *c,
			    struct carveoutif_request *req,
			    struct carveoutif_response *rsp, bool patient)
{
	struct call *call = kzalloc(sizeof(*call), GFP_KERNEL);
	int err;

	if (!call)
		return -ENOMEM;
	refcount_set(&call->refs, 2);
	init_waitqueue_head(&call->wait);
	err = call_send(c, req, call);
	if (err)
		call_put(call);
	else
		err = call_await(c, call, patient, rsp);
	call_put(call);
	return err;
}

int xen_carveout_query(struct xen_carveout *c, struct carveoutif_state *state)
{
	struct carveoutif_request req = { .op = CARVEOUTIF_OP_QUERY };
	struct carveoutif_response rsp;
	int err = xen_carveout_ask(c, &req, &rsp, false);

	if (!err)
		*state = rsp.u.query;
	return err;
}

/* -EBUSY: a window is still being taken over. */
static int seal_patiently(struct xen_carveout *c,
			  struct carveoutif_request *req,
			  struct carveoutif_response *rsp)
{
	unsigned int waited = 0;
	int err;

	do
		err = xen_carveout_ask(c, req, rsp, true);
	while (err == -EBUSY && xen_carveout_backoff(&waited));
	return err;
}

static int seal(struct xen_carveout *c, struct carveoutif_request *req,
		struct carveoutif_response *rsp)
{
	int err = seal_patiently(c, req, rsp);

	if (!err && rsp->u.seal.length != req->u.seal.length)
		err = -EPROTO;
	if (err)
		xen_carveout_note_error(c, "seal", err);
	return err;
}

int xen_carveout_seal(struct xen_carveout *c, u64 length, const u8 *expected,
		      u8 *digest)
{
	struct carveoutif_request req = { .op = CARVEOUTIF_OP_SEAL };
	struct carveoutif_response rsp;
	int err;

	BUILD_BUG_ON(XEN_CARVEOUT_DIGEST_SIZE != CARVEOUTIF_DIGEST_SIZE);
	req.u.seal.length = length;
	if (expected) {
		req.u.seal.flags = CARVEOUTIF_SEAL_HAS_DIGEST;
		memcpy(req.u.seal.digest, expected, XEN_CARVEOUT_DIGEST_SIZE);
	}
	err = seal(c, &req, &rsp);
	if (!err && digest)
		memcpy(digest, rsp.u.seal.digest, XEN_CARVEOUT_DIGEST_SIZE);
	return err;
}
EXPORT_SYMBOL_NS_GPL(xen_carveout_seal, XEN_CARVEOUT_NS);

/* With what dom0 judges it by; bytes 0: there is nothing. */
int xen_carveout_seal_with(struct xen_carveout *c, u64 length,
			   const struct xen_carveout_buffer *evidence,
			   u32 bytes)
{
	struct carveoutif_request req = { .op = CARVEOUTIF_OP_SEAL };
	struct carveoutif_response rsp;

	req.u.seal.length = length;
	if (bytes) {
		req.u.seal.evidence = bytes;
		req.u.seal.directory = evidence->ref;
	}
	return seal(c, &req, &rsp);
}

/*
 * RESET; the claim is the caller's.  The manager takes every window away without
 * a word before it answers, so all windows are unmapped before it is asked, and
 * the bar keeps new ones away until it has answered.
 */
int xen_carveout_reset_claimed(struct xen_carveout *c)
{
	struct carveoutif_request req = { .op = CARVEOUTIF_OP_RESET };
	struct carveoutif_response rsp;
	int err = -EBUSY;

	xen_carveout_bar(c, XEN_CARVEOUT_BAR_RESET);
	xen_carveout_begin_epoch(c);
	xen_carveout_windows_revoke(c, -ECANCELED);
	if (xen_carveout_windows_await_unmapped(c))
		err = xen_carveout_ask(c, &req, &rsp, true);
	xen_carveout_unbar(c, XEN_CARVEOUT_BAR_RESET);
	if (err)
		xen_carveout_note_error(c, "reset", err);
	return err;
}

static int reset_and_unclaim(struct xen_carveout *c)
{
	int err = xen_carveout_reset_claimed(c);

	xen_carveout_unclaim(c);
	return err;
}

int xen_carveout_reset(struct xen_carveout *c)
{
	int err = xen_carveout_claim_reset(c);

	return err ? err : reset_and_unclaim(c);
}
EXPORT_SYMBOL_NS_GPL(xen_carveout_reset, XEN_CARVEOUT_NS);

/* RESET, where no stream and no driver uses the carveout, and none may begin. */
int xen_carveout_reset_idle(struct xen_carveout *c)
{
	int err = xen_carveout_claim(c);

	return err ? err : reset_and_unclaim(c);
}

/*
 * The load failed: have the carveout scrubbed now.  A writer that is killed does
 * not wait for the scrub, which is done all the same; so it is when the
 * connection ends.  Where dom0 refuses (-EPERM: it has sealed the carveout;
 * -EBUSY: it loads it), the content is not this load's any more.
 */
void xen_carveout_abort(struct xen_carveout *c)
{
	struct carveoutif_request req = { .op = CARVEOUTIF_OP_ABORT };
	struct carveoutif_response rsp;
	int err = xen_carveout_ask(c, &req, &rsp, true);

	switch (err) {
	case 0:
	case -EINTR:
	case -EPIPE:
	case -EPERM:
	case -EBUSY:
		return;
	}
	dev_warn(
		&c->dev,
		"a failed load could not be ended (%d): what there is of it stays until the next one, or a reset\n",
		err);
	xen_carveout_note_error(c, "abort", err);
}
