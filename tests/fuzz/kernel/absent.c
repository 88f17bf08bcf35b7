// SPDX-License-Identifier: GPL-2.0-only
/* The parts of the driver that are not compiled for its fuzzer. */
#include "alloc.h"
#include "chardev.h"
#include "internal.h"
#include "sysfs.h"
#include "tree.h"

const struct file_operations xen_carveout_fops;
const struct attribute_group *xen_carveout_groups[1];

void xen_carveout_tree_match(struct xen_carveout *c)
{
	(void)c;
}

void xen_carveout_tree_announce(struct xen_carveout *c)
{
	(void)c;
}

void xen_carveout_tree_exit(void)
{
}

void xen_carveout_pool_destroy(struct xen_carveout *c)
{
	(void)c;
}
