/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A carveout, and who may touch what of it when.  Each file's own interface is
 * in the header of its name.
 *
 * Locks, outermost first; none is held while waiting for the manager, but for
 * stream->lock:
 *   stream->lock   mutex     one step of a write stream
 *   link_lock      mutex     the connection comes, or goes (link.c)
 *   c->lock        spinlock  who uses the carveout, last error
 *   window->lock   spinlock  a window's state, its access brackets, its slot
 *   publish_lock   mutex     leaf: is there a sysfs node to notify?
 *   pool_lock      mutex     leaf: creation of the pool
 *   ring.lock      spinlock  ring indices and the table of pending requests
 * window->lock and ring.lock are never held together; c->lock and ring.lock are,
 * for a put (buffer.c).  An answer's handler runs with none of them.  All are
 * taken in process context only.
 *
 * Contexts: xenbus.c runs in the xenwatch thread and must not wait for the
 * manager there; answers and events are handled in c->ring.work; a withdrawal
 * in window->withdraw, one work item a window, so that one that is stuck holds
 * up no other.
 */
#ifndef XEN_CARVEOUT_INTERNAL_H
#define XEN_CARVEOUT_INTERNAL_H

#include <linux/cdev.h>
#include <linux/device.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

#include <xen/xenbus.h>

#include "xen_carveout.h"
#include "carveoutif.h"
#include "backend.h"
#include "ring.h"
#include "slot.h"
#include "state.h"
#include "status.h"
#include "supported.h"
#include "window.h"

struct xen_carveout {
	struct device dev; /* holds the structure */
	struct cdev cdev;
	struct xenbus_device *xbdev;
	domid_t otherend;

	/* Fixed once `known` (first connect), but for what nodes.c says. */
	bool known;
	struct xen_carveout_limits limits;
	struct resource *region;
	struct xen_carveout_slot slots[CARVEOUTIF_SLOTS]; /* windows[i].lock */

	struct mutex publish_lock; /* `published`, while it is looked at */
	bool published;		   /* in /dev and /sys */
	struct dentry *debugfs;
	unsigned int attempts; /* to connect, since the last success */
	struct delayed_work retry;
	struct xenbus_watch again; /* of `retry`, in the xenwatch thread */
	bool asked_xenwatch;	   /* `again` is registered */
	int minor;		   /* negative: none */

	struct xen_carveout_ring ring;
	struct xen_carveout_win windows[CARVEOUTIF_SLOTS];

	struct mutex link_lock; /* link.c */

	spinlock_t lock;   /* all below */
	unsigned int bars; /* enum xen_carveout_bar: no window is opened */
	u32 epoch;	   /* what was written before it changed is gone */
	bool writer;	   /* a write stream, or a reset, has it */
	struct xen_carveout_status status;
	unsigned int api_users; /* windows and reservations of drivers */
	u64 allocated;		/* bytes out of xen_carveout_alloc() */
	u64 expected_size;
	u64 bytes_written;
	u64 windows_opened;
	u64 stream_ns; /* that streams took, from their first byte on */
	u64 wait_ns;   /* of these: until dom0 had taken a buffer */
	u64 entry;     /* of what was loaded by its headers */
	bool entry_known;
	u8 entry_digest[CARVEOUTIF_DIGEST_SIZE]; /* what that has */
	int last_error;
	const char *last_step; /* static string: what failed */

	struct mutex pool_lock; /* creation of pool */
	struct gen_pool *pool;
};

static inline struct xen_carveout *to_xen_carveout(struct device *dev)
{
	return container_of(dev, struct xen_carveout, dev);
}

#endif
