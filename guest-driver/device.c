// SPDX-License-Identifier: GPL-2.0-only
/*
 * The life of a carveout: its class, its names in /dev and /sys, its holders.
 */
#include <linux/fs.h>
#include <linux/idr.h>
#include <linux/module.h>
#include <linux/of.h>
#include <linux/slab.h>

#include "alloc.h"
#include "chardev.h"
#include "compat.h"
#include "debugfs.h"
#include "device.h"
#include "internal.h"
#include "sysfs.h"

#define XEN_CARVEOUT_MINORS 64

static dev_t xen_carveout_devt;
static DEFINE_IDA(xen_carveout_minors);

static char *xen_carveout_devnode(XEN_CARVEOUT_CLASS_CONST struct device *dev,
				  umode_t *mode)
{
	if (mode)
		*mode = 0200;
	return kasprintf(GFP_KERNEL, "xen/carveout/%s", dev_name(dev));
}

struct class xen_carveout_class = { .name = "xen_carveout",
				    .devnode = xen_carveout_devnode,
				    .dev_groups = xen_carveout_groups,
				    XEN_CARVEOUT_CLASS_OWNER };

static void xen_carveout_device_release(struct device *dev)
{
	struct xen_carveout *c = to_xen_carveout(dev);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(c->windows); i++)
		cancel_work_sync(&c->windows[i].withdraw);
	cancel_work_sync(&c->status.notify);
	xen_carveout_pool_destroy(c);
	of_node_put(c->dev.of_node); /* tree.c gave it */
	if (c->minor >= 0)
		ida_free(&xen_carveout_minors, c->minor);
	kfree(c);
}

/* Held by one reference, put by whoever puts &c->dev; not published yet. */
struct xen_carveout *xen_carveout_create(struct xenbus_device *dev)
{
	struct xen_carveout *c = kzalloc(sizeof(*c), GFP_KERNEL);

	if (!c)
		return NULL;
	device_initialize(&c->dev);
	c->dev.class = &xen_carveout_class;
	c->dev.parent = &dev->dev;
	c->dev.release = xen_carveout_device_release;
	c->xbdev = dev;
	c->minor = -1;
	spin_lock_init(&c->lock);
	mutex_init(&c->publish_lock);
	mutex_init(&c->pool_lock);
	xen_carveout_ring_init(&c->ring);
	xen_carveout_windows_init(c);
	xen_carveout_status_init(c);
	return c;
}

/* Make /dev/xen/carveout/NAME and /sys/class/xen_carveout/NAME. */
int xen_carveout_publish(struct xen_carveout *c)
{
	int err;

	err = dev_set_name(&c->dev, "%s", c->limits.name);
	if (err)
		return err;
	err = ida_alloc_max(&xen_carveout_minors, XEN_CARVEOUT_MINORS - 1,
			    GFP_KERNEL);
	if (err < 0)
		return err;
	c->minor = err;
	c->dev.devt = MKDEV(MAJOR(xen_carveout_devt),
			    MINOR(xen_carveout_devt) + c->minor);
	cdev_init(&c->cdev, &xen_carveout_fops);
	c->cdev.owner = THIS_MODULE;
	err = cdev_device_add(&c->cdev, &c->dev);
	if (err) {
		ida_free(&xen_carveout_minors, c->minor);
		c->minor = -1;
		return err;
	}
	mutex_lock(&c->publish_lock);
	c->published = true;
	mutex_unlock(&c->publish_lock);
	xen_carveout_debugfs_add(c);
	return 0;
}

/*
 * Waits for attributes that are being read or written, so nothing that these
 * wait for may be missing: the ring is down and everybody was told.
 */
void xen_carveout_unpublish(struct xen_carveout *c)
{
	bool published;

	mutex_lock(&c->publish_lock);
	published = c->published;
	c->published = false;
	mutex_unlock(&c->publish_lock);
	if (!published)
		return;
	xen_carveout_debugfs_remove(c);
	cdev_device_del(&c->cdev, &c->dev);
}

struct xen_carveout *xen_carveout_get(const char *name)
{
	struct device *dev =
		class_find_device_by_name(&xen_carveout_class, name);

	return dev ? to_xen_carveout(dev) : ERR_PTR(-ENODEV);
}
EXPORT_SYMBOL_NS_GPL(xen_carveout_get, XEN_CARVEOUT_NS);

void xen_carveout_put(struct xen_carveout *c)
{
	put_device(&c->dev);
}
EXPORT_SYMBOL_NS_GPL(xen_carveout_put, XEN_CARVEOUT_NS);

u64 xen_carveout_size(const struct xen_carveout *c)
{
	return c->limits.size;
}
EXPORT_SYMBOL_NS_GPL(xen_carveout_size, XEN_CARVEOUT_NS);

u64 xen_carveout_base(const struct xen_carveout *c)
{
	return c->limits.base;
}
EXPORT_SYMBOL_NS_GPL(xen_carveout_base, XEN_CARVEOUT_NS);

u32 xen_carveout_window_max(const struct xen_carveout *c)
{
	return c->limits.window_max;
}
EXPORT_SYMBOL_NS_GPL(xen_carveout_window_max, XEN_CARVEOUT_NS);

/* Registration ------------------------------------------------------------ */

/* shutdown: of each device, before that of its parent, as the kernel ends. */
int xen_carveout_devices_init(int (*shutdown)(struct device *dev))
{
	int err = alloc_chrdev_region(&xen_carveout_devt, 0,
				      XEN_CARVEOUT_MINORS, "xen_carveout");

	if (err)
		return err;
	xen_carveout_class.shutdown_pre = shutdown;
	err = class_register(&xen_carveout_class);
	if (err)
		unregister_chrdev_region(xen_carveout_devt,
					 XEN_CARVEOUT_MINORS);
	return err;
}

void xen_carveout_devices_exit(void)
{
	class_unregister(&xen_carveout_class);
	unregister_chrdev_region(xen_carveout_devt, XEN_CARVEOUT_MINORS);
	ida_destroy(&xen_carveout_minors);
}
