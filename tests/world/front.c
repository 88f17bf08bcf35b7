// SPDX-License-Identifier: GPL-2.0-only
#include "front.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <xen/io/xenbus.h>

#include "channels.h"
#include "cmocka_all.h"
#include "daemon/store.h"
#include "front_load.h"
#include "front_ring.h"
#include "host.h"
#include "xenstored.h"

#define front (host.front)

/* ---- xenstore ---- */

static struct store_path front_node(const char *node)
{
	return store_path("/local/domain/%u/device/carveout/0/%s", front.domid,
			  node);
}

static int64_t backend_number(const char *node)
{
	return xenstore_get_number(
		front.domid,
		store_path("/local/domain/0/backend/carveout/%u/0/%s",
			   front.domid, node)
			.text);
}

/* False: the nodes are gone, or somebody else's. */
static bool put_number(const char *node, uint32_t number)
{
	char text[16];
	int length = snprintf(text, sizeof(text), "%u", number);

	return xenstore_put(front.domid, front_node(node).text, text,
			    (unsigned int)length);
}

/* ---- the connection ---- */

static void set_link(enum front_link link, enum xenbus_state state)
{
	front.link = link;
	put_number("state", state);
}

static void offer(void)
{
	front.base = (uint64_t)backend_number("base");
	front.size = (uint64_t)backend_number("size");
	front.window_max = (uint32_t)backend_number("window-max");
	front_ring_make();
	put_number("version", CARVEOUTIF_VERSION);
	put_number("ring-ref", RING_REF);
	put_number("event-channel", front.port);
	for (unsigned int i = 0; i < FRONT_SLOTS; i++)
		put_number(store_path("slot-ref-%u", i).text, SLOT_REF + i);
	set_link(FRONT_OFFERS, XenbusStateInitialised);
}

/* Windows and what was in flight are lost with the connection. */
static void lose(void)
{
	bool loading = front.load != FRONT_IDLE && front.load != FRONT_SEALED;

	front_ring_drop();
	if (loading)
		front_load_failed(-EPIPE);
}

static void connected(void)
{
	front.connections++;
	set_link(FRONT_CONNECTED, XenbusStateConnected);
}

/* By the module, the last time that it was there. */
static bool left_closed(void)
{
	return xenstore_get_number(front.domid, front_node("state").text) ==
	       XenbusStateClosed;
}

static void follow_connected(int64_t backend)
{
	if (backend == XenbusStateConnected)
		return;
	lose();
	if (backend == XenbusStateInitWait) {
		offer();
		return;
	}
	put_number("state", XenbusStateClosed);
	set_link(FRONT_WAITS, XenbusStateInitialising);
}

/* ---- what Linux' xenbus does without the driver ---- */

/* wait_event_timeout() of its. */
#define XENBUS_PATIENCE_MS 5000

static bool backend_became(int64_t backend, enum xenbus_state expected)
{
	if (backend == expected)
		return true;
	if (host.now - front.since < XENBUS_PATIENCE_MS)
		return false;
	front.timeouts++;
	return true;
}

static void step_on(enum front_link link, enum xenbus_state state)
{
	front.since = host.now;
	set_link(link, state);
}

/* xenbus_reset_frontend(), from where it found both ends on. */
static void bring_back(int64_t backend)
{
	switch (backend) {
	case XenbusStateConnected:
		step_on(FRONT_IS_CLOSING, XenbusStateClosing);
		return;
	case XenbusStateClosing:
		step_on(FRONT_IS_CLOSED, XenbusStateClosed);
		return;
	case XenbusStateClosed:
		step_on(FRONT_IS_NEW, XenbusStateInitialising);
		return;
	default:
		front.link = FRONT_ABSENT;
		return;
	}
}

