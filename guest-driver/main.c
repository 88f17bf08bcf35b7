// SPDX-License-Identifier: GPL-2.0-only
/*
 * The module: registration, the class "carveout", the life of struct carveout.
 */
#include <linux/completion.h>
#include <linux/fs.h>
#include <linux/idr.h>
#include <linux/ioport.h>
#include <linux/module.h>
#include <linux/slab.h>

#include <xen/platform_pci.h>
#include <xen/xen.h>

#include "compat.h"
#include "internal.h"

#define CARVEOUT_MINORS 64

/* Longer than a manager that is there takes to connect. */
#define REGISTER_WAIT (5 * HZ)

struct workqueue_struct *carveout_wq;
static dev_t carveout_devt;
static DEFINE_IDA(carveout_minors);

static char *carveout_devnode(CARVEOUT_CLASS_CONST struct device *dev,
			      umode_t *mode)
{
	if (mode)
		*mode = 0200;
	return kasprintf(GFP_KERNEL, "carveout/%s", dev_name(dev));
}

struct class carveout_class = { .name = "carveout",
				.devnode = carveout_devnode,
				.shutdown_pre = carveout_shutdown,
				.dev_groups = carveout_groups,
				CARVEOUT_CLASS_OWNER };

/* Errors ------------------------------------------------------------------ */

/* What /sys/class/carveout/NAME/last_error shows; `step` is a literal. */
void carveout_note_error(struct carveout *c, const char *step, int error)
{
	spin_lock(&c->lock);
	c->last_error = error;
	c->last_step = step;
	spin_unlock(&c->lock);
	dev_dbg(&c->dev, "%s: %d\n", step, error);
}

/* Life of a carveout ------------------------------------------------------ */

static void carveout_device_release(struct device *dev)
{
	struct carveout *c = to_carveout(dev);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(c->windows); i++)
		cancel_work_sync(&c->windows[i].withdraw);
	cancel_work_sync(&c->status.notify);
	carveout_pool_destroy(c);
	carveout_tree_release(c);
	if (c->minor >= 0)
		ida_free(&carveout_minors, c->minor);
	kfree(c);
}

/* Held by one reference, put by whoever puts &c->dev; not published yet. */
struct carveout *carveout_create(struct xenbus_device *dev)
{
	struct carveout *c = kzalloc(sizeof(*c), GFP_KERNEL);

	if (!c)
		return NULL;
	device_initialize(&c->dev);
	c->dev.class = &carveout_class;
	c->dev.parent = &dev->dev;
	c->dev.release = carveout_device_release;
	c->xbdev = dev;
	c->minor = -1;
	spin_lock_init(&c->lock);
	mutex_init(&c->publish_lock);
	mutex_init(&c->pool_lock);
	carveout_ring_init(c);
	carveout_windows_init(c);
	carveout_status_init(c);
	return c;
}

/* Make /dev/carveout/NAME and /sys/class/carveout/NAME. */
int carveout_publish(struct carveout *c)
{
	int err;

	err = dev_set_name(&c->dev, "%s", c->limits.name);
	if (err)
		return err;
	err = ida_alloc_max(&carveout_minors, CARVEOUT_MINORS - 1, GFP_KERNEL);
	if (err < 0)
		return err;
	c->minor = err;
	c->dev.devt =
		MKDEV(MAJOR(carveout_devt), MINOR(carveout_devt) + c->minor);
	cdev_init(&c->cdev, &carveout_fops);
	c->cdev.owner = THIS_MODULE;
	err = cdev_device_add(&c->cdev, &c->dev);
	if (err) {
		ida_free(&carveout_minors, c->minor);
		c->minor = -1;
		return err;
	}
	mutex_lock(&c->publish_lock);
	c->published = true;
	mutex_unlock(&c->publish_lock);
	carveout_debugfs_add(c);
	carveout_tree_announce(c);
	return 0;
}

/*
 * Waits for attributes that are being read or written, so nothing that these
 * wait for may be missing: the ring is down and everybody was told.
 */
