// SPDX-License-Identifier: GPL-2.0-only
/*
 * A guest with sixteen carveouts that does all that costs the manager time,
 * beside one that loads: a third of its front ends come and go, a third keep
 * their rings full, a third open and close windows whose frames they refill at
 * each call that the manager makes, and none ever lets go when told to.  Time
 * is what the manager's calls take: a run is the same each time.
 */
#include <stdio.h>
#include <string.h>
#include <xen/io/xenbus.h>

#include "carveoutif.h"
#include "channels.h"
#include "cmocka_all.h"
#include "daemon/device.h"
#include "daemon/store.h"
#include "daemon/tenant.h"
#include "daemon/xenbus.h"
#include "script.h"
#include "xenstored.h"

#define NEIGHBOURS 16
#define HOSTILE 9 /* its handle */
#define US_A_CALL 20
#define LOADS 5
#define FACTOR 2

#define PAGES_AT 8 /* its rings, in its RAM; then one directory for all */
#define REF_AT 8
#define ENTRIES 32

static struct {
	hv_domid domid;
	bool acts;
	uint32_t port[NEIGHBOURS], prod[NEIGHBOURS];
	uint64_t base[NEIGHBOURS];
	unsigned int steps, refilled;
} evil;

/* ---- what it is made of ---- */

static uint64_t ring_at(unsigned int n)
{
	return (HV_MODEL_RAM.n + PAGES_AT + n) << HV_PAGE_SHIFT;
}

static void put(unsigned int n, const char *node, uint32_t value)
{
	char text[16];
	int length = snprintf(text, sizeof(text), "%u", value);

	xenstore_put(evil.domid,
		     store_path("/local/domain/%u/device/carveout/%u/%s",
				evil.domid, n, node)
			     .text,
		     text, (unsigned int)length);
}

static void offer(unsigned int n)
{
	put(n, "version", CARVEOUTIF_VERSION);
	put(n, "ring-ref", REF_AT + n);
	put(n, "event-channel", evil.port[n]);
	put(n, "slot-ref-0", REF_AT + NEIGHBOURS);
	put(n, "slot-ref-1", REF_AT + NEIGHBOURS);
	put(n, "state", XenbusStateInitialised);
}

static void attach(void)
{
	for (unsigned int n = 0; n < NEIGHBOURS; n++) {
		dom0_ask(
			"{\"command\":\"attach\",\"domain\":\"%u\",\"specs\":[\"name=m%u,size=16K,window=8K,windows=2,guest-reset=1%s\"]}",
			evil.domid, n,
			host.kind->pooled ? ",backing=pool" : "");
		host_until(script_answered);
		assert_int_equal(host.dom0.error, 0);
		evil.base[n] = (uint64_t)xenstore_get_number(
			0,
			store_path("/local/domain/0/backend/carveout/%u/%u/base",
				   evil.domid, n)
				.text);
	}
}

static void boot(void)
{
	static const uint8_t blank[HV_PAGE_SIZE];
	static struct host_kind large;

	large = *host.kind;
	large.pages = 2048;
	host_boot(&large);
	memset(&evil, 0, sizeof(evil));
	script_attach_quietly();
	evil.domid = host_create_domain(HOSTILE);
	attach();
	for (unsigned int n = 0; n <= NEIGHBOURS; n++) {
		assert_true(hv_model_guest_write(evil.domid, ring_at(n), blank,
						 sizeof(blank)));
		assert_true(hv_model_guest_grant(evil.domid, REF_AT + n,
						 gfn_of_gpa(ring_at(n))));
	}
	for (unsigned int n = 0; n < NEIGHBOURS; n++) {
		evil.port[n] = channels_allocate(evil.domid);
		offer(n);
	}
	host_turns(20 * NEIGHBOURS);
}

/* ---- what it does ---- */

static uint32_t shared(unsigned int n, size_t offset)
{
	uint32_t value = 0;

	hv_model_guest_read(evil.domid, ring_at(n) + offset, &value,
			    sizeof(value));
	return value;
}

/* It guesses well which windows it has. */
static uint32_t window_of(unsigned int n, unsigned int slot)
{
	const struct device *device = xenbus_find(&host.manager, evil.domid, n);

	return device ? device->carveout.windows[slot].id : 0;
}

static struct carveoutif_request request(unsigned int n, uint32_t i)
{
	unsigned int slot = i / 2 % 2;
	struct carveoutif_request request = { .op = CARVEOUTIF_OP_RESET };

