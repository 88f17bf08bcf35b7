// SPDX-License-Identifier: GPL-2.0-only
/*
 * Connecting to the manager, losing it, finding it again.
 *
 * What happens to a connection happens under link_lock: mostly in the xenwatch
 * thread; in others for remove, shutdown, and whatever follows a suspend.  Only
 * link_broken() comes from the ring's work, which those wait for.  Nothing here
 * waits for an answer on the ring: the xenwatch thread serves every Xen device
 * of the guest.  For the same reason memory is allocated without I/O here: the
 * disk that reclaim would write to may be the one that waits to be connected.
 *
 * The end of a connection, by whom:
 *
 *   what                         what is called       its users hear
 *   the back end closes          closed()             -EPIPE
 *   it breaks the protocol       link_broken()        -EIO, then as above
 *   it is another one, or        link_lost()          -EPIPE
 *     cannot be asked any more
 *   module unloaded, detached    carveout_remove()    -ENODEV
 *   power-off, reboot, kexec     carveout_shutdown()  -ESHUTDOWN
 *   the guest is saved           carveout_suspend()   -ECANCELED (windows only)
 *
 * xenbus_frontend_dev_shutdown() writes our state Closing by itself, and the
 * back end then takes every window away: carveout_shutdown(), which comes
 * before it, lets go of them.
 *
 * Suspend and resume: windows are closed before the guest is saved, and none is
 * opened until it is known how that ended.  If it was not saved after all,
 * everything goes on.  A restored guest connects again, as after a manager's
 * restart; where the manager comes later than the guest, its device is bound
 * anew then (rebind_stranded()), and until then all say -EPIPE at once.
 */
#include <linux/delay.h>
#include <linux/ioport.h>
#include <linux/module.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>

#include "internal.h"

/* Connections that fail one after the other before we take our time. */
#define CONNECT_ATTEMPTS 5
#define RETRY_DOUBLINGS 10 /* 1, 2, 4 .. 1024 s */

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

static void link_lock(struct carveout *c, unsigned int *noio)
{
	mutex_lock(&c->link_lock);
	*noio = memalloc_noio_save();
}

static void link_unlock(struct carveout *c, unsigned int noio)
{
	memalloc_noio_restore(noio);
	mutex_unlock(&c->link_lock);
}

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
	carveout_status_lost(c);
}

static void link_lost(struct carveout *c)
{
	drop(c, -EPIPE);
	carveout_ring_teardown(c);
	carveout_slots_teardown(c);
}

/*
 * Called from the ring's work, so the ring is left for the xenwatch thread to
 * take down when the back end has closed.
 */
static void link_broken(struct carveout *c)
{
	dev_err_ratelimited(&c->dev,
			    "the manager broke the protocol: disconnecting\n");
	carveout_ring_down(c);
	carveout_note_error(c, "protocol", -EIO);
	carveout_windows_revoke(c, -EIO);
	carveout_windows_settle(c);
	carveout_ring_fail(c, -EIO);
	carveout_status_lost(c);
	xenbus_switch_state(c->xbdev, XenbusStateClosing);
}

