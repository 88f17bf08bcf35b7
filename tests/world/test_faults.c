// SPDX-License-Identifier: GPL-2.0-only
/*
 * Something goes wrong with every hypercall and every request to xenstored of a
 * carveout's life, one run for each: nothing is within reach that should not
 * be, whoever asked is told, and when it is over all works as before.
 */
#include <errno.h>
#include <string.h>

#include "cmocka_all.h"
#include "faults.h"
#include "script.h"

#define A_WHILE 400 /* turns: what takes longer has to be started over */
#define TRIES 5

/* ---- what people do, whatever comes ---- */

/* What was refused is tried again after this: a second. */
#define SETTLES 110

/* What a manager could not find out when it started it says, and leaves. */
static void restart_as_it_says(void)
{
	if (!host.manager.records_doubted)
		return;
	host_stop();
	host_turn();
}

/* When it is over everything is soon as it should be. */
static void see_it_through(void)
{
	while (faults_last())
		host_turn();
	restart_as_it_says();
	host_turns(SETTLES);
	host_check();
}

/* A pool that could not be opened, or scrubbed, is none: that is said too. */
static void restart_for_a_pool(void)
{
	host_stop();
	host_turn();
}

/* It was done before, but for the answer there was no memory. */
static bool was_done(int error)
{
	return host.dom0.asked > 1 && (error == EEXIST || error == ESRCH);
}

/* Ask until it is done; how it ended was said each time. */
static void insist(int (*ask)(const char *what), const char *what)
{
	int error, tries = 0;

	while ((error = ask(what)) && !was_done(error)) {
		if (!faults_struck() || ++tries == TRIES)
			fail_msg("%s: errno %d, %d times", what, error, tries);
		see_it_through();
		if (host.kind->pooled && error == ENOENT)
			restart_for_a_pool();
	}
}

static int attach(const char *what)
{
	(void)what;
	return script_attach();
}

static int read_page(const char *offset)
{
	dom0_ask(
		"{\"command\":\"read\",\"domain\":\"%u\",\"name\":\"modem\",\"offset\":%s,\"length\":4096}",
		host.guest, offset);
	host_until(script_answered);
	return host.dom0.error;
}

static void until(bool (*so)(void))
{
	for (int i = 0; i < A_WHILE && !so(); i++)
		host_turn();
}

/* What the guest cannot get by trying again it gets from a new carveout. */
static void or_start_over(bool (*so)(void))
{
	struct front was = host.front;

	until(so);
	if (so())
		return;
	assert_true(faults_struck());
	see_it_through();
	insist(script_ask, "detach");
	insist(attach, "attach");
	front_boot(host.guest);
	host.front.puts = was.puts;
	front_begin(was.seed, was.length);
	host.front.hold = was.hold;
	host_until(so);
}

static void dump(uint8_t seed)
{
	insist(read_page, "4096");
	assert_memory_equal(host.dom0.data, front_image(seed) + 4096, 4096);
}

static void load(uint8_t seed)
{
	front_begin(seed, SCRIPT_LENGTH);
	or_start_over(script_sealed);
	host_check_sealed(seed, SCRIPT_LENGTH);
}

static int revoke(const char *what)
{
	(void)what;
	dom0_ask(
		"{\"command\":\"revoke\",\"domain\":\"%u\",\"name\":\"modem\"}",
		host.guest);
	host_until(script_answered);
	return host.dom0.error;
}

static void load_and_revoke(uint8_t seed)
{
	front_begin(seed, SCRIPT_LENGTH);
	host.front.hold = 1;
	or_start_over(script_holds);
	insist(revoke, "revoke");
	host.front.hold = UINT32_MAX;
	or_start_over(script_sealed);
	host_check_sealed(seed, SCRIPT_LENGTH);
}

static void whole_life(void)
{
	insist(attach, "attach");
	load(1);
	dump(1);
	insist(script_ask, "reset");
	load_and_revoke(2);
	insist(script_ask, "reset");
	host.front.puts = true;
	load(3);
	insist(script_ask, "detach");
	see_it_through();
	assert_null(host_device());
	host_check_allowance();
}

/* ---- what goes wrong ---- */

static void at_any_call(const struct fault *fault, unsigned int step)
{
	for (host_trial(step); host_again(); host_next()) {
		faults_plan(fault, host.trial.first);
		host_start();
		whole_life();
		host.happened = faults_struck();
		faults_end();
	}
}

static void any_hypercall_may_fail(void)
{
	struct fault fault = { .kind = HV_FAULT_FAIL };

	for (; fault.error < FAULT_ERRORS; fault.error++)
		at_any_call(&fault, fault.error ? 3 : 1);
}

static void any_hypercall_may_do_half(void)
{
	at_any_call(&(struct fault){ .kind = HV_FAULT_SHORT }, 3);
}

static void any_hypercall_may_do_nothing_and_call_it_success(void)
{
	at_any_call(&(struct fault){ .kind = HV_FAULT_SILENT }, 1);
}

static void any_hypercall_may_be_done_and_called_a_failure(void)
{
	at_any_call(&(struct fault){ .kind = HV_FAULT_AFTER }, 3);
}

static void all_hypercalls_may_fail_for_a_while(void)
{
	at_any_call(&(struct fault){ .lasting = true }, 3);
}

static void any_request_to_xenstored_may_fail(void)
{
	struct fault fault = { .of = FAULT_OF_STORE };

	for (; fault.error < FAULT_ERRORS; fault.error++)
		at_any_call(&fault, fault.error ? 3 : 1);
}

static void any_request_to_xenstored_may_be_done_and_called_a_failure(void)
{
	at_any_call(&(struct fault){ .of = FAULT_OF_STORE,
				     .kind = HV_FAULT_AFTER },
		    3);
}

static void xenstored_may_fail_for_a_while(void)
{
	at_any_call(&(struct fault){ .of = FAULT_OF_STORE, .lasting = true },
		    3);
}

static void transactions_may_lose_races(void)
{
	struct fault fault = { .of = FAULT_OF_COMMIT };

	at_any_call(&fault, 1);
	fault.lasting = true;
	at_any_call(&fault, 1);
}

static void dom0_may_run_out_of_memory(void)
{
	struct fault fault = { .of = FAULT_OF_MEMORY };

	at_any_call(&fault, 1);
	fault.lasting = true;
	at_any_call(&fault, 1);
}

int main(void)
{
	static const struct host_test tests[] = {
		HOST_TEST(any_hypercall_may_fail),
		HOST_TEST(any_hypercall_may_do_half),
		HOST_TEST(any_hypercall_may_do_nothing_and_call_it_success),
		HOST_TEST(any_hypercall_may_be_done_and_called_a_failure),
		HOST_TEST(all_hypercalls_may_fail_for_a_while),
		HOST_TEST(any_request_to_xenstored_may_fail),
		HOST_TEST(
			any_request_to_xenstored_may_be_done_and_called_a_failure),
		HOST_TEST(xenstored_may_fail_for_a_while),
		HOST_TEST(transactions_may_lose_races),
		HOST_TEST(dom0_may_run_out_of_memory),
	};

	return host_run("faults", tests, sizeof(tests) / sizeof(tests[0]));
}
