// SPDX-License-Identifier: GPL-2.0-only
/*
 * Connecting to the manager, losing it, finding it again.
 *
 * Everything here runs in the xenwatch thread (or, remove and resume, while
 * that does not call us) and so one at a time; only carveout_break() comes
 * from the ring's work.  Nothing here waits for an answer on the ring: the
 * xenwatch thread serves every Xen device of the guest.
 *
 * Suspend and resume: windows are withdrawn before the guest is saved, and
 * the carveout reconnects afterwards, as after a manager's restart.  A write
 * that was under way fails.
 */
#include <linux/delay.h>
#include <linux/ioport.h>
#include <linux/module.h>
#include <linux/slab.h>

#include "internal.h"

/* Connections that fail one after the other before we stop trying. */
#define CONNECT_ATTEMPTS 5

/* A manager that is there closes its end faster than this. */
#define CLOSE_POLL_MS 20
#define CLOSE_POLLS 100

/* The address range ------------------------------------------------------- */

/*
 * Claim the range, so that nothing of this kernel's (hotplugged, ballooned or
 * foreign memory; another driver) is or will be put there.  It must be within
 * what this processor can address (x86: the width that CPUID tells, which the
 * guest's config may have made less than the host's).
 */
static int claim_region(struct carveout *c, const struct carveout_limits *l)
{
	if (l->base + l->size - 1 > iomem_resource.end) {
		xenbus_dev_error(
			c->xbdev, -ERANGE,
			"carveout %s: guest addresses %#llx-%#llx are beyond this guest's, which end at %#llx: attach it at a lower base (gpa=)",
			l->name, l->base, l->base + l->size - 1,
			(u64)iomem_resource.end);
		return -ERANGE;
	}
	if (region_intersects(l->base, l->size, IORESOURCE_SYSTEM_RAM,
			      IORES_DESC_NONE) != REGION_DISJOINT)
		goto busy;
	/* The resource keeps the pointer: c->limits lives as long as it. */
	c->region = request_mem_region(l->base, l->size, c->limits.name);
	if (c->region)
		return 0;
busy:
	xenbus_dev_error(
		c->xbdev, -EBUSY,
		"carveout %s: guest addresses %#llx-%#llx are in use (see /proc/iomem): attach it at another base, or unload what is there and reload this module",
		l->name, l->base, l->base + l->size - 1);
	return -EBUSY;
}

void carveout_unclaim_region(struct carveout *c)
{
	if (c->region)
		release_mem_region(c->limits.base, c->limits.size);
	c->region = NULL;
}

/* First connect: keep what the back end says, for good. */
static int learn(struct carveout *c, const struct carveout_limits *l)
{
	int err;

	c->limits = *l;
	err = claim_region(c, l);
	if (err)
		return err;
	err = carveout_slots_alloc(c);
	if (err) {
		xenbus_dev_error(
			c->xbdev, err,
			"carveout %s: no memory or grants for %u windows of %u bytes",
			l->name, l->windows_max, l->window_max);
		carveout_unclaim_region(c);
		return err;
	}
	carveout_tree_match(c);
	c->known = true;
	return 0;
}

static bool same_carveout(const struct carveout_limits *a,
			  const struct carveout_limits *b)
{
	return !strcmp(a->name, b->name) && a->base == b->base &&
	       a->size == b->size && a->window_max == b->window_max &&
	       a->windows_max == b->windows_max &&
	       a->device_memory == b->device_memory;
}

/* A later connect must find the same carveout: slots and users rely on it. */
static int check_nodes(struct carveout *c)
{
	struct carveout_limits l;
	int err = carveout_read_limits(c->xbdev, &l);

	if (err)
		return err;
	if (c->known && !same_carveout(&c->limits, &l)) {
		xenbus_dev_error(
			c->xbdev, -ESTALE,
			"carveout %s is another one now: reload this module",
			c->limits.name);
		return -ESTALE;
	}
	if (!c->known)
		err = learn(c, &l);
	if (err)
		return err;
	spin_lock(&c->lock);
	c->limits.expected_size = l.expected_size;
	if (l.expected_size)
		c->expected_size = l.expected_size;
	spin_unlock(&c->lock);
	return 0;
}

/* Our nodes ---------------------------------------------------------------- */

