// SPDX-License-Identifier: GPL-2.0-only
/*
 * The guest is saved, restored, or sleeps.
 *
 * Windows are closed before the guest is saved, and none is opened until it is
 * known how the save ended.  A guest that was not saved after all goes on as
 * before.  A restored guest connects again, as after a manager's restart; where
 * its manager comes later than the guest, the device is bound anew then
 * (rebind_stranded()), and until then every request says -EPIPE at once.
 */
#include <linux/workqueue.h>

#include <xen/xenbus.h>

#include "backend.h"
#include "claim.h"
#include "internal.h"
#include "link.h"
#include "suspend.h"

/* Ours, whose devices are looked through. */
static struct device_driver *driver;

/*
 * xenbus_dev_resume() gives up a device whose nodes it does not find, and
 * xenbus_dev_changed() does nothing about new nodes of a device that there is
 * (since 7.2 it makes the device anew; then there is nothing left to do here).
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

static void rebind_stranded(void)
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
	struct xen_carveout *c;
	unsigned int noio;

	device_lock(dev);
	c = dev_get_drvdata(dev);
	if (c) {
		xen_carveout_link_lock(c, &noio);
		if (is_stranded(c->xbdev)) {
			*(bool *)any_stranded = true;
			xen_carveout_link_unmake(c);
		}
		xen_carveout_unbar(c, XEN_CARVEOUT_BAR_SUSPEND);
		xen_carveout_link_unlock(c, noio);
	}
	device_unlock(dev);
	return 0;
}

static bool any_stranded;

/* Queued to a frozen queue by suspend: it runs when all is thawed. */
static void awake_work(struct work_struct *work)
{
	bool stranded = false;

	/* awake() stops it nowhere; the kernel wants its answer used. */
	if (driver_for_each_device(driver, NULL, &stranded, awake))
		return;
	WRITE_ONCE(any_stranded, stranded);
	rebind_stranded();
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

int xen_carveout_suspend(struct xenbus_device *dev)
{
	struct xen_carveout *c = dev_get_drvdata(&dev->dev);

	xen_carveout_bar(c, XEN_CARVEOUT_BAR_SUSPEND);
	xen_carveout_windows_revoke(c, -ECANCELED);
	if (!xen_carveout_windows_await_closed(c))
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
int xen_carveout_resume(struct xenbus_device *dev)
{
	struct xen_carveout *c = dev_get_drvdata(&dev->dev);
	unsigned int noio;

	xen_carveout_link_lock(c, &noio);
	c->attempts = 0;
	xen_carveout_link_unmake(c);
	if (xen_carveout_backend_state(dev) == XenbusStateConnected)
		xenbus_switch_state(dev, XenbusStateClosing);
	xen_carveout_link_unlock(c, noio);
	return 0;
}

/* Before the driver is registered: its devices may be suspended from then on. */
int xen_carveout_suspend_init(struct device_driver *of_ours)
{
	driver = of_ours;
	return register_xenbus_watch(&nodes_watch);
}

void xen_carveout_suspend_exit(void)
{
	unregister_xenbus_watch(&nodes_watch);
	cancel_work_sync(&awake_item);
}
