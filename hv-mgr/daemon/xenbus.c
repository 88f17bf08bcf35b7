// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/xenbus.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xen/io/xenbus.h>

#include "base/log.h"
#include "base/log_limit.h"
#include "carveoutif.h"
#include "daemon/device.h"
#include "daemon/events.h"
#include "daemon/label.h"
#include "daemon/ring.h"
#include "daemon/store.h"
#include "daemon/tenant.h"
#include "daemon/turns.h"
#include "daemon/waiters.h"

struct device *xenbus_find(const struct manager *manager, unsigned int domid,
			   unsigned int number)
{
	struct tenant *tenant = domid < DOMIDS ? manager->domids->guest[domid] :
						 NULL;

	for (struct device *d = tenant ? tenant->devices : NULL; d; d = d->next)
		if (d->number == number)
			return d;
	return NULL;
}

struct store_path xenbus_front_path(const struct device *device)
{
	return store_path("/local/domain/%u/device/" CARVEOUTIF_DEVICE "/%u",
			  device->tenant->guest.domid, device->number);
}

#define BACKS "/local/domain/0/backend/" CARVEOUTIF_DEVICE

static struct store_path backs_path(hv_domid domid)
{
	return store_path(BACKS "/%u", domid);
}

static struct store_path back_path(const struct device *device)
{
	return store_path("%s/%u", backs_path(device->tenant->guest.domid).text,
			  device->number);
}

static struct xs_handle *xs_of(const struct device *device)
{
	return device->tenant->manager->xs;
}

/* What a front end makes us say: it may do so as often as it likes. */
static void log_front(const struct device *device, const char *what)
{
	struct guest *guest = &device->tenant->guest;

	if (log_allowed(&guest->log, guest->domid))
		log_info("%s: front end %s", label_of_device(device).text,
			 what);
}

/* ---- our nodes ---- */

static int write_front(struct xs_handle *xs, xs_transaction_t t,
		       const struct device *device)
{
	struct store_path front = xenbus_front_path(device);
	int rc;

	rc = store_write(xs, t, front.text, "backend", "%s",
			 back_path(device).text);
	if (!rc)
		rc = store_write(xs, t, front.text, "backend-id", "0");
	if (!rc)
		rc = store_write(xs, t, front.text, "state", "%d",
				 XenbusStateInitialising);
	return rc;
}

static int write_limits(struct xs_handle *xs, xs_transaction_t t,
			const struct device *device, const char *back)
{
	const struct carveout_config *config = &device->carveout.config;
	int rc;

	rc = store_write(xs, t, back, "versions", "%d,%d",
			 CARVEOUTIF_VERSION_MIN, CARVEOUTIF_VERSION);
	if (!rc)
		rc = store_write(xs, t, back, "name", "%s", config->name);
	if (!rc)
		rc = store_write(xs, t, back, "base", "%llu",
				 ull(config->base));
	if (!rc)
		rc = store_write(xs, t, back, "size", "%llu",
				 ull(config->size));
	if (!rc)
		rc = store_write(xs, t, back, "window-max", "%u",
				 config->window_max);
	if (!rc)
		rc = store_write(xs, t, back, "windows-max", "%u",
				 config->windows_max);
	if (!rc)
		rc = store_write(xs, t, back, "memory", "%s",
				 device->stanza.backing == STANZA_POOL ?
					 "device" :
					 "normal");
	if (!rc && config->expected_size)
		rc = store_write(xs, t, back, "expected-size", "%llu",
				 ull(config->expected_size));
	if (!rc && device->stanza.verify.kind == VERIFY_MBN)
		rc = store_write(xs, t, back, "evidence", "1");
	if (!rc && device->stanza.format != IMAGE_AUTO)
		rc = store_write(xs, t, back, "format", "%s",
				 image_format_name(device->stanza.format));
	return rc;
}

