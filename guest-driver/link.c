// SPDX-License-Identifier: GPL-2.0-only
/*
 * The connection: how it is made, and how it ends.
 *
 * What happens to it happens under link_lock: mostly in the xenwatch thread; in
 * others for remove, shutdown, and whatever follows a suspend.  Only
 * link_broken() comes from the ring's work, which those wait for.  Nothing
 * under this lock waits for an answer on the ring: the xenwatch thread serves
 * every Xen device of the guest.  For the same reason memory is allocated
 * without I/O there: the disk that reclaim would write to may be the one that
 * waits to be connected.
 *
 *   who ends it               what is called       users hear    state after
 *   the back end closes, or   closed()             -EPIPE        Closed, then
 * it its nodes are gone                                         is approached
 *   a new back end that says  backend_is()         -EPIPE        Initialised,
 * and InitWait                                                   connected anew
 *   it breaks the protocol    link_broken()        -EIO          Closing, until
 *                                                                it closes, too
 *   making one fails          carveout_link_make() (nobody yet)  Closed for a
 *                                                                while
 *   detached, or the module   carveout_remove()    -ENODEV       Closing;
 * xenbus is unloaded                                                writes
 * Closed power-off, reboot, kexec  carveout_shutdown()  -ESHUTDOWN    as it
 * was; then xenbus' business the guest was restored,   carveout_resume() -EPIPE
 * Initialising, or or slept Closing it was restored, and its  awake() -EPIPE
 * none, until it is back end is not there bound anew
 *
 * A guest that is saved (carveout_suspend()) gives its windows up (-ECANCELED),
 * not the connection.
 */
#include <linux/sched/mm.h>

#include <xen/xenbus.h>

#include "internal.h"
#include "link.h"
#include "nodes.h"
#include "report.h"

void carveout_link_lock(struct carveout *c, unsigned int *noio)
{
	mutex_lock(&c->link_lock);
	*noio = memalloc_noio_save();
}

void carveout_link_unlock(struct carveout *c, unsigned int noio)
{
	memalloc_noio_restore(noio);
	mutex_unlock(&c->link_lock);
}

/*
 * The connection's end, whoever ended it: nothing is mapped and nobody waits
 * any more.  CLOSEs are not sent: the back end withdraws everything anyway.
 * Fine to call twice, and before anything was connected.
 */
void carveout_link_drop(struct carveout *c, int reason)
{
	lockdep_assert_held(&c->link_lock);
	carveout_ring_down(&c->ring);
	carveout_windows_revoke(c, reason);
	carveout_windows_settle(c);
	carveout_ring_quiesce(&c->ring);
	carveout_ring_fail(&c->ring, reason);
	carveout_status_lost(c);
}

void carveout_link_lost(struct carveout *c)
{
	carveout_link_drop(c, -EPIPE);
	carveout_ring_teardown(&c->ring);
	carveout_slots_teardown(c);
}

/* What the ring's work tells --------------------------------------------- */

static struct carveout *of_ring(struct carveout_ring *r)
{
	return container_of(r, struct carveout, ring);
}

/*
 * Called from the ring's work, so the ring is left for the xenwatch thread to
 * take down when the back end has closed.
 */
static void link_broken(struct carveout_ring *r)
{
	struct carveout *c = of_ring(r);

	dev_err_ratelimited(&c->dev,
			    "the manager broke the protocol: disconnecting\n");
	carveout_ring_down(&c->ring);
	carveout_note_error(c, "protocol", -EIO);
	carveout_windows_revoke(c, -EIO);
	carveout_windows_settle(c);
	carveout_ring_fail(&c->ring, -EIO);
	carveout_status_lost(c);
	xenbus_switch_state(c->xbdev, XenbusStateClosing);
}

static void link_event(struct carveout_ring *r,
		       const struct carveoutif_event *e)
{
	struct carveout *c = of_ring(r);
	int reason = e->reason;

	if (e->reserved[0] || e->reserved[1] || e->reserved[2] || e->reserved2)
		return;
	if (e->type == CARVEOUTIF_EVENT_WITHDRAW) {
		if (reason >= 0 || reason < -MAX_ERRNO)
			reason = -ECANCELED;
		carveout_window_event(c, e->window, reason);
	}
	if (e->type == CARVEOUTIF_EVENT_STATE)
		carveout_status_refresh(c);
}

static void link_answered(struct carveout_ring *r,
			  const struct carveoutif_response *rsp)
{
	carveout_status_answer(of_ring(r), rsp);
}

static const struct carveout_ring_ops link_ops = {
	.answered = link_answered,
	.event = link_event,
	.broken = link_broken,
};

/* Making it ------------------------------------------------------------- */

static int make_link(struct carveout *c)
{
	int err = carveout_slots_setup(c);

	if (err)
		xenbus_dev_error(c->xbdev, err,
				 "no memory or grants for the directories");
	if (!err)
		err = carveout_ring_setup(&c->ring, c->xbdev,
					  &link_ops); /* says itself */
	if (!err)
		err = carveout_write_nodes(c);
	return err;
}

int carveout_link_make(struct carveout *c)
{
	int err;

	lockdep_assert_held(&c->link_lock);
	c->otherend = c->xbdev->otherend_id;
	err = carveout_check_nodes(c);
	if (err)
		return err;
	err = make_link(c);
	if (err)
		carveout_link_lost(c);
	return err;
}
