// SPDX-License-Identifier: GPL-2.0-only
/*
 * A host with ten thousand carveouts: what comes from one guest costs no more
 * than on a host with ten.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "channels.h"
#include "cmocka_all.h"
#include "daemon/device.h"
#include "daemon/record.h"
#include "daemon/store.h"
#include "daemon/tenant.h"
#include "faults.h"
#include "script.h"
#include "xenstored.h"

#define FEW 10
#define MANY 10000
#define TRIES 300 /* of which the fastest counts: others had the processor */

/* ---- carveouts that have nothing to do ---- */

static void leave(struct backing *backing)
{
	(void)backing;
}

static const struct backing_ops idle_ops = { .hand_over = leave };
static struct backing idle = { .ops = &idle_ops };

static void add_carveout(struct tenant *tenant, unsigned int number)
{
	const struct stanza stanza = {
		.name = "idle",
		.size = HOST_SIZE,
		.window = HOST_WINDOW,
		.windows = 2,
		.gpa = HOST_BASE,
		.backing = STANZA_POOL,
	};
	struct device *device = device_new(tenant, number, &stanza);
	struct carveout_config config;

	assert_non_null(device);
	config = device->carveout.config;
	assert_int_equal(carveout_init(&device->carveout, &config,
				       &device->owner, &idle,
				       &host.manager.scratch, false),
			 0);
}

static struct tenant *add_guest(void)
{
	const struct hv_model_guest guest = { .handle = { .byte = { 7 } },
					      .pool_pages = 1 };
	struct hv_domain domain;
	struct tenant *tenant;
	hv_domid domid;

	assert_int_equal(hv_model_guest_create(&guest, &domid), 0);
	assert_int_equal(hv_domain_get(host.manager.hv, domid, &domain), 0);
	tenant = tenant_new(&host.manager, &domain);
	assert_non_null(tenant);
	return tenant;
}

static void add_carveouts(unsigned int count)
{
	struct tenant *tenant = NULL;

	for (unsigned int i = 0; i < count; i++) {
		if (i % STANZAS_MAX == 0)
			tenant = add_guest();
		add_carveout(tenant, i % STANZAS_MAX);
	}
}

/* The guest of the tests, with a carveout of its own, among so many others. */
static void boot_among(unsigned int count)
{
	static struct host_kind large;

	large = *host.kind;
	large.pages = 2048;
	host_boot(&large);
	script_attach_quietly();
	add_carveouts(count);
	/* At first everybody has a turn. */
	for (unsigned int i = 0; i < count; i++) {
		host.now += 10;
		manager_turn(&host.manager);
	}
}

/* ---- how long a turn takes ---- */

static uint64_t clock_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static void nothing(void)
{
}

static void notify(void)
{
	channels_notify(host.guest, host.front.port);
}

static void change_state(void)
{
	xenstore_fire(store_path("/local/domain/%u/device/carveout/0/state",
				 host.guest)
			      .text);
}

static void take_a_turn(void)
{
	assert_int_equal(loop_turn(&host.manager.loop, 0), 0);
	manager_turn(&host.manager);
}

static uint64_t fastest(void (*event)(void), void (*work)(void))
{
	uint64_t fastest = UINT64_MAX;

	for (int i = 0; i < TRIES; i++) {
		uint64_t begun, took;

		event();
		host.now += 10;
		begun = clock_ns();
		work();
		took = clock_ns() - begun;
		if (took < fastest)
			fastest = took;
	}
	return fastest;
}

static void compare(const char *name, void (*event)(void), void (*work)(void))
{
	uint64_t few, many;

	boot_among(FEW);
	few = fastest(event, work);
	boot_among(MANY);
	many = fastest(event, work);
	print_message("         %s: %llu ns with %d, %llu ns with %d\n", name,
		      ull(few), FEW, ull(many), MANY);
	assert_true(many <= 2 * few);
}

static void a_turn_costs_the_same_on_a_host_of_ten_thousand(void)
{
	compare("nothing", nothing, take_a_turn);
	compare("an event", notify, take_a_turn);
	compare("a change in xenstore", change_state, take_a_turn);
}

/* The admin comes, asks, and hangs up. */
static void admin_asks(void)
{
	dom0_ask("{\"command\":\"info\"}");
	while (!dom0_answered()) {
		dom0_step();
		assert_int_equal(loop_turn(&host.manager.loop, 0), 0);
	}
	assert_int_equal(loop_turn(&host.manager.loop, 0), 0);
}

static struct device *recorded;

/* Not part of what it costs. */
static void find_device(void)
{
	recorded = host_device();
}

static void write_record(void)
{
	assert_int_equal(record_device(recorded), 0);
}

static void what_others_have_costs_no_client_and_no_record(void)
{
	compare("a client", nothing, admin_asks);
	compare("a record", find_device, write_record);
}

/* ---- what a guest's end takes ---- */

static unsigned int asked;

static void count_hypercall(void *argument, enum hv_model_call call,
			    hv_domid domid, gfn_t gfn, uint32_t count)
{
	(void)argument;
	(void)call;
	(void)domid;
	(void)gfn;
	(void)count;
	asked++;
}

static int count_request(enum xenstore_moment moment)
{
	asked += moment == XENSTORE_BEFORE;
	return 0;
}

static void attach_more(unsigned int count)
{
	static struct host_kind kind;
	static char stanza[128];

	for (unsigned int i = 1; i < count; i++) {
		kind = *host.kind;
		snprintf(stanza, sizeof(stanza), "name=m%u%s", i,
			 strchr(host.kind->stanza, ','));
		kind.stanza = stanza;
		host.kind = &kind;
		assert_int_equal(script_attach(), 0);
	}
}

/* Calls to Xen and xenstored, for the end of a guest with `own` carveouts. */
static unsigned int cost_of_end(unsigned int own, unsigned int others)
{
	const struct host_kind *kind = host.kind;
	struct tenant *tenant;

	boot_among(others);
	attach_more(own);
	host.kind = kind;
	host_turns(20);
	tenant = tenant_find(&host.manager, host.guest);
	assert_non_null(tenant);
	hv_model_set_hook(count_hypercall, NULL);
	xenstore_set_fault(count_request);
	asked = 0;
	host_destroy_domain(host.guest);
	for (int i = 0; i < 40; i++) {
		host.now += 10;
		loop_turn(&host.manager.loop, 0);
		manager_turn(&host.manager);
	}
	assert_null(tenant_find(&host.manager, host.guest));
	return asked;
}

static void a_guests_end_takes_what_its_own_carveouts_take(void)
{
	unsigned int one = cost_of_end(1, FEW), two = cost_of_end(2, FEW);
	unsigned int three = cost_of_end(3, FEW), many = cost_of_end(3, MANY);

	print_message(
		"         calls with 1, 2, 3 carveouts: %u, %u, %u; with 3 and %d others': %u\n",
		one, two, three, MANY, many);
	assert_int_equal(three - two, two - one);
	/* That somebody is gone is found by asking for 256 domains at once. */
	assert_within(many, three, three + MANY / STANZAS_MAX / 256 + 1);
}

int main(void)
{
	static const struct host_test tests[] = {
		HOST_TEST(a_turn_costs_the_same_on_a_host_of_ten_thousand),
		HOST_TEST(what_others_have_costs_no_client_and_no_record),
		HOST_TEST(a_guests_end_takes_what_its_own_carveouts_take),
	};

	return host_run("scale", tests, sizeof(tests) / sizeof(tests[0]));
}
