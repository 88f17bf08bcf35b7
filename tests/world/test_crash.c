// SPDX-License-Identifier: GPL-2.0-only
/*
 * The manager dies at every crash point of a carveout's life, one run for each,
 * and the next one finds its way.  host_turn() starts it and holds host_check()
 * against it.
 */
#include <errno.h>

#include "cmocka_all.h"
#include "daemon/store.h"
#include "script.h"
#include "xenstored.h"

/* A command that was done before its answer was lost is done once more. */
static void expect(int error, int done_before)
{
	if (error && (host.dom0.asked < 2 || error != done_before))
		fail_msg("dom0 was answered errno %d", error);
}

static void revoked_in_the_middle(void)
{
	front_begin(2, SCRIPT_LENGTH);
	host.front.hold = 1;
	host_until(script_holds);
	script_revoke(false);
	host.front.hold = UINT32_MAX;
	host_until(script_sealed);
	host_check_sealed(2, SCRIPT_LENGTH);
}

static void whole_life(void)
{
	expect(script_attach(), EEXIST);
	script_load(1);
	expect(script_ask("reset"), 0);
	revoked_in_the_middle();
	expect(script_ask("detach"), ESRCH);
	assert_null(host_device());
	host_check_allowance();
}

static void a_carveouts_life_goes_on_whenever_the_manager_dies(void)
{
	for (host_trial(1); host_again(); host_next()) {
		host_plan(host.trial.first, NULL);
		host_start();
		whole_life();
	}
}

/* Out of its own pages, without a window. */
static void a_life_without_windows_goes_on_whenever_the_manager_dies(void)
{
	for (host_trial(1); host_again(); host_next()) {
		host.front.puts = true;
		host_plan(host.trial.first, NULL);
		host_start();
		whole_life();
	}
}

static void the_next_manager_may_die_too(void)
{
	for (host_trial(7); host_again(); host_next()) {
		host_plan(host.trial.first, NULL);
		host.trial.second = host.trial.first / 7 % 60 + 1;
		host_start();
		whole_life();
	}
}

static bool has_node(const char *directory)
{
	return xenstore_get_number(0, store_path("%s/state", directory).text) >=
	       0;
}

static void check_both_ends(void)
{
	struct store_path back =
		store_path("/local/domain/0/backend/carveout/%u/0", host.guest);
	struct store_path front =
		store_path("/local/domain/%u/device/carveout/0", host.guest);

	assert_int_equal(has_node(back.text), has_node(front.text));
}

/* Else the next manager waits for a front end that has no nodes. */
static void no_detach_leaves_one_end_without_the_other(void)
{
	for (host_trial(1); host_again(); host_next()) {
		script_attach_quietly();
		script_load(1);
		host.meanwhile = check_both_ends;
		host_plan(host.trial.first, NULL);
		expect(script_ask("detach"), ESRCH);
		host.meanwhile = NULL;
	}
}

static void expect_undisturbed(void)
{
	assert_int_equal(host.front.failures, 0);
	assert_int_equal(host.front.deaths, 0);
	assert_int_equal(host.front.connections, 1);
}

/* What a window of a pool covered is in the manager's memory, and lost with it.
 */
static void attach_for_a_restart(void)
{
	script_attach_quietly();
	host.front.plain = host.kind->pooled;
}

static void a_loading_guest_notices_nothing_of_a_manager_that_dies(void)
{
	for (host_trial(1); host_again(); host_next()) {
		attach_for_a_restart();
		host_plan(host.trial.first, NULL);
		script_load(1);
		host.at = 0;
		expect_undisturbed();
		assert_int_equal(script_ask("detach"), 0);
	}
}

static void a_guest_that_puts_notices_nothing_of_a_manager_that_dies(void)
{
	for (host_trial(1); host_again(); host_next()) {
		script_attach_quietly();
		host.front.puts = true;
		host_plan(host.trial.first, NULL);
		script_load(1);
		host.at = 0;
		expect_undisturbed();
		assert_int_equal(script_ask("detach"), 0);
	}
}

static void a_loading_guest_notices_nothing_of_an_upgrade(void)
{
	for (host_trial(1); host_again(); host_next()) {
		attach_for_a_restart();
		front_begin(1, SCRIPT_LENGTH);
		host_turns(host.trial.first);
		host.happened = !script_sealed();
		host_stop();
		host_turn();
		host_until(script_sealed);
		host_check_sealed(1, SCRIPT_LENGTH);
		expect_undisturbed();
		assert_int_equal(script_ask("detach"), 0);
	}
}

/* dom0 seals it without saying how much that was. */
static void what_was_put_before_an_upgrade_is_known(void)
{
	uint64_t put;

	host_boot(host.kind);
	script_attach_quietly();
	host.front.puts = true;
	front_begin(1, SCRIPT_LENGTH);
	host.front.hold = 3;
	host_until(script_holds);
	front_idle();
	put = host_device()->carveout.written;
	assert_true(put > 0);
	host_stop();
	host_turn();
	host_until(script_connected);
	assert_int_equal(script_ask("seal"), 0);
	host_check_sealed(1, put);
	assert_int_equal(script_ask("detach"), 0);
	host_power_off();
}

/* ---- pauses ---- */

static void admin_pauses(void)
{
	assert_int_equal(hv_domain_pause(host.manager.hv, host.guest), 0);
	host.admin_paused = true;
}

/* The admin pauses the guest before the manager does, and means it. */
static void a_pause_by_the_admin_outlives_the_manager(void)
{
	for (host_trial(1); host_again(); host_next()) {
		bool died;

		script_attach_quietly();
		front_begin(1, SCRIPT_LENGTH);
		host_turns(2 + host.trial.first % 3);
		admin_pauses();
		host_plan(host.trial.first, NULL);
		host_turns(20);
		died = host.happened;
		host.at = 0;
		host_check();
		assert_int_equal(hv_domain_unpause(host.manager.hv, host.guest),
				 0);
		host.admin_paused = false;
		host_until(script_sealed);
		host_check_sealed(1, SCRIPT_LENGTH);
		assert_int_equal(script_ask("detach"), 0);
		host.happened = died;
	}
}

int main(void)
{
	static const struct host_test tests[] = {
		HOST_TEST(a_carveouts_life_goes_on_whenever_the_manager_dies),
		HOST_TEST(
			a_life_without_windows_goes_on_whenever_the_manager_dies),
		HOST_TEST(the_next_manager_may_die_too),
		HOST_TEST(no_detach_leaves_one_end_without_the_other),
		HOST_TEST(
			a_loading_guest_notices_nothing_of_a_manager_that_dies),
		HOST_TEST(
			a_guest_that_puts_notices_nothing_of_a_manager_that_dies),
		HOST_TEST(a_loading_guest_notices_nothing_of_an_upgrade),
		HOST_TEST(what_was_put_before_an_upgrade_is_known),
		HOST_TEST(a_pause_by_the_admin_outlives_the_manager),
	};

	return host_run("crash", tests, sizeof(tests) / sizeof(tests[0]));
}