static int write_back(struct xs_handle *xs, xs_transaction_t t,
		      const struct device *device)
{
	struct store_path back = back_path(device);
	int rc;

	rc = store_write(xs, t, back.text, "frontend", "%s",
			 xenbus_front_path(device).text);
	if (!rc)
		rc = store_write(xs, t, back.text, "frontend-id", "%u",
				 device->tenant->guest.domid);
	if (!rc)
		rc = store_write(xs, t, back.text, "online", "1");
	if (!rc)
		rc = write_limits(xs, t, device, back.text);
	if (!rc)
		rc = store_write(xs, t, back.text, "state", "%d",
				 XenbusStateInitWait);
	return rc;
}

/*
 * The directory is made and permitted before anything is in it: nodes get the
 * permissions of their parent when they are made.  What the guest has to write
 * it may, as libxl__device_generic_add() does.
 */
static int write_nodes(struct xs_handle *xs, xs_transaction_t t, void *context)
{
	const struct device *device = context;
	struct store_path back = back_path(device);
	struct store_path front = xenbus_front_path(device);
	int rc = 0;

	if (!xs_mkdir(xs, t, back.text) || !xs_mkdir(xs, t, front.text))
		return -errno;
	rc = store_permit(xs, t, back.text, 0, device->tenant->guest.domid);
	if (!rc)
		rc = store_permit(xs, t, front.text,
				  device->tenant->guest.domid, 0);
	if (!rc)
		rc = write_back(xs, t, device);
	if (!rc)
		rc = write_front(xs, t, device);
	return rc;
}

static void set_state(struct device *device, int state)
{
	struct store_path back = back_path(device);

	device->backend_state = state;
	if (store_write(xs_of(device), XBT_NULL, back.text, "state", "%d",
			state))
		log_error("cannot write %s/state: errno %d", back.text, errno);
}

/* The token of a watch names the device, so that none has to be looked for. */
static struct store_path token_of(const struct device *device)
{
	return store_path(XENBUS_TOKEN "%u:%u", device->tenant->guest.domid,
			  device->number);
}

static int watch(struct device *device)
{
	struct store_path path =
		store_path("%s/state", xenbus_front_path(device).text);

	return xs_watch(xs_of(device), path.text, token_of(device).text) ?
		       0 :
		       -errno;
}

void xenbus_watch_fired(struct manager *manager, const char *token)
{
	unsigned int domid, number;
	struct device *device;

	if (sscanf(token, XENBUS_TOKEN "%u:%u", &domid, &number) != 2)
		return;
	device = xenbus_find(manager, domid, number);
	if (!device)
		return;
	device->front_pending = true;
	turns_wake(device->tenant);
}

int xenbus_publish(struct device *device)
{
	int rc;

	rc = store_transaction(xs_of(device), write_nodes, device);
	if (rc)
		return rc;
	device->backend_state = XenbusStateInitWait;
	rc = watch(device);
	if (rc)
		xenbus_unpublish(device);
	return rc;
}

void xenbus_tell_verdict(struct device *device, const char *why)
{
	if (store_write(xs_of(device), XBT_NULL, back_path(device).text,
			"verdict", "%s%s", why ? "rejected: " : "verified",
			why ? why : ""))
		log_error("%s: its verdict cannot be written to xenstore",
			  label_of_device(device).text);
}

/* Both ends', or neither's: is_published() looks at one. */
static int remove_ends(struct xs_handle *xs, xs_transaction_t t, void *context)
{
	const struct device *device = context;
	int rc = store_remove(xs, t, xenbus_front_path(device).text);

	return rc ? rc : store_remove(xs, t, back_path(device).text);
}

static int remove_nodes(struct xs_handle *xs, struct device *device)
{
	hv_domid domid = device->tenant->guest.domid;
	int rc;

	rc = store_transaction(xs, remove_ends, device);
	if (!rc)
		rc = store_remove_if_empty(xs, backs_path(domid).text);
	if (!rc)
		rc = store_remove_if_empty(xs, BACKS);
	if (!rc)
		rc = store_remove_if_empty(
			xs, store_path("/local/domain/%u/device/" //
				       CARVEOUTIF_DEVICE,
				       domid)
				    .text);
	return rc;
}

