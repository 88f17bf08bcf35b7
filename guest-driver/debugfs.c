// SPDX-License-Identifier: GPL-2.0-only
/*
 * /sys/kernel/debug/xen-carveout/NAME/: counters since the carveout was found,
 * for who works on this driver.  None goes back.
 */
#include <linux/debugfs.h>

#include "debugfs.h"
#include "internal.h"

static struct dentry *root;

/* What fails here is not missed: debugfs takes its own errors for directories. */
void xen_carveout_debugfs_init(void)
{
	root = debugfs_create_dir("xen-carveout", NULL);
}

void xen_carveout_debugfs_exit(void)
{
	debugfs_remove(root);
}

void xen_carveout_debugfs_add(struct xen_carveout *c)
{
	struct dentry *dir = debugfs_create_dir(c->limits.name, root);

	debugfs_create_u64("bytes_written", 0400, dir, &c->bytes_written);
	debugfs_create_u64("windows", 0400, dir, &c->windows_opened);
	/* The rest of a stream's time is reading, unpacking and copying. */
	debugfs_create_u64("stream_ns", 0400, dir, &c->stream_ns);
	debugfs_create_u64("wait_ns", 0400, dir, &c->wait_ns);
	debugfs_create_u64("requests", 0400, dir, &c->ring.requests);
	/* Event channel sends: each is a hypercall. */
	debugfs_create_u64("notifies", 0400, dir, &c->ring.notifies);
	c->debugfs = dir;
}

void xen_carveout_debugfs_remove(struct xen_carveout *c)
{
	debugfs_remove(c->debugfs);
	c->debugfs = NULL;
}