void carveout_unpublish(struct carveout *c)
{
	bool published;

	mutex_lock(&c->publish_lock);
	published = c->published;
	c->published = false;
	mutex_unlock(&c->publish_lock);
	if (!published)
		return;
	carveout_debugfs_remove(c);
	cdev_device_del(&c->cdev, &c->dev);
}

struct carveout *carveout_get(const char *name)
{
	struct device *dev = class_find_device_by_name(&carveout_class, name);

	return dev ? to_carveout(dev) : ERR_PTR(-ENODEV);
}
EXPORT_SYMBOL_GPL(carveout_get);

void carveout_put(struct carveout *c)
{
	put_device(&c->dev);
}
EXPORT_SYMBOL_GPL(carveout_put);

u64 carveout_size(const struct carveout *c)
{
	return c->limits.size;
}
EXPORT_SYMBOL_GPL(carveout_size);

u64 carveout_base(const struct carveout *c)
{
	return c->limits.base;
}
EXPORT_SYMBOL_GPL(carveout_base);

u32 carveout_window_max(const struct carveout *c)
{
	return c->limits.window_max;
}
EXPORT_SYMBOL_GPL(carveout_window_max);

/* Registration ------------------------------------------------------------ */

/*
 * Even with .not_essential, xenbus_register_frontend() waits up to 30 s for a
 * device whose back end does not answer.  So it runs in a work item, and
 * insmod waits for that only as long as a manager that is there needs: after
 * insmod the device is normally connected, and without a manager insmod
 * returns all the same.
 */
static int register_error;
static DECLARE_COMPLETION(registered);

static void register_work(struct work_struct *work)
{
	register_error = carveout_register();
	complete_all(&registered);
}

static DECLARE_WORK(registration, register_work);

static int register_driver(void)
{
	queue_work(system_unbound_wq, &registration);
	if (!wait_for_completion_timeout(&registered, REGISTER_WAIT))
		return 0;
	return register_error;
}

static void unregister_driver(void)
{
	flush_work(&registration); /* up to 30 s, if there is no manager */
	if (!register_error)
		carveout_unregister();
}

static int __init carveout_init(void)
{
	int err;

	BUILD_BUG_ON(PAGE_SIZE != CARVEOUTIF_PAGE_SIZE);
	/* A PV guest's frames are not its own to number. */
	if (!xen_domain() || xen_pv_domain() || !xen_has_pv_devices())
		return -ENODEV;
	/* With a rescuer: a withdrawal has a second, also while memory is
	 * short. */
	carveout_wq = alloc_workqueue(
		"carveout", WQ_UNBOUND | WQ_HIGHPRI | WQ_MEM_RECLAIM, 0);
	if (!carveout_wq)
		return -ENOMEM;
	err = alloc_chrdev_region(&carveout_devt, 0, CARVEOUT_MINORS,
				  "carveout");
	if (err)
		goto destroy_wq;
	err = class_register(&carveout_class);
	if (err)
		goto unregister_chrdev;
	carveout_debugfs_init();
	err = register_driver();
	if (err)
		goto remove_debugfs;
	return 0;

remove_debugfs:
	carveout_debugfs_exit();
	class_unregister(&carveout_class);
unregister_chrdev:
	unregister_chrdev_region(carveout_devt, CARVEOUT_MINORS);
destroy_wq:
	destroy_workqueue(carveout_wq);
	return err;
}

static void __exit carveout_exit(void)
{
	unregister_driver();
	carveout_debugfs_exit();
	carveout_tree_exit();
	class_unregister(&carveout_class);
	unregister_chrdev_region(carveout_devt, CARVEOUT_MINORS);
	destroy_workqueue(carveout_wq);
	ida_destroy(&carveout_minors);
}

module_init(carveout_init);
module_exit(carveout_exit);

MODULE_DESCRIPTION("Xen carveouts: memory that goes away");
MODULE_AUTHOR("hv-mgr");
MODULE_LICENSE("GPL");
MODULE_ALIAS("xen:carveout");