int xenbus_unpublish(struct device *device)
{
	struct store_path path =
		store_path("%s/state", xenbus_front_path(device).text);

	xs_unwatch(xs_of(device), path.text, token_of(device).text);
	return remove_nodes(xs_of(device), device);
}

/* ---- nodes that are nobody's ---- */

static bool is_somebodys(const struct manager *manager, const char *domid,
			 const char *number)
{
	unsigned int d, n;
	char end;

	return sscanf(domid, "%u%c", &d, &end) == 1 &&
	       sscanf(number, "%u%c", &n, &end) == 1 &&
	       xenbus_find(manager, d, n);
}

/* The front end's nodes first: ours say where they are. */
static int drop_stray(struct manager *manager, const char *back)
{
	char front[STORE_PATH_MAX];
	int rc;

	rc = store_read(manager->xs, back, "frontend", front, sizeof(front));
	if (!rc)
		rc = store_remove(manager->xs, XBT_NULL, front);
	if (rc && rc != -ENOENT)
		return rc;
	return store_remove(manager->xs, XBT_NULL, back);
}

static bool drop_strays_of(struct manager *manager, const char *domid)
{
	struct store_path backs = store_path(BACKS "/%s", domid);
	unsigned int count;
	char **numbers;
	bool more;

	numbers = xs_directory(manager->xs, XBT_NULL, backs.text, &count);
	more = !numbers && errno != ENOENT;
	for (unsigned int i = 0; numbers && i < count; i++) {
		struct store_path back =
			store_path("%s/%s", backs.text, numbers[i]);

		if (!is_somebodys(manager, domid, numbers[i]))
			more |= drop_stray(manager, back.text) != 0;
	}
	free(numbers);
	return store_remove_if_empty(manager->xs, backs.text) || more;
}

bool xenbus_drop_strays(struct manager *manager)
{
	unsigned int count;
	char **domids = xs_directory(manager->xs, XBT_NULL, BACKS, &count);
	bool more = !domids && errno != ENOENT;

	for (unsigned int i = 0; domids && i < count; i++)
		more |= drop_strays_of(manager, domids[i]);
	free(domids);
	return store_remove_if_empty(manager->xs, BACKS) || more;
}

/* ---- the front end ---- */

/*
 * The nodes that a connection needs, in the order in which they are read.  Each
 * is a round trip, which a guest that keeps xenstored busy makes long.
 */
enum { NODE_VERSION, NODE_RING, NODE_CHANNEL, NODE_SLOTS };

static unsigned int nodes_of(const struct device *device)
{
	return NODE_SLOTS + device->carveout.config.windows_max;
}

static struct store_path name_of(unsigned int node)
{
	static const char *const names[] = {
		[NODE_VERSION] = "version",
		[NODE_RING] = "ring-ref",
		[NODE_CHANNEL] = "event-channel",
	};

	if (node < NODE_SLOTS)
		return store_path("%s", names[node]);
	return store_path("slot-ref-%u", node - NODE_SLOTS);
}

static void note_node(struct ring_address *address, unsigned int node,
		      uint32_t value)
{
	if (node == NODE_RING)
		address->ring_ref = value;
	else if (node == NODE_CHANNEL)
		address->port = value;
	else if (node >= NODE_SLOTS)
		address->slot_refs[node - NODE_SLOTS] = value;
}

/* The next of them. */
static int read_node(struct device *device)
{
	unsigned int node = device->nodes_read;
	uint64_t value;
	int rc;

	rc = store_read_number(xs_of(device), xenbus_front_path(device).text,
			       name_of(node).text, UINT32_MAX, &value);
	if (rc)
		return rc;
	if (node == NODE_VERSION &&
	    (value < CARVEOUTIF_VERSION_MIN || value > CARVEOUTIF_VERSION))
		return -EPROTONOSUPPORT;
	note_node(&device->address, node, (uint32_t)value);
	device->nodes_read++;
	return 0;
}

static const char *connect_error(int rc)
{
	switch (rc) {
	case -EPROTONOSUPPORT:
		return "version: this back end speaks versions 1 and 2 only";
	case -ENOENT:
		return "version, ring-ref, event-channel or a slot-ref is missing";
	case -ERANGE:
	case -EINVAL:
		return "a node is not a decimal number, or names no grant or event channel of this domain";
	default:
		return "the back end has no memory or no file descriptor left";
	}
}

