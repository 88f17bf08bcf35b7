// SPDX-License-Identifier: GPL-2.0-only
/*
 * The device on xenbus: probed, connected, closed, connected again, removed.
 *
 * xenbus_frontend_dev_shutdown() writes our state Closing by itself, and the
 * back end then takes every window away: xen_carveout_shutdown(), which comes
 * before it, lets go of them.
 */
#include <linux/delay.h>
#include <linux/module.h>
#include <linux/slab.h>

#include <xen/xenbus.h>

#include "backend.h"
#include "claim.h"
#include "device.h"
#include "internal.h"
#include "link.h"
#include "queue.h"
#include "region.h"
#include "suspend.h"
#include "tree.h"
#include "xenbus.h"

/* Connections that fail one after the other before we take our time. */
#define CONNECT_ATTEMPTS 5
#define RETRY_DOUBLINGS 10 /* 1, 2, 4 .. 1024 s */

/* What each guest has and nobody writes: a watch that is fired when it is made. */
#define QUIET_NODE "domid"

/* A manager that is there closes its end faster than this. */
#define CLOSE_POLL_MS 20
#define CLOSE_POLLS 100

/* Connecting ---------------------------------------------------------------- */

/*
 * The back end waits for us.  A failure has been reported where it happened, and
 * leaves us Closed for a while: somebody must clear away what is in the way, and
 * xenbus_register_frontend() waits half a minute for a device that is still on
 * its way.
 */
static void try_connect(struct xen_carveout *c)
{
	int err;

	xenbus_switch_state(c->xbdev, XenbusStateInitialising);
	err = xen_carveout_link_make(c);
	c->attempts++;
	if (err)
		c->attempts =
			max_t(unsigned int, c->attempts, CONNECT_ATTEMPTS);
	xenbus_switch_state(c->xbdev,
			    err ? XenbusStateClosed : XenbusStateInitialised);
}

/*
 * We are Closed.  A back end that is, too, waits for us to begin anew; one that
 * went on by itself is InitWait.
 */
static void approach(struct xen_carveout *c)
{
	lockdep_assert_held(&c->link_lock);
	if (xen_carveout_backend_state(c->xbdev) == XenbusStateInitWait)
		try_connect(c);
	else
		xenbus_switch_state(c->xbdev, XenbusStateInitialising);
}

/* Once the kernel ends nothing begins, as xenbus_otherend_changed() has it. */
static bool waits_to_approach(const struct xen_carveout *c)
{
	return system_state <= SYSTEM_RUNNING && c->xbdev->otherend &&
	       c->xbdev->state == XenbusStateClosed;
}

static void approach_again(struct xenbus_watch *watch, const char *path,
			   const char *token)
{
	struct xen_carveout *c =
		container_of(watch, struct xen_carveout, again);
	unsigned int noio;

	xen_carveout_link_lock(c, &noio);
	if (waits_to_approach(c))
		approach(c);
	xen_carveout_link_unlock(c, noio);
}

/*
 * Initialising is written in the xenwatch thread only.  There
 * xenbus_dev_changed() looks, too, and since 7.2 it takes a device for a new one
 * whose node says Initialising when xbdev->state does not yet, as it is in the
 * middle of xenbus_switch_state(): whoever has the carveout would lose it.
 */
static void ask_xenwatch(struct work_struct *work)
{
	struct xen_carveout *c =
		container_of(work, struct xen_carveout, retry.work);
	unsigned int noio;

	xen_carveout_link_lock(c, &noio);
	if (!c->asked_xenwatch) /* this may have been queued again as it began */
		c->asked_xenwatch = !register_xenbus_watch(&c->again);
	if (!c->asked_xenwatch)
		queue_delayed_work(xen_carveout_wq, &c->retry, HZ);
	xen_carveout_link_unlock(c, noio);
}

/*
 * In the xenwatch thread, or when nobody asks any more and c->link_lock is free:
 * elsewhere this waits for a callback that runs.
 */
static void forget_asking(struct xen_carveout *c)
{
	if (c->asked_xenwatch)
		unregister_xenbus_watch(&c->again);
	c->asked_xenwatch = false;
}