static void link_event(struct carveout *c, const struct carveoutif_event *e)
{
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

static const struct carveout_ring_ops link_ops = {
	.answered = carveout_status_answer,
	.event = link_event,
	.broken = link_broken,
};

static int make_link(struct carveout *c)
{
	int err = carveout_slots_setup(c);

	if (err)
		xenbus_dev_error(c->xbdev, err,
				 "no memory or grants for the directories");
	if (!err)
		err = carveout_ring_setup(c, &link_ops); /* says itself */
	if (!err)
		err = write_nodes(c);
	return err;
}

static int connect(struct carveout *c)
{
	int err;

	c->otherend = c->xbdev->otherend_id;
	err = check_nodes(c);
	if (err)
		return err;
	err = make_link(c);
	if (err)
		link_lost(c);
	return err;
}

/*
 * The back end waits for us.  What fails has said so, and leaves us Closed for
 * a while: what is in the way must be cleared away by somebody, and
 * xenbus_register_frontend() waits half a minute for a device that is still on
 * its way.
 */
static void try_connect(struct carveout *c)
{
	int err;

	xenbus_switch_state(c->xbdev, XenbusStateInitialising);
	err = connect(c);
	c->attempts++;
	if (err)
		c->attempts =
			max_t(unsigned int, c->attempts, CONNECT_ATTEMPTS);
	xenbus_switch_state(c->xbdev,
			    err ? XenbusStateClosed : XenbusStateInitialised);
}

/* Not by xenbus_read_driver_state(): kernels do not agree on what it takes. */
static enum xenbus_state backend_state(const struct xenbus_device *dev)
{
	return xenbus_read_unsigned(dev->otherend, "state", XenbusStateUnknown);
}

/*
 * We are Closed.  A back end that is, too, waits for us to begin anew; one that
 * went on by itself is InitWait.
 */
static void approach(struct carveout *c)
{
	if (backend_state(c->xbdev) == XenbusStateInitWait)
		try_connect(c);
	else
		xenbus_switch_state(c->xbdev, XenbusStateInitialising);
}

static void approach_work(struct work_struct *work)
{
	struct carveout *c = container_of(work, struct carveout, retry.work);
	unsigned int noio;

	link_lock(c, &noio);
	if (c->xbdev->otherend && c->xbdev->state == XenbusStateClosed)
		approach(c);
	link_unlock(c, noio);
}

/* Who refuses us each time, or breaks off, must not keep the guest busy. */
static void approach_soon(struct carveout *c)
{
	unsigned int failed = c->attempts;

	if (failed < CONNECT_ATTEMPTS) {
		approach(c);
		return;
	}
	failed =
		min_t(unsigned int, failed - CONNECT_ATTEMPTS, RETRY_DOUBLINGS);
	queue_delayed_work(carveout_wq, &c->retry, HZ << failed);
}

static void connected(struct carveout *c)
{
	int err;

	c->attempts = 0;
	carveout_begin_epoch(c);
	/* First the state: if the ring breaks at once, Closing must be last. */
	xenbus_switch_state(c->xbdev, XenbusStateConnected);
	carveout_ring_up(c);
	carveout_status_refresh(c);
	if (c->published) {
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
	link_lost(c);
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
static void backend_is(struct carveout *c, enum xenbus_state state)
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
		link_lost(c);
		if (dev->state == XenbusStateClosed)
			approach_soon(c);
		else
			try_connect(c);
		break;

	case XenbusStateConnected:
		if (dev->state == XenbusStateInitialised)
			connected(c);
		break;

	case XenbusStateClosed:
		if (is_open(dev))
			closed(c);
		if (dev->state == XenbusStateClosed)
			approach_soon(c);
		break;

	case XenbusStateClosing:
	case XenbusStateUnknown: /* its nodes are gone */
		if (is_open(dev))
			closed(c);
		break;
	}
}

static void backend_changed(struct xenbus_device *dev, enum xenbus_state state)
{
	struct carveout *c = dev_get_drvdata(&dev->dev);
	unsigned int noio;

	link_lock(c, &noio);
	backend_is(c, state);
	link_unlock(c, noio);
}

/* Driver -------------------------------------------------------------------- */

/* Connecting happens at the watch's first firing, which follows at once. */
static int carveout_probe(struct xenbus_device *dev,
			  const struct xenbus_device_id *id)
{
	struct carveout *c = carveout_create(dev);

	if (!c)
		return -ENOMEM;
	mutex_init(&c->link_lock);
	INIT_DELAYED_WORK(&c->retry, approach_work);
	dev_set_drvdata(&dev->dev, c);
	/* Closed, if an earlier load of this module left it so. */
	xenbus_switch_state(dev, XenbusStateInitialising);
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
		state = backend_state(dev);
		if (state != XenbusStateConnected &&
		    state != XenbusStateInitWait)
			return;
		msleep(CLOSE_POLL_MS);
	}
}

static void end_link(struct carveout *c, enum carveout_bar bar, int reason)
{
	unsigned int noio;

	carveout_bar(c, bar);
	link_lock(c, &noio);
	drop(c, reason);
	link_unlock(c, noio);
}

/*
 * Detached, unbound, or the module goes.  Users keep the structure only.  Last
 * of all xenbus_dev_remove() writes Closed.
 */
static void carveout_remove(struct xenbus_device *dev)
{
	struct carveout *c = dev_get_drvdata(&dev->dev);

	cancel_delayed_work_sync(&c->retry);
	end_link(c, CARVEOUT_BAR_GONE, -ENODEV);
	carveout_unpublish(c);
	if (dev->otherend && is_open(dev)) {
		xenbus_switch_state(dev, XenbusStateClosing);
		await_backend_closing(dev);
	}
	carveout_ring_teardown(c);
	carveout_slots_teardown(c);
	carveout_unclaim_region(c);
	dev_set_drvdata(&dev->dev, NULL);
	put_device(&c->dev);
}

/*
 * carveout_class.shutdown_pre: device_shutdown() comes to the class device
 * before it comes to its parent, whose state xenbus then makes Closing, and
 * waits for the back end, one device after the other.  The next kernel needs
 * that.  Where the domain ends with this one nobody does: Xen tells the
 * manager, and xenbus passes over what it does not take for connected.
 */