static void refuse(struct device *device, int rc)
{
	struct store_path back = back_path(device);
	struct guest *guest = &device->tenant->guest;

	if (log_allowed(&guest->log, guest->domid))
		log_warning("%s: front end refused: %s",
			    label_of_device(device).text, connect_error(rc));
	store_write(xs_of(device), XBT_NULL, back.text, "error", "%s",
		    connect_error(rc));
	device->refused = true;
	set_state(device, XenbusStateClosed);
}

static void drop_ring(struct device *device)
{
	events_ignore(device->tenant->manager->events, ring_port(device->ring));
	ring_disconnect(device->ring);
	device->ring = NULL;
	device->replay = false; /* that was about requests in it */
}

static void begin_connecting(struct device *device)
{
	device->connecting = true;
	device->nodes_read = 0;
	device->address = (struct ring_address){
		.domid = device->tenant->guest.domid,
		.slots = device->carveout.config.windows_max,
	};
}

/* Most were never refused: no round trip for them. */
static void take_back_error(struct device *device)
{
	if (device->refused)
		store_remove(
			xs_of(device), XBT_NULL,
			store_path("%s/error", back_path(device).text).text);
	device->refused = false;
}

static int connect_ring(struct device *device)
{
	struct manager *manager = device->tenant->manager;
	int rc;

	events_make_room(manager->events);
	rc = ring_connect(manager->gnttab, events_handle(manager->events),
			  &device->address, &device->ring);
	if (rc)
		return rc;
	rc = events_listen(manager->events, ring_port(device->ring), device);
	if (rc) {
		drop_ring(device);
		return rc;
	}
	take_back_error(device);
	/* Requests may have come before the channel was bound. */
	device->ring_pending = true;
	return 0;
}

/* One node read, or the ring that they are about. */
static int connect_step(struct device *device)
{
	if (device->nodes_read < nodes_of(device))
		return read_node(device);
	device->connecting = false;
	return connect_ring(device);
}

/* Our state may have become another since it was begun. */
void xenbus_connect_step(struct device *device)
{
	int rc;

	if (device->backend_state != XenbusStateInitWait) {
		device->connecting = false;
		return;
	}
	rc = connect_step(device);
	if (!rc && device->connecting)
		return;
	device->connecting = false;
	if (rc) {
		refuse(device, rc);
		return;
	}
	set_state(device, XenbusStateConnected);
	log_front(device, "connected");
}

static void end_connection(struct device *device)
{
	drop_ring(device);
	device->ring_pending = false;
	waiters_forget(device, NULL);
	carveout_disconnected(&device->carveout);
	log_front(device, "gone");
}

void xenbus_disconnect(struct device *device)
{
	if (!device->ring)
		return;
	end_connection(device);
	set_state(device, XenbusStateClosing);
}

/* The connection, if there was one, is over, and this is what we say to that. */
static void close_to(struct device *device, int state)
{
	device->connecting = false;
	if (device->ring)
		end_connection(device);
	if (device->backend_state != state)
		set_state(device, state);
}

/* Unknown: there is no state, or what is there is none.  That xenstored could
 * not answer says nothing of that end: a negated errno. */
static int state_at(const struct device *device, const char *directory)
{
	uint64_t state;
	int rc = store_read_number(xs_of(device), directory, "state",
				   XenbusStateReconfigured, &state);

	if (rc == -ENOENT || rc == -EINVAL || rc == -ERANGE)
		return XenbusStateUnknown;
	return rc ? rc : (int)state;
}

static int front_state(const struct device *device)
{
	return state_at(device, xenbus_front_path(device).text);
}