/* A back end that refuses us each time, or breaks off, must not keep us busy. */
static void approach_soon(struct xen_carveout *c)
{
	unsigned int failed = c->attempts;

	if (failed < CONNECT_ATTEMPTS) {
		approach(c);
		return;
	}
	forget_asking(c);
	failed =
		min_t(unsigned int, failed - CONNECT_ATTEMPTS, RETRY_DOUBLINGS);
	queue_delayed_work(xen_carveout_wq, &c->retry, HZ << failed);
}

static void back_end_connected(struct xen_carveout *c)
{
	int err;

	c->attempts = 0;
	xen_carveout_begin_epoch(c);
	/* First the state: if the ring breaks at once, Closing must be last. */
	xenbus_switch_state(c->xbdev, XenbusStateConnected);
	xen_carveout_ring_up(&c->ring);
	xen_carveout_status_refresh(c);
	if (c->published) {
		dev_info_ratelimited(&c->dev, "connected again\n");
		return;
	}
	err = xen_carveout_publish(c);
	if (err) {
		xenbus_dev_error(c->xbdev, err, "making /dev/xen/carveout/%s",
				 c->limits.name);
		return;
	}
	xen_carveout_tree_announce(c);
	dev_info(&c->dev, "%llu bytes at %#llx, windows of %u\n",
		 c->limits.size, c->limits.base, c->limits.window_max);
}

/* The back end's reason for refusing us, as it wrote it: any octets. */
static void report_refusal(struct xen_carveout *c)
{
	char *text = xenbus_read(XBT_NIL, c->xbdev->otherend, "error", NULL);

	if (IS_ERR(text))
		return;
	dev_err(&c->xbdev->dev, "the manager refused: %*pE\n",
		(int)min_t(size_t, strlen(text), 200), text);
	kfree(text);
}

static void back_end_closed(struct xen_carveout *c)
{
	if (c->xbdev->state == XenbusStateInitialised)
		report_refusal(c);
	xen_carveout_link_unmake(c);
	/* Not xenbus_frontend_closed(): that is what a shutdown waits for. */
	xenbus_switch_state(c->xbdev, XenbusStateClosed);
}

static bool is_open(const struct xenbus_device *dev)
{
	return dev->state == XenbusStateInitialised ||
	       dev->state == XenbusStateConnected ||
	       dev->state == XenbusStateClosing;
}

/*
 * Watches coalesce, and a back end may lie: InitWait while we are Connected
 * means that it was restarted.  While we are Initialised it means that it has
 * not looked at our nodes yet; they are as good for a new one.
 */
static void backend_is(struct xen_carveout *c, enum xenbus_state state)
{
	struct xenbus_device *dev = c->xbdev;

	switch (state) {
	case XenbusStateInitialising:
	case XenbusStateInitialised:
	case XenbusStateReconfiguring:
	case XenbusStateReconfigured:
		break;

	case XenbusStateInitWait:
		if (dev->state == XenbusStateInitialised)
			break;
		xen_carveout_link_unmake(c);
		if (dev->state == XenbusStateClosed)
			approach_soon(c);
		else
			try_connect(c);
		break;

	case XenbusStateConnected:
		if (dev->state == XenbusStateInitialised)
			back_end_connected(c);
		break;

	case XenbusStateClosed:
		if (is_open(dev))
			back_end_closed(c);
		if (dev->state == XenbusStateClosed)
			approach_soon(c);
		break;

	case XenbusStateClosing:
	case XenbusStateUnknown: /* its nodes are gone */
		if (is_open(dev))
			back_end_closed(c);
		break;
	}
}

static void backend_changed(struct xenbus_device *dev, enum xenbus_state state)
{
	struct xen_carveout *c = dev_get_drvdata(&dev->dev);
	unsigned int noio;

	xen_carveout_link_lock(c, &noio);
	backend_is(c, state);
	xen_carveout_link_unlock(c, noio);
}

/* Driver -------------------------------------------------------------------- */

/*
 * Connecting happens at the watch's first firing, which follows at once; from
 * Closed, too, if an earlier load of this module left it so.
 */