static int write_slots(struct carveout *c, struct xenbus_transaction xbt)
{
	char node[sizeof("slot-ref-4294967295")];
	unsigned int i;
	int err = 0;

	for (i = 0; i < c->limits.windows_max && !err; i++) {
		snprintf(node, sizeof(node), "slot-ref-%u", i);
		err = xenbus_printf(xbt, c->xbdev->nodename, node, "%u",
				    c->slots[i].ref);
	}
	return err;
}

static int write_nodes_in(struct carveout *c, struct xenbus_transaction xbt)
{
	const char *dir = c->xbdev->nodename;
	int err;

	err = xenbus_printf(xbt, dir, "version", "%u", CARVEOUTIF_VERSION);
	if (!err)
		err = xenbus_printf(xbt, dir, "ring-ref", "%u", c->ring.ref);
	if (!err)
		err = xenbus_printf(xbt, dir, "event-channel", "%u",
				    c->ring.port);
	if (!err)
		err = write_slots(c, xbt);
	return err;
}

/* -EAGAIN: somebody else changed what the transaction looked at. */
static int write_nodes(struct carveout *c)
{
	struct xenbus_transaction xbt;
	int err;

	do {
		err = xenbus_transaction_start(&xbt);
		if (err)
			break;
		err = write_nodes_in(c, xbt);
		if (err) {
			xenbus_transaction_end(xbt, 1);
			break;
		}
		err = xenbus_transaction_end(xbt, 0);
	} while (err == -EAGAIN);
	if (err)
		xenbus_dev_error(c->xbdev, err, "writing the nodes");
	return err;
}

/* Connect and lose --------------------------------------------------------- */

/*
 * The connection's end, whoever ended it: nothing is mapped and nobody waits
 * any more.  CLOSEs are not sent: the back end withdraws everything anyway.
 * Fine to call twice, and before anything was connected.
 */
static void drop(struct carveout *c, int reason)
{
	carveout_ring_down(c);
	carveout_windows_revoke(c, reason);
	carveout_windows_settle(c);
	carveout_ring_quiesce(c);
	carveout_ring_fail(c, reason);
}

static void lose(struct carveout *c, int reason)
{
	drop(c, reason);
	carveout_ring_teardown(c);
	carveout_state_changed(c);
}

/*
 * The back end broke the protocol; called from the ring's work, so the ring
 * is left for the xenwatch thread to take down when the back end has closed.
 */
void carveout_break(struct carveout *c)
{
	dev_err_ratelimited(&c->dev,
			    "the manager broke the protocol: disconnecting\n");
	carveout_ring_down(c);
	carveout_note_error(c, "protocol", -EIO);
	carveout_windows_revoke(c, -EIO);
	carveout_windows_settle(c);
	carveout_ring_fail(c, -EIO);
	xenbus_switch_state(c->xbdev, XenbusStateClosing);
}

static int connect(struct carveout *c)
{
	int err;

	c->otherend = c->xbdev->otherend_id;
	err = check_nodes(c);
	if (err)
		return err;
	err = carveout_ring_setup(c);
	if (err)
		return err;
	carveout_slots_publish(c);
	err = write_nodes(c);
	if (err)
		lose(c, -EPIPE);
	return err;
}

/*
 * The back end waits for us.  What fails has said so, and leaves us closed
 * until the back end changes: xenbus_register_frontend() waits half a minute
 * for a device that is still on its way, and who unloads the module waits for
 * that. A manager that refuses us each time must not keep the guest busy.
 */
static void try_connect(struct carveout *c)
{
	if (c->attempts >= CONNECT_ATTEMPTS)
		return;
	xenbus_switch_state(c->xbdev, XenbusStateInitialising);
	if (++c->attempts == CONNECT_ATTEMPTS)
		dev_err(&c->xbdev->dev,
			"last attempt to connect; reload the module for more\n");
	xenbus_switch_state(c->xbdev, connect(c) ? XenbusStateClosed :
						   XenbusStateInitialised);
}

static void connected(struct carveout *c)
{
	int err;

	c->attempts = 0;
	/* First the state: if the ring breaks at once, Closing must be last. */
	xenbus_switch_state(c->xbdev, XenbusStateConnected);
	carveout_ring_up(c);
	if (c->published) {
		carveout_state_changed(c);
		dev_info(&c->dev, "connected again\n");
		return;
	}
	err = carveout_publish(c);
	if (err)
		xenbus_dev_error(c->xbdev, err, "making /dev/carveout/%s",
				 c->limits.name);
	else
		dev_info(&c->dev, "%llu bytes at %#llx, windows of %u\n",
			 c->limits.size, c->limits.base, c->limits.window_max);
}

