// SPDX-License-Identifier: GPL-2.0-only
/*
 * What both ends tell each other in xenstore as they connect: is it the
 * carveout that it was, and where our ring and our directories are.
 */
#include <linux/string.h>

#include <xen/xenbus.h>

#include "internal.h"
#include "nodes.h"
#include "region.h"
#include "tree.h"

/* First connect: keep what the back end says, for good. */
static int learn(struct xen_carveout *c, const struct xen_carveout_limits *l)
{
	int err;

	c->limits = *l;
	err = xen_carveout_claim_region(c, l);
	if (err)
		return err;
	xen_carveout_tree_match(c);
	c->known = true;
	return 0;
}

static bool same_carveout(const struct xen_carveout_limits *a,
			  const struct xen_carveout_limits *b)
{
	return !strcmp(a->name, b->name) && a->base == b->base &&
	       a->size == b->size && a->window_max == b->window_max &&
	       a->windows_max == b->windows_max &&
	       a->device_memory == b->device_memory;
}

/* A later connect must find the same carveout: slots and users rely on it. */
int xen_carveout_check_nodes(struct xen_carveout *c)
{
	struct xen_carveout_limits l;
	int err = xen_carveout_read_limits(c->xbdev, &l);

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
	WRITE_ONCE(c->limits.format, l.format);
	WRITE_ONCE(c->limits.wants_evidence, l.wants_evidence);
	if (l.expected_size)
		c->expected_size = l.expected_size;
	spin_unlock(&c->lock);
	return 0;
}

/* Our nodes ---------------------------------------------------------------- */

static int write_slots(struct xen_carveout *c, struct xenbus_transaction xbt)
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

static int write_nodes_in(struct xen_carveout *c, struct xenbus_transaction xbt)
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
int xen_carveout_write_nodes(struct xen_carveout *c)
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