/*
 * The front end's state decides; ours only says whether there is something to
 * do.  A guest may write any state at any time: nothing here trusts the order.
 *
 * Each end of a connection is answered with its own state, which stays until
 * the front end's next: Linux' xenbus waits five seconds for each of them
 * (drivers/xen/xenbus/xenbus_probe_frontend.c): for Closing at power-off, in
 * xenbus_frontend_dev_shutdown(), and for all three when a kernel that was
 * started by kexec brings back what it found, in xenbus_reset_frontend(), which
 * begins with Initialising only where it finds both ends Closed.
 */
static void follow(struct device *device, int state)
{
	device->front_lost = state == XenbusStateUnknown;
	switch (state) {
	case XenbusStateInitialised:
	case XenbusStateConnected:
		if (device->backend_state == XenbusStateInitWait)
			begin_connecting(device);
		break;
	case XenbusStateClosing:
		close_to(device, XenbusStateClosing);
		break;
	case XenbusStateUnknown: /* the guest is going, or being reset */
	case XenbusStateClosed:
		close_to(device, XenbusStateClosed);
		break;
	case XenbusStateInitialising:
		close_to(device, XenbusStateInitWait);
		break;
	default:
		break;
	}
}

/* libxl__domain_make() removes and makes all of the guest's directory before
 * the guest is introduced; a guest that is going has none. */
static bool has_directory(const struct device *device)
{
	struct store_path domain =
		store_path("/local/domain/%u", device->tenant->guest.domid);
	char name[TENANT_NAME_MAX + 1];

	return store_read(xs_of(device), domain.text, "name", name,
			  sizeof(name)) != -ENOENT;
}

void xenbus_introduced(struct device *device)
{
	int rc;

	if (!device->front_lost || !has_directory(device))
		return;
	rc = store_transaction(xs_of(device), write_nodes, device);
	if (rc)
		log_error("%s: its nodes cannot be written again: errno %d",
			  label_of_device(device).text, -rc);
	else
		device->backend_state = XenbusStateInitWait;
	device->front_lost = rc != 0;
}

/* ---- from one manager to the next ---- */

/*
 * An earlier manager was Connected: go on with its ring, without a word to the
 * front end but a notification, in case that one was killed before its own.
 * The first request may be one that it was killed over.
 */
static int take_up_ring(struct device *device, int front)
{
	int rc;

	if (front != XenbusStateConnected && front != XenbusStateInitialised)
		return -EPIPE;
	begin_connecting(device);
	do
		rc = connect_step(device);
	while (!rc && device->connecting);
	device->connecting = false;
	if (rc)
		return rc;
	device->replay = true;
	ring_wake(device->ring);
	carveout_remind(&device->carveout);
	return 0;
}

/* Where that cannot be, what the earlier manager said last stands, as long as
 * it is an answer to a front end that is not connected.  An error: xenstored
 * did not say how the two ends stand. */
static int take_up(struct device *device)
{
	int back = state_at(device, back_path(device).text);
	int front = front_state(device);

	if (back < 0 || front < 0)
		return back < 0 ? back : front;
	device->untaken = false;
	device->backend_state = back;
	if (back == XenbusStateConnected && !take_up_ring(device, front))
		return 0;
	carveout_disconnected(&device->carveout);
	if (back != XenbusStateInitWait && back != XenbusStateClosed)
		set_state(device, XenbusStateClosing);
	return 0;
}

int xenbus_front_changed(struct device *device)
{
	int state = device->untaken ? take_up(device) : 0;

	if (!state)
		state = front_state(device);
	if (state >= 0)
		follow(device, state);
	return state < 0 ? state : 0;
}

/* Both ends' nodes are written at once: one of them says whether all are. */
static bool is_published(const struct device *device)
{
	struct store_path back = back_path(device);
	char value[STORE_PATH_MAX];

	return store_read(xs_of(device), back.text, "frontend", value,
			  sizeof(value)) != -ENOENT;
}

int xenbus_take_up(struct device *device)
{
	if (!is_published(device))
		return xenbus_publish(device);
	device->untaken = true;
	device->refused = true; /* it may have been */
	device->front_pending = take_up(device) != 0;
	return watch(device);
}

void xenbus_hand_over(struct device *device)
{
	if (!device->ring)
		return;
	drop_ring(device);
	waiters_forget(device, NULL);
}
