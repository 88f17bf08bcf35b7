// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/share.h"

#include "base/clock.h"
#include "daemon/commands.h"
#include "daemon/device.h"
#include "daemon/examination.h"
#include "daemon/requests.h"
#include "daemon/settle.h"
#include "daemon/tenant.h"
#include "daemon/trail.h"
#include "daemon/turns.h"
#include "daemon/waiters.h"
#include "daemon/xenbus.h"

/* When xenstored could not say how a front end stands, it is asked again. */
#define LOOK_AGAIN_MS 1000

/* The longest rest after one: what took its time may have been a machine that
 * stood still. */
#define LOOK_REST_MS 1000

/* ---- when ---- */

static int64_t until(uint64_t at)
{
	uint64_t now = clock_ms();

	return at > now ? (int64_t)(at - now) : 0;
}

static int64_t device_wait(const struct device *device)
{
	if (device->ring_pending || waiters_are_due(device) ||
	    tenant_is_detached(device))
		return 0;
	if (!device->front_pending && !device->connecting)
		return carveout_wait(&device->carveout);
	return clock_sooner(carveout_wait(&device->carveout),
			    until(device->tenant->front_at));
}

int64_t share_wait(const struct tenant *tenant)
{
	int64_t wait = settle_owes(tenant) ? until(tenant->settle_at) : -1;

	wait = clock_sooner(wait, trail_wait(tenant));
	for (const struct device *d = tenant->devices; d; d = d->next)
		wait = clock_sooner(wait, device_wait(d));
	return wait;
}

/* ---- what ---- */

/*
 * A guest that changes its state without end has xenstored busy, too, so that
 * each look takes long.  It gets a fifth of our time at most, or rests for
 * LOOK_REST_MS.
 */
static void rest(struct tenant *tenant)
{
	uint64_t ms = 4 * tenant->looked_ms;

	tenant->front_at = clock_ms() + (ms < LOOK_REST_MS ? ms : LOOK_REST_MS);
	tenant->looked_ms = 0;
}

static void look(struct device *device)
{
	struct tenant *tenant = device->tenant;
	uint64_t begun = clock_ms();
	int rc = 0;

	if (device->connecting) {
		xenbus_connect_step(device);
	} else {
		rc = xenbus_front_changed(device);
		device->front_pending = rc != 0;
	}
	tenant->looked_ms += clock_ms() - begun;
	if (rc)
		tenant->front_at = clock_ms() + LOOK_AGAIN_MS;
	else if (!device->connecting)
		rest(tenant);
}

static bool look_at_front(struct device *device)
{
	if ((!device->front_pending && !device->connecting) ||
	    clock_ms() < device->tenant->front_at)
		return false;
	look(device);
	return true;
}

/* Slow work and requests in turns: a front end that always has requests must
 * not put off the end of its windows, nor a scrub its answers. */
static void serve(struct device *device)
{
	bool work = !carveout_wait(&device->carveout);

	device->worked = work && !(device->worked && device->ring_pending);
	if (device->worked) {
		carveout_work(&device->carveout);
		commands_progress(device);
	} else if (device->ring_pending) {
		requests_serve(device);
	}
}

static void device_turn(struct device *device)
{
	device->last_turn = device->tenant->spent;
	if (!look_at_front(device))
		serve(device);
	/* Last: what was just done may be what somebody waits for. */
	waiters_answer(device);
	if (!carveout_busy(&device->carveout))
		examination_end(device);
	tenant_finish_detach(device);
}

/* Whose last turn is the longest ago, of those that have something to do. */
static struct device *next_device(struct tenant *tenant)
{
	struct device *next = NULL;

	for (struct device *d = tenant->devices; d; d = d->next)
		if (!device_wait(d) &&
		    (!next || d->last_turn < next->last_turn))
			next = d;
	return next;
}

void share_take(struct tenant *tenant)
{
	struct manager *manager = tenant->manager;
	hv_domid domid = tenant->guest.domid;
	struct device *device = next_device(tenant);

	trail_settle(tenant);
	if (device)
		device_turn(device);
	if (manager->domids->guest[domid] == tenant)
		settle_tenant(tenant);
	/* It may have been its last carveout, or there was none. */
	if (manager->domids->guest[domid] == tenant)
		turns_again(tenant, share_wait(tenant));
}
