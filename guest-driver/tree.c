// SPDX-License-Identifier: GPL-2.0-only
/*
 * Carveouts in the guest's device tree.  A node says that the range is there,
 * so that others can point to it; what it is comes from the manager alone.
 *
 *   modem: carveout@100000000 {
 *           compatible = "hv-mgr,carveout";
 *           reg = <0x1 0x0 0x0 0x4000000>;
 *           label = "modem";
 *   };
 *   adsp { carveouts = <&modem>; };
 */
#include <linux/err.h>
#include <linux/export.h>
#include <linux/of.h>
#include <linux/of_address.h>
#include <linux/platform_device.h>
#include <linux/property.h>

#include "compat.h"
#include "device.h"
#include "internal.h"
#include "tree.h"

#define NODE_COMPATIBLE "hv-mgr,carveout"
#define NODE_LIST "carveouts"

/* Is the node about these very addresses?  If not, say so. */
static bool node_fits(struct xen_carveout *c, struct device_node *node)
{
	const struct xen_carveout_limits *l = &c->limits;
	struct resource res;
	int err = of_address_to_resource(node, 0, &res);

	if (err) {
		dev_warn(
			&c->xbdev->dev,
			"%pOF: its reg cannot be translated (%d), so the node is not used: do the nodes above it have `ranges`?\n",
			node, err);
		return false;
	}
	if (res.start == l->base && resource_size(&res) == l->size)
		return true;
	dev_warn(
		&c->xbdev->dev,
		"%pOF: its reg says %#llx+%#llx, the manager %#llx+%#llx, so the node is not used: make the guest's tree anew with `hv-mgr dt guest`\n",
		node, (u64)res.start, (u64)resource_size(&res), l->base,
		l->size);
	return false;
}

static bool node_is_of(struct xen_carveout *c, struct device_node *node)
{
	const char *label;

	return of_device_is_available(node) &&
	       !of_property_read_string(node, "label", &label) &&
	       !strcmp(label, c->limits.name) && node_fits(c, node);
}

/* The node of this carveout, if there is one, becomes the class device's. */
void xen_carveout_tree_match(struct xen_carveout *c)
{
	struct device_node *node;

	for_each_compatible_node(node, NULL, NODE_COMPATIBLE) {
		if (node_is_of(c, node)) {
			/* The loop's reference is the device's now. */
			device_set_node(&c->dev, of_fwnode_handle(node));
			return;
		}
	}
}

/*
 * A driver that of_xen_carveout_get() deferred is tried again only when some
 * driver binds to some device (driver_deferred_probe_trigger()).  A carveout
 * appears when the manager answers, with no such event, so look at every device
 * of the platform bus, where nodes of a device tree end up, that has no driver.
 */
static void retry_deferred(struct work_struct *work)
{
	if (bus_rescan_devices(&platform_bus_type))
		pr_warn("xen-carveout: drivers that wait for a carveout could not be tried again\n");
}

static DECLARE_WORK(retry_work, retry_deferred);

/*
 * The carveout can be found.  Not in the caller's context: a probe may wait;
 * nor in a queue of ours, which has a rescuer: a probe may wait for work in one
 * that has none, which the kernel warns of.
 */
void xen_carveout_tree_announce(struct xen_carveout *c)
{
	if (c->dev.of_node)
		queue_work(XEN_CARVEOUT_UNBOUND_WQ, &retry_work);
}

/* The module goes. */
void xen_carveout_tree_exit(void)
{
	cancel_work_sync(&retry_work);
}

/* Takes over the reference to node. */
static struct xen_carveout *xen_carveout_of_node(struct device_node *node)
{
	struct device *dev = NULL;
	bool carveout = of_device_is_compatible(node, NODE_COMPATIBLE);
	bool enabled = of_device_is_available(node);

	if (carveout && enabled)
		dev = class_find_device_by_of_node(&xen_carveout_class, node);
	of_node_put(node);
	if (dev)
		return to_xen_carveout(dev);
	if (!carveout)
		return ERR_PTR(-EINVAL);
	return ERR_PTR(enabled ? -EPROBE_DEFER : -ENODEV);
}

struct xen_carveout *of_xen_carveout_get(struct device_node *np, int index)
{
	struct of_phandle_args args;
	int err;

	err = of_parse_phandle_with_fixed_args(np, NODE_LIST, 0, index, &args);
	return err ? ERR_PTR(err) : xen_carveout_of_node(args.np);
}
EXPORT_SYMBOL_NS_GPL(of_xen_carveout_get, XEN_CARVEOUT_NS);