static void follow_xenbus(int64_t backend)
{
	switch (front.link) {
	case FRONT_POWERS_OFF:
		if (!backend_became(backend, XenbusStateClosing))
			return;
		front.link = FRONT_ABSENT;
		if (backend == XenbusStateClosing)
			put_number("state", XenbusStateClosed);
		return;
	case FRONT_IS_CLOSING:
		if (backend_became(backend, XenbusStateClosing))
			bring_back(XenbusStateClosing);
		return;
	case FRONT_IS_CLOSED:
		if (backend_became(backend, XenbusStateClosed))
			bring_back(XenbusStateClosed);
		return;
	default:
		if (backend_became(backend, XenbusStateInitWait))
			front.link = FRONT_WAITS;
		return;
	}
}

static void follow_backend(void)
{
	int64_t backend = backend_number("state");

	switch (front.link) {
	case FRONT_ABSENT:
		return;
	case FRONT_WAITS:
		if (backend == XenbusStateInitWait)
			offer();
		else if (backend == XenbusStateClosed && left_closed())
			set_link(FRONT_WAITS, XenbusStateInitialising);
		return;
	case FRONT_OFFERS:
		if (backend == XenbusStateConnected)
			connected();
		else if (backend != XenbusStateInitWait)
			follow_connected(backend);
		return;
	case FRONT_CONNECTED:
		follow_connected(backend);
		return;
	case FRONT_LEAVES:
		if (backend == XenbusStateConnected)
			return;
		lose();
		set_link(FRONT_ABSENT, XenbusStateClosed);
		return;
	default:
		follow_xenbus(backend);
		return;
	}
}

void front_step(void)
{
	if (!hv_model_guest_runs(front.domid))
		return;
	follow_backend();
	if (front.link != FRONT_CONNECTED || front.idle)
		return;
	front_ring_take(front_load_answered, front_load_event);
	if (host.now >= front.again_at)
		front_load_step();
}

/* ---- what tests do ---- */

/* Nothing of the old kernel's is left. */
static void new_kernel(hv_domid domid)
{
	unsigned int epoch = front.epoch + 1;

	channels_close(front.domid, front.port);
	memset(&front, 0, sizeof(front));
	front.domid = domid;
	front.epoch = epoch;
}

void front_boot(hv_domid domid)
{
	new_kernel(domid);
	if (left_closed())
		front.link = FRONT_WAITS;
	else
		set_link(FRONT_WAITS, XenbusStateInitialising);
}

void front_power_off(void)
{
	step_on(FRONT_POWERS_OFF, XenbusStateClosing);
}

/* xenbus_check_frontend(); xenbus_probe_node() wants one that is new. */
void front_kexec(void)
{
	int64_t state =
		xenstore_get_number(front.domid, front_node("state").text);
	unsigned int timeouts = front.timeouts;

	new_kernel(front.domid);
	front.timeouts = timeouts;
	if (state == XenbusStateConnected || state == XenbusStateClosed)
		bring_back(backend_number("state"));
	else if (state == XenbusStateInitialising)
		front.link = FRONT_WAITS;
}

void front_unload(void)
{
	if (front.link == FRONT_CONNECTED)
		set_link(FRONT_LEAVES, XenbusStateClosing);
	else
		set_link(FRONT_ABSENT, XenbusStateClosed);
}

void front_begin(uint8_t seed, uint64_t length)
{
	front.seed = seed;
	front.length = length;
	front.hold = UINT32_MAX;
	front_load_restart();
}

void front_idle(void)
{
	front.idle = true;
}

void front_spy(void)
{
	static const size_t looked_at[] = { 0, HV_PAGE_SIZE / 2,
					    HV_PAGE_SIZE - 1 };

	for (uint64_t at = 0; at < HOST_SIZE; at += HV_PAGE_SIZE)
		for (size_t i = 0; i < 3; i++) {
			uint64_t gpa = HOST_BASE + at + looked_at[i];
			uint8_t byte;

			/* What Xen gives it is not the manager's doing. */
			if (host.refills && at == host.replaced_at)
				break;
			if (!hv_model_guest_read(front.domid, gpa, &byte, 1))
				break;
			if (byte & 0x80)
				fail_msg("the guest sees 0x%02x at 0x%llx",
					 byte, ull(gpa));
		}
}
