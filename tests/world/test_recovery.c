// SPDX-License-Identifier: GPL-2.0-only
/*
 * Something goes wrong while a manager finds what an earlier one left: what was
 * sealed stays, what is not known is given to nobody, and the next start, when
 * it is over, puts all right.
 */
#include "cmocka_all.h"
#include "faults.h"
#include "script.h"

#define OTHER 9 /* handle of a guest that would take what is free */
#define A_WHILE 30

static int ask_of(hv_domid domid, const char *command)
{
	dom0_ask("{\"command\":\"%s\",\"domain\":\"%u\",\"specs\":[\"%s\"]}",
		 command, domid, host.kind->stanza);
	host_until(script_answered);
	return host.dom0.error;
}

/* What it gets is scrubbed: were it somebody's, that would be lost. */
static void somebody_takes_what_is_free(void)
{
	hv_domid other = host_create_domain(OTHER);

	if (!ask_of(other, "attach")) {
		host_turns(A_WHILE);
		ask_of(other, "detach");
	}
	host_destroy_domain(other);
}

static const struct fault *fault;

static void plan_fault(void)
{
	faults_plan(fault, host.trial.first);
}

/*
 * One manager dies, or stops when it has not come to that; the next has a fault
 * to recover under, the third has none.
 */
static void recover(void)
{
	if (!host.happened)
		host_stop();
	host_turns(A_WHILE);
	somebody_takes_what_is_free();
	host.happened = faults_struck();
	faults_end();
	host_stop();
	host_turn();
}

static void keep_what_is_sealed(void)
{
	for (host_trial(1); host_again(); host_next()) {
		script_attach_quietly();
		script_load(1);
		host.happened = false;
		host.meanwhile = plan_fault;
		recover();
		host_check();
		host_check_sealed(1, SCRIPT_LENGTH);
		assert_int_equal(script_ask("detach"), 0);
	}
}

/* Crash points of a load, more or less. */
#define POINTS 150

static void die_in_the_middle_of_a_load(void)
{
	host_plan(1 + host.trial.first * 7 % POINTS, NULL);
	host.meanwhile = plan_fault;
	front_begin(1, SCRIPT_LENGTH);
	for (int i = 0; i < A_WHILE && !host.happened; i++)
		host_turn();
	host.at = 0;
}

static void go_on_with_a_load(void)
{
	for (host_trial(1); host_again(); host_next()) {
		bool struck;

		script_attach_quietly();
		host.front.plain = host.kind->pooled;
		die_in_the_middle_of_a_load();
		recover();
		struck = host.happened;
		host_check();
		host_until(script_sealed);
		host_check_sealed(1, SCRIPT_LENGTH);
		assert_int_equal(script_ask("detach"), 0);
		host.happened = struck;
	}
}

static const struct fault faults[] = {
	{ .kind = HV_FAULT_FAIL },
	{ .kind = HV_FAULT_FAIL, .error = 1 },
	{ .kind = HV_FAULT_SHORT },
	{ .kind = HV_FAULT_SILENT },
	{ .kind = HV_FAULT_AFTER },
	{ .lasting = true },
	{ .of = FAULT_OF_STORE },
	{ .of = FAULT_OF_STORE, .kind = HV_FAULT_AFTER },
	{ .of = FAULT_OF_STORE, .lasting = true },
};
#define FAULTS (sizeof(faults) / sizeof(faults[0]))

static void what_is_sealed_outlives_a_recovery_that_goes_wrong(void)
{
	for (fault = faults; fault < faults + FAULTS; fault++)
		keep_what_is_sealed();
}

static void a_load_comes_to_its_end_after_a_recovery_that_goes_wrong(void)
{
	for (fault = faults; fault < faults + FAULTS; fault++)
		go_on_with_a_load();
}

int main(void)
{
	static const struct host_test tests[] = {
		HOST_TEST(what_is_sealed_outlives_a_recovery_that_goes_wrong),
		HOST_TEST(
			a_load_comes_to_its_end_after_a_recovery_that_goes_wrong),
	};

	return host_run("recovery", tests, sizeof(tests) / sizeof(tests[0]));
}
