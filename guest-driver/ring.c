// SPDX-License-Identifier: GPL-2.0-only
/*
 * The shared page: requests out, answers and events in.
 *
 * Every answer is copied once and matched against the table of what was asked;
 * any that matches nothing ends the connection.  Since the back end can make
 * no more answers than there were requests, it cannot keep us busy either; and
 * the event channel stays masked until the work is done (lateeoi).
 */
#include <linux/interrupt.h>
#include <linux/slab.h>

#include <xen/events.h>

#include "queue.h"
#include "ring.h"

static_assert(!(XEN_CARVEOUT_RING_ENTRIES & (XEN_CARVEOUT_RING_ENTRIES - 1)));
static_assert(XEN_CARVEOUT_RING_RESERVE < XEN_CARVEOUT_RING_RESERVE_ASK);
static_assert(XEN_CARVEOUT_RING_RESERVE_ASK < XEN_CARVEOUT_RING_ENTRIES);

static struct carveoutif_events *ring_events(struct xen_carveout_ring *r)
{
	return r->page + CARVEOUTIF_EVENTS_OFFSET;
}

/* There is a free entry. */
static void ring_push(struct xen_carveout_ring *r,
		      struct carveoutif_request *req,
		      xen_carveout_answer_fn answer, void *arg)
{
	unsigned int index =
		find_first_zero_bit(r->busy, XEN_CARVEOUT_RING_ENTRIES);
	int notify;

	lockdep_assert_held(&r->lock);
	req->id = r->generation++ * XEN_CARVEOUT_RING_ENTRIES + index;
	__set_bit(index, r->busy);
	r->pending[index] = (struct xen_carveout_pending){
		.answer = answer,
		.arg = arg,
		.id = req->id,
		.op = req->op,
	};
	*RING_GET_REQUEST(&r->front, r->front.req_prod_pvt) = *req;
	r->front.req_prod_pvt++;
	RING_PUSH_REQUESTS_AND_CHECK_NOTIFY(&r->front, notify);
	r->requests++;
	if (notify) {
		r->notifies++;
		notify_remote_via_irq(r->irq);
	}
}

static bool ring_has_room(const struct xen_carveout_ring *r,
			  unsigned int reserve)
{
	lockdep_assert_held(&r->lock);
	return bitmap_weight(r->busy, XEN_CARVEOUT_RING_ENTRIES) + reserve <
	       XEN_CARVEOUT_RING_ENTRIES;
}

/* For who waits on ring.room: is it worth another try, or is the ring down? */
bool xen_carveout_ring_has_room(struct xen_carveout_ring *r,
				unsigned int reserve)
{
	bool yes;

	spin_lock(&r->lock);
	yes = !r->up || ring_has_room(r, reserve);
	spin_unlock(&r->lock);
	return yes;
}

/*
 * Send a request; the answer's handler may run before this returns.  `reserve`
 * entries are left for others.  On error the handler is not called: -EPIPE,
 * there is no connection, or it is not the one that the request is for;
 * -EBUSY, no entry is free.  Does not sleep.
 */
int xen_carveout_ring_send(struct xen_carveout_ring *r, u64 connection,
			   struct carveoutif_request *req,
			   xen_carveout_answer_fn answer, void *arg,
			   unsigned int reserve)
{
	int err = 0;

	spin_lock(&r->lock);
	if (!r->up || (connection && connection != r->connection))
		err = -EPIPE;
	else if (!ring_has_room(r, reserve))
		err = -EBUSY;
	else
		ring_push(r, req, answer, arg);
	spin_unlock(&r->lock);
	return err;
}

/* Forget the entry; a copy says whom to tell. */
static struct xen_carveout_pending ring_forget(struct xen_carveout_ring *r,
					       unsigned int index)
{
	lockdep_assert_held(&r->lock);
	__clear_bit(index, r->busy);
	wake_up_all(&r->room);
	return r->pending[index];
}

/*
 * What follows the fields of an answer to each operation is reserved; QUERY's
 * answer has some in its midst.
 */