int carveout_shutdown(struct device *dev)
{
	struct carveout *c = to_carveout(dev);

	end_link(c, CARVEOUT_BAR_SHUTDOWN, -ESHUTDOWN);
	if (system_state == SYSTEM_POWER_OFF || system_state == SYSTEM_HALT)
		c->xbdev->state = XenbusStateClosed;
	return 0;
}

/* Suspend ------------------------------------------------------------------ */

/*
 * xenbus_dev_resume() gives up a device whose nodes it does not find, and
 * xenbus_dev_changed() does nothing about new nodes of a device that there is.
 */
static bool is_stranded(const struct xenbus_device *dev)
{
	return !dev->otherend;
}

static int is_found(struct device *dev, const void *unused)
{
	struct xenbus_device *xbdev = to_xenbus_device(dev);

	return is_stranded(xbdev) &&
	       xenbus_exists(XBT_NIL, xbdev->nodename, "backend");
}

static void rebind_stranded(struct device_driver *driver)
{
	struct device *dev;

	while ((dev = driver_find_device(driver, NULL, NULL, is_found))) {
		if (device_reprobe(dev))
			dev_err(dev, "cannot be bound again\n");
		put_device(dev);
	}
}

/* The device's lock keeps its driver bound. */
static int awake(struct device *dev, void *any_stranded)
{
	struct carveout *c;
	unsigned int noio;

	device_lock(dev);
	c = dev_get_drvdata(dev);
	if (c) {
		link_lock(c, &noio);
		if (is_stranded(c->xbdev)) {
			*(bool *)any_stranded = true;
			link_lost(c);
		}
		carveout_unbar(c, CARVEOUT_BAR_SUSPEND);
		link_unlock(c, noio);
	}
	device_unlock(dev);
	return 0;
}

static bool any_stranded;

/* Queued to a frozen queue by suspend: it runs when all is thawed. */
static void awake_work(struct work_struct *work)
{
	struct device_driver *driver = &carveout_xenbus_driver.driver;
	bool stranded = false;
	int err = driver_for_each_device(driver, NULL, &stranded, awake);

	if (err) /* the driver is not registered: it has no devices */
		return;
	WRITE_ONCE(any_stranded, stranded);
	rebind_stranded(driver);
}

static DECLARE_WORK(awake_item, awake_work);

static void nodes_changed(struct xenbus_watch *watch, const char *path,
			  const char *token)
{
	if (READ_ONCE(any_stranded))
		queue_work(system_freezable_wq, &awake_item);
}

static struct xenbus_watch nodes_watch = {
	.node = "device/" CARVEOUTIF_DEVICE,
	.callback = nodes_changed,
};

static int carveout_suspend(struct xenbus_device *dev)
{
	struct carveout *c = dev_get_drvdata(&dev->dev);

	carveout_bar(c, CARVEOUT_BAR_SUSPEND);
	carveout_windows_revoke(c, -ECANCELED);
	if (!carveout_windows_closed(c))
		dev_err(&c->dev,
			"the manager has not taken all windows back: their content is saved with the guest\n");
	queue_work(system_freezable_wq, &awake_item);
	return 0;
}

/*
 * The core has set our state to Initialising and watches the back end next.
 * Where that is Connected the guest was not restored, but slept (kernels that
 * call this for S3, too): it must let go of us first.
 */
static int carveout_resume(struct xenbus_device *dev)
{
	struct carveout *c = dev_get_drvdata(&dev->dev);
	unsigned int noio;

	link_lock(c, &noio);
	c->attempts = 0;
	link_lost(c);
	if (backend_state(dev) == XenbusStateConnected)
		xenbus_switch_state(dev, XenbusStateClosing);
	link_unlock(c, noio);
	return 0;
}

/* Registration -------------------------------------------------------------- */

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

/*
 * Without an owner: xenbus_dev_probe() takes a reference to the owner for each
 * device, and rmmod would ask for every device to be unbound by hand first.
 * It is not needed: xenbus_unregister_driver() removes the devices, and waits
 * for their watches, before this code can go.
 */
int carveout_register(void)
{
	int err = __xenbus_register_frontend(&carveout_xenbus_driver, NULL,
					     KBUILD_MODNAME);

	if (err)
		return err;
	err = register_xenbus_watch(&nodes_watch);
	if (err)
		xenbus_unregister_driver(&carveout_xenbus_driver);
	return err;
}

void carveout_unregister(void)
{
	unregister_xenbus_watch(&nodes_watch);
	cancel_work_sync(&awake_item);
	xenbus_unregister_driver(&carveout_xenbus_driver);
}
