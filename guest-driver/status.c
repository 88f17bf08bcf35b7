// SPDX-License-Identifier: GPL-2.0-only
/*
 * The carveout's state as the manager told it last: what readers of sysfs get,
 * who must neither wait for dom0 nor cost it anything.
 *
 * This state follows the answers in the order in which they come out of the
 * ring, which is the order in which the manager did things.  Of a change that
 * dom0 made an event tells, upon which the driver asks: one QUERY at a time,
 * however many events.  At each change a work item notifies `state` and sends a
 * uevent: both allocate memory, and answers must not wait for that.
 */
#include <linux/kobject.h>
#include <linux/slab.h>

#include "internal.h"
#include "queue.h"

/* The answer to our QUERY is dealt with, or none will come. */
static void status_asked(void *arg, int status,
			 const struct carveoutif_response *rsp)
{
	struct xen_carveout *c = arg;
	bool again;

	spin_lock(&c->lock);
	c->status.asking = false;
	again = rsp && c->status.stale;
	spin_unlock(&c->lock);
	if (again)
		xen_carveout_status_refresh(c);
}

/*
 * The state changed, perhaps, and not by an answer: ask.  Does not sleep.
 * Where the ring says -EBUSY its table of requests is full, so answers will
 * come; after the next one the question is asked again.
 */
void xen_carveout_status_refresh(struct xen_carveout *c)
{
	struct carveoutif_request req = { .op = CARVEOUTIF_OP_QUERY };
	bool ask;

	spin_lock(&c->lock);
	ask = !c->status.asking;
	c->status.asking = true;
	c->status.stale = !ask;
	spin_unlock(&c->lock);
	if (!ask || !xen_carveout_ring_send(
			    &c->ring, XEN_CARVEOUT_ANY_CONNECTION, &req,
			    status_asked, c, XEN_CARVEOUT_RING_RESERVE_ASK))
		return;
	spin_lock(&c->lock);
	c->status.asking = false;
	c->status.stale = true;
	spin_unlock(&c->lock);
}

/* What a request that succeeded says of the state.  False: nothing. */
static bool status_of_answer(const struct carveoutif_response *rsp,
			     struct carveoutif_state *state)
{
	switch (rsp->op) {
	case CARVEOUTIF_OP_OPEN:
	case CARVEOUTIF_OP_PUT:
		state->state = CARVEOUT_LOADING;
		return true;
	case CARVEOUTIF_OP_SEAL:
		state->state = CARVEOUT_SEALED;
		state->length = rsp->u.seal.length;
		memcpy(state->digest, rsp->u.seal.digest,
		       sizeof(state->digest));
		return true;
	case CARVEOUTIF_OP_RESET:
		state->state = CARVEOUT_EMPTY;
		return true;
	case CARVEOUTIF_OP_ABORT:
		state->state = CARVEOUT_FAILED;
		return true;
	case CARVEOUTIF_OP_QUERY:
		*state = rsp->u.query;
		return true;
	default:
		return false;
	}
}

/* True: the state is another one than before. */
static bool status_set(struct xen_carveout *c,
		       const struct carveoutif_state *state)
{
	struct xen_carveout_status *s = &c->status;
	bool same =
		s->told && s->state.state == state->state &&
		s->state.length == state->length &&
		!memcmp(s->state.digest, state->digest, sizeof(state->digest));

	lockdep_assert_held(&c->lock);
	s->told = true;
	s->state = *state;
	return !same;
}

/*
 * An answer came out of the ring.  A refusal may mean that dom0 changed the
 * state; not so -EBUSY and -ENOMEM, which pass by themselves.
 */
void xen_carveout_status_answer(struct xen_carveout *c,
				const struct carveoutif_response *rsp)
{
	struct carveoutif_state state = { 0 };
	bool changed = false, ask;

	spin_lock(&c->lock);
	if (!rsp->status && status_of_answer(rsp, &state))
		changed = status_set(c, &state);
	if (rsp->status && rsp->status != -EBUSY && rsp->status != -ENOMEM &&
	    rsp->op != CARVEOUTIF_OP_QUERY)
		c->status.stale = true;
	ask = c->status.stale && !c->status.asking;
	spin_unlock(&c->lock);
	if (changed)
		queue_work(xen_carveout_wq, &c->status.notify);
	if (ask)
		xen_carveout_status_refresh(c);
}

/* No manager is connected. */
void xen_carveout_status_disconnected(struct xen_carveout *c)
{
	bool changed;

	spin_lock(&c->lock);
	changed = c->status.told;
	c->status.told = false;
	c->status.stale = false;
	spin_unlock(&c->lock);
	if (changed)
		queue_work(xen_carveout_wq, &c->status.notify);
}

/*
 * False: no manager is connected, or it has not said yet; then the state is the
 * last one known, of the connection before.
 */
bool xen_carveout_status_get(struct xen_carveout *c,
			     struct carveoutif_state *state)
{
	bool told;

	spin_lock(&c->lock);
	told = c->status.told;
	*state = c->status.state;
	spin_unlock(&c->lock);
	return told;
}

/*
 * Wakes who polls the attribute, and tells udev.  There may be no sysfs node
 * (yet, any more); the lock keeps it while it is looked at.
 */
static void status_notify(struct work_struct *work)
{
	struct xen_carveout *c =
		container_of(work, struct xen_carveout, status.notify);

	mutex_lock(&c->publish_lock);
	if (c->published) {
		sysfs_notify(&c->dev.kobj, NULL, "state");
		kobject_uevent(&c->dev.kobj, KOBJ_CHANGE);
	}
	mutex_unlock(&c->publish_lock);
}

void xen_carveout_status_init(struct xen_carveout *c)
{
	INIT_WORK(&c->status.notify, status_notify);
}