static bool ring_reserved_zero(const struct carveoutif_response *rsp)
{
	static const u8 fields[] = {
		[CARVEOUTIF_OP_OPEN] =
			offsetof(struct carveoutif_opened, reserved),
		[CARVEOUTIF_OP_CLOSE] =
			offsetof(struct carveoutif_closed, reserved),
		[CARVEOUTIF_OP_SEAL] =
			offsetof(struct carveoutif_sealed, reserved),
		[CARVEOUTIF_OP_QUERY] = sizeof(struct carveoutif_state),
		[CARVEOUTIF_OP_PUT] =
			offsetof(struct carveoutif_closed, reserved),
	};
	const struct carveoutif_state *state = &rsp->u.query;
	size_t used = rsp->op < ARRAY_SIZE(fields) ? fields[rsp->op] : 0;

	if (rsp->reserved)
		return false;
	if (rsp->op == CARVEOUTIF_OP_QUERY &&
	    memchr_inv(state->reserved, 0, sizeof(state->reserved)))
		return false;
	return !memchr_inv(rsp->u.none + used, 0, sizeof(rsp->u.none) - used);
}

/* Does the answer belong to what was asked? */
static bool ring_matches(struct xen_carveout_ring *r,
			 const struct carveoutif_response *rsp)
{
	unsigned int index = rsp->id % XEN_CARVEOUT_RING_ENTRIES;

	lockdep_assert_held(&r->lock);
	return test_bit(index, r->busy) && r->pending[index].id == rsp->id &&
	       r->pending[index].op == rsp->op && ring_reserved_zero(rsp) &&
	       rsp->status <= 0 && rsp->status >= -MAX_ERRNO;
}

/*
 * Copy the next answer.  1: there is one; 0: there is none;
 * -EIO: the back end broke the protocol.
 */
static int ring_take(struct xen_carveout_ring *r,
		     struct carveoutif_response *rsp)
{
	u32 waiting = READ_ONCE(r->front.sring->rsp_prod) - r->front.rsp_cons;

	lockdep_assert_held(&r->lock);
	if (!waiting)
		return 0;
	if (waiting > r->front.req_prod_pvt - r->front.rsp_cons)
		return -EIO;
	virt_rmb(); /* the index before what it announces */
	RING_COPY_RESPONSE(&r->front, r->front.rsp_cons, rsp);
	r->front.rsp_cons++;
	return ring_matches(r, rsp) ? 1 : -EIO;
}

/* Handle one answer; values as of ring_take(). */
static int ring_answer(struct xen_carveout_ring *r)
{
	struct carveoutif_response rsp;
	struct xen_carveout_pending p;
	int more = 0;

	spin_lock(&r->lock);
	if (r->up)
		more = ring_take(r, &rsp);
	if (more > 0)
		p = ring_forget(r, rsp.id % XEN_CARVEOUT_RING_ENTRIES);
	spin_unlock(&r->lock);
	if (more <= 0)
		return more;
	r->ops->answered(r, &rsp);
	p.answer(p.arg, rsp.status, &rsp);
	return more;
}

/*
 * Handle the events.  An index that jumped by more than there is room for
 * costs the back end its events, nothing else: nothing depends on them.
 * Returns whether there was one.
 */
static bool ring_take_events(struct xen_carveout_ring *r)
{
	struct carveoutif_events *events = ring_events(r);
	u32 prod = READ_ONCE(events->prod);
	bool any = prod != r->event_cons;
	struct carveoutif_event e;

	if (prod - r->event_cons > CARVEOUTIF_EVENTS)
		r->event_cons = prod;
	virt_rmb(); /* the index before what it announces */
	while (r->event_cons != prod) {
		e = *(volatile struct carveoutif_event *)&events
			     ->event[r->event_cons % CARVEOUTIF_EVENTS];
		r->event_cons++;
		r->ops->event(r, &e);
	}
	virt_mb(); /* the events read before the room is given back */
	WRITE_ONCE(events->cons, r->event_cons);
	return any;
}

/*
 * Ask to be told of the next answer.  True: one came in meanwhile.
 */
static bool ring_rearm(struct xen_carveout_ring *r)
{
	int more = 0;

	spin_lock(&r->lock);
	if (r->up)
		RING_FINAL_CHECK_FOR_RESPONSES(&r->front, more);
	spin_unlock(&r->lock);
	return more;
}

/*
 * Answers first, then events: the event that withdraws a window was written
 * after the answer that opened it.  An interrupt that brought neither is told
 * as such: Linux then serves a back end that storms us at a lower rate.
 */