	if (i % 7 == 6)
		return request;
	if (i % 2) {
		request.op = CARVEOUTIF_OP_CLOSE;
		request.u.close.window = window_of(n, slot);
		request.u.close.how = CARVEOUTIF_HOW_DISCARD;
		return request;
	}
	request.op = CARVEOUTIF_OP_OPEN;
	request.u.open.offset = slot * HOST_WINDOW;
	request.u.open.length = HOST_WINDOW;
	request.u.open.mode = CARVEOUTIF_MODE_WRITE;
	request.u.open.slot = (uint8_t)slot;
	return request;
}

static void fill_ring(unsigned int n)
{
	while (evil.prod[n] - shared(n, 8) < ENTRIES) {
		struct carveoutif_request r = request(n, evil.prod[n]);

		hv_model_guest_write(evil.domid,
				     ring_at(n) + 64 +
					     evil.prod[n] % ENTRIES * 64,
				     &r, sizeof(r));
		evil.prod[n]++;
	}
	hv_model_guest_write(evil.domid, ring_at(n), &evil.prod[n],
			     sizeof(evil.prod[n]));
	channels_notify(evil.domid, evil.port[n]);
}

/* As another of its vCPUs does it, between any two calls of the manager.  Where
 * pages are not scrubbed it would be paused for that, for good. */
static void refill(void)
{
	unsigned int n = evil.refilled++ % NEIGHBOURS;

	if (evil.acts && host.kind->scrubs && n % 3 == 2)
		hv_model_guest_populate(
			evil.domid,
			gfn_of_gpa(evil.base[n] + evil.refilled / NEIGHBOURS %
							  4 * HV_PAGE_SIZE),
			1);
}

/* Or there is soon no room for windows on its account. */
static void take_out(unsigned int n)
{
	for (unsigned int i = 0; i < 4; i++)
		hv_model_guest_decrease(
			evil.domid, gfn_of_gpa(evil.base[n] + i * HV_PAGE_SIZE),
			1);
}

static void act(void)
{
	evil.steps++;
	for (unsigned int n = 0; n < NEIGHBOURS; n++) {
		if (n % 3)
			fill_ring(n);
		else
			put(n, "state",
			    evil.steps / 3 % 2 ? XenbusStateInitialised :
						 XenbusStateInitialising);
		if (n % 3 == 2 && evil.steps % 4 == 0)
			take_out(n);
	}
}

/* ---- how the victim fares ---- */

/* It is no idle threat: all of it is connected, and its windows come and go. */
static uint64_t windows_of_evil(void)
{
	const struct tenant *tenant = tenant_find(&host.manager, evil.domid);
	uint64_t opened = 0;

	for (const struct device *d = tenant->devices; d; d = d->next)
		opened += d->carveout.counters.windows_opened;
	return opened;
}

static void turns_of_both(bool (*so)(void))
{
	for (int i = 0; i < 20000 && !so(); i++) {
		if (evil.acts)
			act();
		host_turn();
	}
	assert_true(so());
}

static uint64_t slowest_of_loads(void)
{
	host.front.slowest = 0;
	for (int i = 0; i < LOADS; i++) {
		front_begin((uint8_t)(1 + i % (FRONT_SEEDS - 1)),
			    SCRIPT_LENGTH);
		turns_of_both(script_sealed);
		dom0_ask(
			"{\"command\":\"reset\",\"domain\":\"%u\",\"name\":\"modem\"}",
			host.guest);
		turns_of_both(script_answered);
		assert_int_equal(host.dom0.error, 0);
	}
	return host.front.slowest;
}

static void a_hostile_guest_costs_a_victim_no_more_than_its_own_requests(void)
{
	uint64_t beside_idle, beside_hostile;

	boot();
	assert_int_equal(channels_bound(), 1 + NEIGHBOURS);
	host.us_a_call = US_A_CALL;
	beside_idle = slowest_of_loads();
	evil.acts = true;
	host.always = refill;
	beside_hostile = slowest_of_loads();
	print_message("         slowest request: %llu us, beside it %llu us\n",
		      ull(beside_idle), ull(beside_hostile));
	assert_int_equal(host.started, 1);
	assert_true(windows_of_evil() > NEIGHBOURS);
	assert_int_equal(host.front.failures, 0);
	assert_true(beside_hostile <= FACTOR * beside_idle);
	host.us_a_call = 0;
	host.always = NULL;
	host_destroy_domain(evil.domid);
	host_turns(20);
	assert_int_equal(script_ask("detach"), 0);
	host_power_off();
}

int main(void)
{
	static const struct host_test tests[] = {
		HOST_TEST(
			a_hostile_guest_costs_a_victim_no_more_than_its_own_requests),
	};

	return host_run("neighbours", tests, sizeof(tests) / sizeof(tests[0]));
}
