/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A carveout as a xenbus device: its nodes, and the conversation of states with
 * the front end (include/carveoutif.h, 1 to 3).
 */
#ifndef DAEMON_XENBUS_H
#define DAEMON_XENBUS_H

#include "daemon/manager.h"

/*
 * Write both ends' nodes in one transaction and watch the front end.
 * The device's record must exist before.
 */
int xenbus_publish(struct device *device);

/* What became of content that was examined: NULL, or why it was rejected. */
void xenbus_tell_verdict(struct device *device, const char *why);

/*
 * For a device whose nodes an earlier manager wrote: watch the front end, and
 * go on with its connection.  Where that cannot be, the load has lost its front
 * end, which is made to connect again by way of Closing.  If that manager was
 * killed before it wrote the nodes, xenbus_publish().
 */
int xenbus_take_up(struct device *device);

/*
 * A domain was introduced to xenstored: it may be the guest, whose nodes were
 * all removed for a soft reset (kexec in an HVM guest), which leaves it its
 * memory, its domid and its carveouts.  Then ours are written again.
 */
void xenbus_introduced(struct device *device);

/* Drop our ends of the connection, for the next manager to take up. */
void xenbus_hand_over(struct device *device);

/* Stop watching and remove the nodes, of the guest's end too.  An error: some
 * are left, for xenbus_drop_strays(). */
int xenbus_unpublish(struct device *device);

/*
 * Remove back end nodes that belong to no device: their guest, or their record,
 * is gone.  A front end that is left sees that it has no back end.
 */
bool xenbus_drop_strays(struct manager *manager);

/* NULL: there is none. */
struct device *xenbus_find(const struct manager *manager, unsigned int domid,
			   unsigned int number);

/*
 * A watch of xenbus_publish() fired, whose token begins like this.  A guest
 * makes its nodes change as fast as xenstored takes it, so this only notes it:
 * however many changes there were, the state is read once a turn.
 */
#define XENBUS_TOKEN "front:"
void xenbus_watch_fired(struct manager *manager, const char *token);

/*
 * Read the front end's state and act.  An error: it could not be read.  Where
 * it wants to be connected, device->connecting, xenbus_connect_step() is to be
 * called as long as that stays true.
 */
int xenbus_front_changed(struct device *device);
void xenbus_connect_step(struct device *device);

/* Break the connection: windows go, and the front end sees Closing, until it
 * says Closed. */
void xenbus_disconnect(struct device *device);

/* The directory of the front end's nodes. */
struct store_path xenbus_front_path(const struct device *device);

#endif