/* The back end's reason for refusing us, as it wrote it: any octets. */
static void report_refusal(struct carveout *c)
{
	char *text = xenbus_read(XBT_NIL, c->xbdev->otherend, "error", NULL);

	if (IS_ERR(text))
		return;
	dev_err(&c->xbdev->dev, "the manager refused: %*pE\n",
		(int)min_t(size_t, strlen(text), 200), text);
	kfree(text);
}

static void closed(struct carveout *c)
{
	if (c->xbdev->state == XenbusStateInitialised)
		report_refusal(c);
	lose(c, -EPIPE);
	xenbus_frontend_closed(c->xbdev);
	/* The back end waits for this to begin again. */
	xenbus_switch_state(c->xbdev, XenbusStateInitialising);
}

/*
 * Watches coalesce, and a back end may lie: InitWait while we are Connected
 * means that it was restarted.  While we are Initialised it means that it has
 * not looked at our nodes yet; they are as good for a new one.
 */
static void backend_changed(struct xenbus_device *dev, enum xenbus_state state)
{
	struct carveout *c = dev_get_drvdata(&dev->dev);

	switch (state) {
	case XenbusStateInitialising:
	case XenbusStateInitialised:
	case XenbusStateReconfiguring:
	case XenbusStateReconfigured:
		break;

	case XenbusStateInitWait:
		if (dev->state == XenbusStateInitialised)
			break;
		lose(c, -EPIPE);
		try_connect(c);
		break;

	case XenbusStateConnected:
		if (dev->state == XenbusStateInitialised)
			connected(c);
		break;

	case XenbusStateClosing:
	case XenbusStateClosed:
	case XenbusStateUnknown: /* its nodes are gone */
		if (dev->state == XenbusStateInitialised ||
		    dev->state == XenbusStateConnected ||
		    dev->state == XenbusStateClosing)
			closed(c);
		break;
	}
}

/* Driver -------------------------------------------------------------------- */

/* Connecting happens at the watch's first firing, which follows at once. */
static int carveout_probe(struct xenbus_device *dev,
			  const struct xenbus_device_id *id)
{
	struct carveout *c = carveout_create(dev);

	if (!c)
		return -ENOMEM;
	dev_set_drvdata(&dev->dev, c);
	/* Closed, if an earlier load of this module left it so. */
	xenbus_switch_state(dev, XenbusStateInitialising);
	return 0;
}

/*
 * The watch is gone, so ask.  Any state but Connected will do: the back end
 * has unmapped our pages.  A dead manager's state stays Connected.
 */
static void await_backend_closed(struct xenbus_device *dev)
{
	unsigned int i;

	for (i = 0; i < CLOSE_POLLS; i++) {
		if (xenbus_read_driver_state(dev->otherend) !=
		    XenbusStateConnected)
			return;
		msleep(CLOSE_POLL_MS);
	}
}

/* Detached, unbound, or the module goes.  Users keep the structure only. */
static void carveout_remove(struct xenbus_device *dev)
{
	struct carveout *c = dev_get_drvdata(&dev->dev);
	bool was_connected = dev->state == XenbusStateConnected;

	spin_lock(&c->lock);
	c->gone = true;
	spin_unlock(&c->lock);
	drop(c, -ENODEV);
	carveout_unpublish(c);
	if (was_connected) {
		xenbus_switch_state(dev, XenbusStateClosing);
		await_backend_closed(dev);
	}
	carveout_ring_teardown(c);
	carveout_unclaim_region(c);
	dev_set_drvdata(&dev->dev, NULL);
	put_device(&c->dev);
}

static int carveout_suspend(struct xenbus_device *dev)
{
	struct carveout *c = dev_get_drvdata(&dev->dev);

	carveout_windows_revoke(c, -ECANCELED);
	carveout_windows_settle(c);
	return 0;
}

/* The core has set our state to Initialising and watches the back end next. */
static int carveout_resume(struct xenbus_device *dev)
{
	struct carveout *c = dev_get_drvdata(&dev->dev);

	c->attempts = 0;
	lose(c, -EPIPE);
	return 0;
}

static const struct xenbus_device_id carveout_ids[] = { { CARVEOUTIF_DEVICE },
							{ "" } };

struct xenbus_driver carveout_xenbus_driver = {
	.ids = carveout_ids,
	.not_essential = true,
	.probe = carveout_probe,
	.remove = carveout_remove,
	.suspend = carveout_suspend,
	.resume = carveout_resume,
	.otherend_changed = backend_changed,
};
