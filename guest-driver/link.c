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
 * Who ends it; what is called, what its users hear, and our state after:
 *
 *   the back end closes, or its nodes are gone
 *      back_end_closed()        -EPIPE      Closed, and it is approached again
 *   a back end that says InitWait: it was started anew
 *      backend_is()             -EPIPE      Initialised, connecting anew
 *   the back end breaks the protocol
 *      link_broken()            -EIO        Closing, until it closes, too
 *   making the connection fails
 *      xen_carveout_link_make() (nobody)    Closed, for a while
 *   detached, unbound, or the module is unloaded
 *      xen_carveout_remove()    -ENODEV     Closing; at last xenbus: Closed
 *   power-off, reboot, kexec
 *      xen_carveout_shutdown()  -ESHUTDOWN  as it was; what follows is xenbus'
 *   the guest was restored, or slept
 *      xen_carveout_resume()    -EPIPE      Initialising, or Closing
 *   the guest was restored, and its back end is not there
 *      awake()                  -EPIPE      none, until it is bound anew
 *
 * A guest that is saved (xen_carveout_suspend()) gives up its windows
 * (-ECANCELED), not the connection.
 */
#include <linux/sched/mm.h>

#include <xen/xenbus.h>

#include "internal.h"
#include "link.h"
#include "nodes.h"
#include "report.h"

void xen_carveout_link_lock(struct xen_carveout *c, unsigned int *noio)
{
	mutex_lock(&c->link_lock);
	*noio = memalloc_noio_save();
}

void xen_carveout_link_unlock(struct xen_carveout *c, unsigned int noio)
{
	memalloc_noio_restore(noio);
	mutex_unlock(&c->link_lock);
}

/*
 * The connection ends, whoever ended it: no window is mapped and nobody waits
 * for an answer any more.  CLOSEs are not sent: the back end takes every window
 * away by itself.  Fine to call twice, and before anything was connected.
 */
void xen_carveout_link_end(struct xen_carveout *c, int reason)
{
	lockdep_assert_held(&c->link_lock);
	xen_carveout_ring_down(&c->ring);
	xen_carveout_windows_revoke(c, reason);
	xen_carveout_windows_await_unmapped(c);
	xen_carveout_ring_quiesce(&c->ring);
	xen_carveout_ring_fail(&c->ring, reason);
	xen_carveout_status_disconnected(c);
}

/* The connection ends, and its pages, grants and event channel are given back. */
void xen_carveout_link_unmake(struct xen_carveout *c)
{
	xen_carveout_link_end(c, -EPIPE);
	xen_carveout_ring_teardown(&c->ring);
	xen_carveout_slots_teardown(c);
}

/* What the ring's work tells --------------------------------------------- */

static struct xen_carveout *of_ring(struct xen_carveout_ring *r)
{
	return container_of(r, struct xen_carveout, ring);
}

/*
 * Called from the ring's work, so the ring is left for the xenwatch thread to
 * take down when the back end has closed.
 */
static void link_broken(struct xen_carveout_ring *r)
{
	struct xen_carveout *c = of_ring(r);

	dev_err_ratelimited(&c->dev,
			    "the manager broke the protocol: disconnecting\n");
	xen_carveout_ring_down(&c->ring);
	xen_carveout_note_error(c, "protocol", -EIO);
	xen_carveout_windows_revoke(c, -EIO);
	xen_carveout_windows_await_unmapped(c);
	xen_carveout_ring_fail(&c->ring, -EIO);
	xen_carveout_status_disconnected(c);
	xenbus_switch_state(c->xbdev, XenbusStateClosing);
}

static void link_event(struct xen_carveout_ring *r,
		       const struct carveoutif_event *e)
{
	struct xen_carveout *c = of_ring(r);
	int reason = e->reason;

	if (e->reserved[0] || e->reserved[1] || e->reserved[2] || e->reserved2)
		return;
	if (e->type == CARVEOUTIF_EVENT_WITHDRAW) {
		if (reason >= 0 || reason < -MAX_ERRNO)
			reason = -ECANCELED;
		xen_carveout_window_event(c, e->window, reason);
	}
	if (e->type == CARVEOUTIF_EVENT_STATE)
		xen_carveout_status_refresh(c);
}

static void link_answered(struct xen_carveout_ring *r,
			  const struct carveoutif_response *rsp)
{
	xen_carveout_status_answer(of_ring(r), rsp);
}

static const struct xen_carveout_ring_ops link_ops = {
	.answered = link_answered,
	.event = link_event,
	.broken = link_broken,
};

/* Making it ------------------------------------------------------------- */

static int make_link(struct xen_carveout *c)
{
	int err = xen_carveout_slots_setup(c);

	if (err)
		xenbus_dev_error(c->xbdev, err,
				 "no memory or grants for the directories");
	if (!err)
		err = xen_carveout_ring_setup(&c->ring, c->xbdev,
					      &link_ops); /* says itself */
	if (!err)
		err = xen_carveout_write_nodes(c);
	return err;
}

int xen_carveout_link_make(struct xen_carveout *c)
{
	int err;

	lockdep_assert_held(&c->link_lock);
	c->otherend = c->xbdev->otherend_id;
	err = xen_carveout_check_nodes(c);
	if (err)
		return err;
	err = make_link(c);
	if (err)
		xen_carveout_link_unmake(c);
	return err;
}
