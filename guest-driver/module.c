// SPDX-License-Identifier: GPL-2.0-only
/* The module: what comes first, and what goes last. */
#include <linux/completion.h>
#include <linux/module.h>

#include <xen/platform_pci.h>
#include <xen/xen.h>

#include "carveoutif.h"
#include "compat.h"
#include "debugfs.h"
#include "device.h"
#include "hvmgr_version.h"
#include "queue.h"
#include "tree.h"
#include "xenbus.h"

/* Longer than a manager that is there takes to connect. */
#define REGISTER_WAIT (5 * HZ)

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
	register_error = xen_carveout_register();
	complete_all(&registered);
}

static DECLARE_WORK(registration, register_work);

static int register_driver(void)
{
	queue_work(XEN_CARVEOUT_UNBOUND_WQ, &registration);
	if (!wait_for_completion_timeout(&registered, REGISTER_WAIT))
		return 0;
	if (register_error)
		flush_work(&registration); /* our text goes with the failure */
	return register_error;
}

static void unregister_driver(void)
{
	flush_work(&registration); /* up to 30 s, if there is no manager */
	if (!register_error)
		xen_carveout_unregister();
}

static int __init xen_carveout_init(void)
{
	int err;

	BUILD_BUG_ON(PAGE_SIZE != CARVEOUTIF_PAGE_SIZE);
	/* A PV guest's frames are not its own to number. */
	if (!xen_domain() || xen_pv_domain() || !xen_has_pv_devices())
		return -ENODEV;
	err = xen_carveout_queue_init();
	if (err)
		return err;
	err = xen_carveout_devices_init(xen_carveout_shutdown);
	if (err)
		goto exit_queue;
	xen_carveout_debugfs_init();
	err = register_driver();
	if (err)
		goto exit_devices;
	return 0;

exit_devices:
	xen_carveout_debugfs_exit();
	xen_carveout_devices_exit();
exit_queue:
	xen_carveout_queue_exit();
	return err;
}

static void __exit xen_carveout_exit(void)
{
	unregister_driver();
	xen_carveout_debugfs_exit();
	xen_carveout_tree_exit();
	xen_carveout_devices_exit();
	xen_carveout_queue_exit();
}

module_init(xen_carveout_init);
module_exit(xen_carveout_exit);

MODULE_DESCRIPTION("Xen carveouts: memory that goes away");
MODULE_AUTHOR("hv-mgr");
MODULE_LICENSE("GPL");
MODULE_VERSION(HV_MGR_VERSION);
MODULE_ALIAS("xen:carveout");
