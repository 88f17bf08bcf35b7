// SPDX-License-Identifier: GPL-2.0-only
/*
 * Requests that need no window: QUERY, SEAL, RESET, ABORT.
 */
#include <linux/refcount.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "internal.h"

/* Shared by who asks and the ring's table: either may be done with it first. */
struct call {
	refcount_t refs;
	wait_queue_head_t wait;
	bool done;
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
	smp_store_release(&call->done, true);
	wake_up_all(&call->wait);
	call_put(call);
}

static int call_await(struct call *call, unsigned long timeout,
		      struct carveoutif_response *rsp)
{
	long left = carveout_wait(call->wait, smp_load_acquire(&call->done),
				  timeout);

	if (left < 0)
		return -EINTR;
	if (!left)
		return -ETIMEDOUT;
	*rsp = call->rsp;
	return call->status;
}

/*
 * Send, as soon as the table has an entry.  Those who only ask leave some, so
 * that they keep nobody from sealing, resetting or aborting.
 */
static int call_send(struct carveout *c, struct carveoutif_request *req,
		     struct call *call, unsigned long timeout)
{
	unsigned int reserve = req->op == CARVEOUTIF_OP_QUERY ?
				       CARVEOUT_RING_RESERVE_ASK :
				       CARVEOUT_RING_RESERVE;
	long left = timeout;
	int err;

	do {
		err = carveout_ring_send(c, CARVEOUT_ANY_CONNECTION, req,
					 call_answered, call, reserve);
		if (err != -EBUSY)
			return err;
		left = carveout_wait(c->ring.room,
				     carveout_ring_has_room(c, reserve), left);
	} while (left > 0);
	return left ? -EINTR : -ETIMEDOUT;
}

/* Ask and wait, killably.  A late answer to an abandoned call is dropped. */
static int carveout_ask(struct carveout *c, struct carveoutif_request *req,
			struct carveoutif_response *rsp, unsigned long timeout)
{
	struct call *call = kzalloc(sizeof(*call), GFP_KERNEL);
	int err;

	if (!call)
		return -ENOMEM;
	refcount_set(&call->refs, 2);
	init_waitqueue_head(&call->wait);
	err = call_send(c, req, call, timeout);
	if (err)
		call_put(call);
	else
		err = call_await(call, timeout, rsp);
	call_put(call);
	return err;
}

static void set_sealed(struct carveout *c, bool sealed)
{
	spin_lock(&c->lock);
	c->sealed = sealed;
	spin_unlock(&c->lock);
	carveout_state_changed(c);
}

int carveout_query(struct carveout *c, struct carveoutif_state *state)
{
	struct carveoutif_request req = { .op = CARVEOUTIF_OP_QUERY };
	struct carveoutif_response rsp;
	int err = carveout_ask(c, &req, &rsp, CARVEOUT_ANSWER_TIMEOUT);

	if (err)
		return err;
	*state = rsp.u.query;
	spin_lock(&c->lock);
	c->sealed = state->state == CARVEOUT_SEALED;
	spin_unlock(&c->lock);
	return 0;
}

/* Short waits for what passes by itself: 10, 20, .. 640 ms.  False: enough. */
bool carveout_backoff(unsigned int *delay_ms)
{
	*delay_ms = *delay_ms ? *delay_ms * 2 : 10;
	if (*delay_ms > 640 || fatal_signal_pending(current))
		return false;
	schedule_timeout_killable(msecs_to_jiffies(*delay_ms));
	return true;
}

/* -EBUSY: a window is still being taken over.  That ends. */
static int seal_patiently(struct carveout *c, struct carveoutif_request *req,
			  struct carveoutif_response *rsp)
{
	unsigned int delay = 0;
	int err;

	do
		err = carveout_ask(c, req, rsp, CARVEOUT_LONG_TIMEOUT);
	while (err == -EBUSY && carveout_backoff(&delay));
	return err;
}

int carveout_seal(struct carveout *c, u64 length, const u8 *expected,
		  u8 *digest)
{
	struct carveoutif_request req = { .op = CARVEOUTIF_OP_SEAL };
	struct carveoutif_response rsp;
	int err;

	BUILD_BUG_ON(CARVEOUT_DIGEST_SIZE != CARVEOUTIF_DIGEST_SIZE);
	req.u.seal.length = length;
	if (expected) {
		req.u.seal.flags = CARVEOUTIF_SEAL_HAS_DIGEST;
		memcpy(req.u.seal.digest, expected, CARVEOUT_DIGEST_SIZE);
	}
	err = seal_patiently(c, &req, &rsp);
	if (!err && rsp.u.seal.length != length)
		err = -EPROTO;
	if (err) {
		carveout_note_error(c, "seal", err);
		return err;
	}
	set_sealed(c, true);
	if (digest)
		memcpy(digest, rsp.u.seal.digest, CARVEOUT_DIGEST_SIZE);
	return 0;
}
EXPORT_SYMBOL_GPL(carveout_seal);

/*
 * RESET; the claim is the caller's.  The manager takes every window away
 * without a word when it answers, so all are let go of before, and none comes
 * up in between.
 */
int carveout_reset_claimed(struct carveout *c)
{
	struct carveoutif_request req = { .op = CARVEOUTIF_OP_RESET };
	struct carveoutif_response rsp;
	int err = -EBUSY;

	carveout_bar(c, CARVEOUT_BAR_RESET);
	carveout_begin_epoch(c);
	carveout_windows_revoke(c, -ECANCELED);
	if (carveout_windows_settle(c))
		err = carveout_ask(c, &req, &rsp, CARVEOUT_LONG_TIMEOUT);
	carveout_unbar(c, CARVEOUT_BAR_RESET);
	if (err)
		carveout_note_error(c, "reset", err);
	else
		set_sealed(c, false);
	return err;
}

static int reset_and_unclaim(struct carveout *c)
{
	int err = carveout_reset_claimed(c);

	carveout_unclaim(c);
	return err;
}

int carveout_reset(struct carveout *c)
{
	int err = carveout_claim_reset(c);

	return err ? err : reset_and_unclaim(c);
}
EXPORT_SYMBOL_GPL(carveout_reset);

/* RESET as the start of a write: nobody uses it, and somebody must not start. */
int carveout_reset_idle(struct carveout *c)
{
	int err = carveout_claim(c);

	return err ? err : reset_and_unclaim(c);
}

int carveout_abort(struct carveout *c)
{
	struct carveoutif_request req = { .op = CARVEOUTIF_OP_ABORT };
	struct carveoutif_response rsp;
	int err;

	err = carveout_ask(c, &req, &rsp, CARVEOUT_LONG_TIMEOUT);
	carveout_state_changed(c);
	return err;
}