static int xen_carveout_probe(struct xenbus_device *dev,
			      const struct xenbus_device_id *id)
{
	struct xen_carveout *c = xen_carveout_create(dev);

	if (!c)
		return -ENOMEM;
	mutex_init(&c->link_lock);
	INIT_DELAYED_WORK(&c->retry, ask_xenwatch);
	c->again.node = QUIET_NODE;
	c->again.callback = approach_again;
	dev_set_drvdata(&dev->dev, c);
	return 0;
}

/*
 * The watch is gone, so ask.  Any state will do but Connected, and InitWait,
 * where it may be about to connect to us: the back end has unmapped our pages.
 * A dead manager's state stays.
 */
static void await_backend_closing(struct xenbus_device *dev)
{
	enum xenbus_state state;
	unsigned int i;

	for (i = 0; i < CLOSE_POLLS; i++) {
		state = xen_carveout_backend_state(dev);
		if (state != XenbusStateConnected &&
		    state != XenbusStateInitWait)
			return;
		msleep(CLOSE_POLL_MS);
	}
}

static void end_link(struct xen_carveout *c, enum xen_carveout_bar bar,
		     int reason)
{
	unsigned int noio;

	xen_carveout_bar(c, bar);
	xen_carveout_link_lock(c, &noio);
	xen_carveout_link_end(c, reason);
	xen_carveout_link_unlock(c, noio);
}

/*
 * Detached, unbound, or the module goes.  Users keep the structure only.  Last
 * of all xenbus_dev_remove() writes Closed.
 */
static void xen_carveout_remove(struct xenbus_device *dev)
{
	struct xen_carveout *c = dev_get_drvdata(&dev->dev);

	cancel_delayed_work_sync(&c->retry);
	forget_asking(c);
	end_link(c, XEN_CARVEOUT_BAR_GONE, -ENODEV);
	xen_carveout_unpublish(c);
	if (dev->otherend && is_open(dev)) {
		xenbus_switch_state(dev, XenbusStateClosing);
		await_backend_closing(dev);
	}
	xen_carveout_ring_teardown(&c->ring);
	xen_carveout_slots_teardown(c);
	xen_carveout_unclaim_region(c);
	dev_set_drvdata(&dev->dev, NULL);
	put_device(&c->dev);
}

/*
 * xen_carveout_class.shutdown_pre: device_shutdown() comes to the class device
 * before it comes to its parent, whose state xenbus then makes Closing, and
 * waits for the back end, one device after the other.  The next kernel needs
 * that.  Where the domain ends with this one nobody does: Xen tells the
 * manager, and xenbus passes over what it does not take for connected.
 */
int xen_carveout_shutdown(struct device *dev)
{
	struct xen_carveout *c = to_xen_carveout(dev);

	end_link(c, XEN_CARVEOUT_BAR_SHUTDOWN, -ESHUTDOWN);
	if (system_state == SYSTEM_POWER_OFF || system_state == SYSTEM_HALT)
		c->xbdev->state = XenbusStateClosed;
	return 0;
}

/* Registration -------------------------------------------------------------- */

static const struct xenbus_device_id xen_carveout_ids[] = {
	{ CARVEOUTIF_DEVICE }, { "" }
};

static struct xenbus_driver xen_carveout_driver = {
	.ids = xen_carveout_ids,
	.not_essential = true,
	.probe = xen_carveout_probe,
	.remove = xen_carveout_remove,
	.suspend = xen_carveout_suspend,
	.resume = xen_carveout_resume,
	.otherend_changed = backend_changed,
};

/*
 * Without an owner: xenbus_dev_probe() takes a reference to the owner for each
 * device, and rmmod would ask for every device to be unbound by hand first.
 * It is not needed: xenbus_unregister_driver() removes the devices, and waits
 * for their watches, before this code can go.
 */
int xen_carveout_register(void)
{
	int err = xen_carveout_suspend_init(&xen_carveout_driver.driver);

	if (err)
		return err;
	err = __xenbus_register_frontend(&xen_carveout_driver, NULL,
					 KBUILD_MODNAME);
	if (err)
		xen_carveout_suspend_exit();
	return err;
}

void xen_carveout_unregister(void)
{
	xen_carveout_suspend_exit();
	xenbus_unregister_driver(&xen_carveout_driver);
}