static void ring_work(struct work_struct *work)
{
	struct xen_carveout_ring *r =
		container_of(work, struct xen_carveout_ring, work);
	bool any = false;
	int more;

	do {
		/* A back end that plays with its index costs no lockup. */
		cond_resched();
		while ((more = ring_answer(r)) > 0)
			any = true;
	} while (!more && ring_rearm(r));
	if (more < 0)
		r->ops->broken(r);
	else
		any |= ring_take_events(r);
	xen_irq_lateeoi(r->irq, any ? 0 : XEN_EOI_FLAG_SPURIOUS);
}

static irqreturn_t ring_interrupt(int irq, void *dev_id)
{
	struct xen_carveout_ring *r = dev_id;

	queue_work(xen_carveout_wq, &r->work);
	return IRQ_HANDLED;
}

void xen_carveout_ring_init(struct xen_carveout_ring *r)
{
	spin_lock_init(&r->lock);
	init_waitqueue_head(&r->room);
	INIT_WORK(&r->work, ring_work);
	r->ref = INVALID_GRANT_REF;
}

static int ring_bind(struct xen_carveout_ring *r, struct xenbus_device *xbdev)
{
	int irq, err;

	err = xenbus_alloc_evtchn(xbdev, &r->port);
	if (err)
		return err;
	irq = bind_evtchn_to_irqhandler_lateeoi(r->port, ring_interrupt, 0,
						"xen-carveout", r);
	if (irq < 0) {
		xenbus_free_evtchn(xbdev, r->port);
		return irq;
	}
	r->irq = irq;
	return 0;
}

/* Page, grant and event channel; nothing is sent before xen_carveout_ring_up().
 */
int xen_carveout_ring_setup(struct xen_carveout_ring *r,
			    struct xenbus_device *xbdev,
			    const struct xen_carveout_ring_ops *ops)
{
	struct carveoutif_sring *sring;
	int err;

	r->ops = ops;
	err = xenbus_setup_ring(xbdev, GFP_KERNEL, &r->page, 1, &r->ref);
	if (err)
		return err;
	sring = r->page;
	XEN_FRONT_RING_INIT(&r->front, sring, CARVEOUTIF_RING_BYTES);
	r->event_cons = 0;
	err = ring_bind(r, xbdev);
	if (err)
		xenbus_teardown_ring(&r->page, 1, &r->ref);
	return err;
}

void xen_carveout_ring_up(struct xen_carveout_ring *r)
{
	spin_lock(&r->lock);
	r->up = true;
	r->connection++;
	spin_unlock(&r->lock);
	/* What the back end wrote before this was left lying. */
	queue_work(xen_carveout_wq, &r->work);
}

u64 xen_carveout_ring_connection(struct xen_carveout_ring *r)
{
	u64 connection;

	spin_lock(&r->lock);
	connection = r->connection;
	spin_unlock(&r->lock);
	return connection;
}

/* From here on nothing is sent and no answer is taken. */
void xen_carveout_ring_down(struct xen_carveout_ring *r)
{
	spin_lock(&r->lock);
	r->up = false;
	wake_up_all(&r->room);
	spin_unlock(&r->lock);
}

/*
 * Nothing of this ring runs any more when this returns.  The interrupt goes
 * first, so that it does not queue the work again; it is unbound last, so that
 * the work's lateeoi finds the irq that it belongs to.
 */
void xen_carveout_ring_quiesce(struct xen_carveout_ring *r)
{
	if (!r->page)
		return;
	disable_irq(r->irq);
	cancel_work_sync(&r->work);
}

/* The ring is down: tell whoever waits for an answer that none will come. */
void xen_carveout_ring_fail(struct xen_carveout_ring *r, int error)
{
	struct xen_carveout_pending p;
	unsigned int index;

	for (;;) {
		spin_lock(&r->lock);
		index = find_first_bit(r->busy, XEN_CARVEOUT_RING_ENTRIES);
		if (index < XEN_CARVEOUT_RING_ENTRIES)
			p = ring_forget(r, index);
		spin_unlock(&r->lock);
		if (index >= XEN_CARVEOUT_RING_ENTRIES)
			return;
		p.answer(p.arg, error, NULL);
	}
}

/* After xen_carveout_ring_quiesce(). */
void xen_carveout_ring_teardown(struct xen_carveout_ring *r)
{
	if (!r->page)
		return;
	unbind_from_irqhandler(r->irq, r);
	xenbus_teardown_ring(&r->page, 1, &r->ref);
}
