// SPDX-License-Identifier: GPL-2.0-only
/*
 * What can happen to a guest, at every crash point of a load: the manager
 * notices, lets go of what is gone, and goes on with what is there.
 */
#include <string.h>

#include "channels.h"
#include "cmocka_all.h"
#include "daemon/store.h"
#include "records.h"
#include "script.h"
#include "xenstored.h"

#define OTHER 9	    /* handle of somebody who has nothing to do with it */
#define A_WHILE 150 /* turns: more than a front end's grace */

static hv_domid other;

static bool sealed_or_happened(void)
{
	return script_sealed() || host.happened;
}

/* Load until the event happens, or until there was none. */
static void load_until(host_event *event)
{
	script_attach_quietly();
	host_plan(host.trial.first, event);
	front_begin(1, SCRIPT_LENGTH);
	host_until(sealed_or_happened);
	host.at = 0;
}

/* The event may have come when the first load had just been sealed. */
static void load_again(void)
{
	host_until(script_connected);
	if (host_device()->carveout.state == CARVEOUT_SEALED) {
		host_check_sealed(1, SCRIPT_LENGTH);
		assert_int_equal(script_ask("reset"), 0);
	}
	script_load(2);
	host_check();
}

static void detach(void)
{
	assert_int_equal(script_ask("detach"), 0);
	assert_null(host_device());
}

static void attach_and_load_again(void)
{
	assert_int_equal(script_attach(), 0);
	front_boot(host.guest);
	load_again();
	detach();
}

static void expect_untouched(hv_domid domid)
{
	struct hv_domain domain;

	assert_int_equal(hv_domain_get(host.manager.hv, domid, &domain), 0);
	assert_int_equal(domain.pages, host.max_pages);
	assert_int_equal(domain.max_pages, host.max_pages);
	assert_false(domain.paused);
	assert_null(xenstore_below(
		store_path("/local/domain/%u/device", domid).text, 0));
}

/* ---- its end ---- */

static void destroy(void)
{
	host_destroy_domain(host.guest);
}

static void a_guest_is_destroyed(void)
{
	for (host_trial(1); host_again(); host_next()) {
		load_until(destroy);
		destroy();
		host_turns(3);
		assert_null(host.manager.tenants);
	}
}

static void shut_down(void)
{
	hv_model_guest_shutdown(host.guest);
	xenstore_fire("@releaseDomain");
}

static void a_guest_shuts_down(void)
{
	for (host_trial(1); host_again(); host_next()) {
		load_until(shut_down);
		shut_down();
		host_turns(3);
		assert_null(host.manager.tenants);
	}
}

static void reboot(void)
{
	host_destroy_domain(host.guest);
	host.guest = host_create_domain(1);
}

static void a_guest_reboots(void)
{
	for (host_trial(1); host_again(); host_next()) {
		load_until(reboot);
		front_boot(host.guest);
		if (host.happened)
			attach_and_load_again();
		else
			detach();
	}
}

static void replace(void)
{
	hv_domid domid = host.guest;

	host_destroy_domain(domid);
	hv_model_next_domid(domid);
	other = host_create_domain(OTHER);
}

static void a_domid_is_reused_under_a_manager(void)
{
	for (host_trial(1); host_again(); host_next()) {
		load_until(replace);
		if (!host.happened)
			replace();
		host_turns(3);
		assert_null(host.manager.tenants);
		expect_untouched(other);
		host_destroy_domain(other);
	}
}

static void a_domid_is_reused_between_two_managers(void)
{
	for (host_trial(1); host_again(); host_next()) {
		host.meanwhile = replace;
		load_until(NULL);
		if (!host.happened)
			host_stop();
		host_turns(3);
		assert_int_equal(other, host.guest);
		assert_null(host.manager.tenants);
		expect_untouched(other);
	}
}

/* ---- soft reset: kexec in an HVM guest on x86 ---- */

/* What libxl_domain_soft_reset() does: all nodes go, the ports are closed. */
static void soft_reset(void)
{
	hv_model_guest_ask_reset(host.guest);
	xenstore_fire("@releaseDomain");
	channels_domain_gone(host.guest);
	xenstore_drop(0, store_path("/local/domain/%u", host.guest).text);
}

/* And, when the domain has been "made" anew in its place: */
static void come_back(void)
{
	struct store_path name =
		store_path("/local/domain/%u/name", host.guest);

	hv_model_guest_reset(host.guest);
	assert_true(xenstore_put(0, name.text, "guest1", 6));
	xenstore_fire("@introduceDomain");
	host_turns(3);
	front_boot(host.guest);
}

static void a_guest_is_reset_with_its_memory(void)
{
	for (host_trial(1); host_again(); host_next()) {
		bool sealed;

		load_until(soft_reset);
		sealed = !host.happened;
		if (sealed)
			soft_reset();
		host_turns(A_WHILE);
		host_check();
		if (sealed)
			host_check_sealed(1, SCRIPT_LENGTH);
		come_back();
		load_again();
		detach();
	}
}

/* The guest is reset with nobody there to see it. */
static void a_guest_is_reset_between_two_managers(void)
{
	for (host_trial(1); host_again(); host_next()) {
		host.meanwhile = soft_reset;
		load_until(NULL);
		if (!host.happened)
			host_stop();
		host_turns(A_WHILE);
		host_check();
		come_back();
		load_again();
		detach();
	}
}

/* ---- pauses ---- */

static void pause(void)
{
	assert_int_equal(hv_domain_pause(host.manager.hv, host.guest), 0);
	host.admin_paused = true;
}

static void unpause(void)
{
	assert_int_equal(hv_domain_unpause(host.manager.hv, host.guest), 0);
	host.admin_paused = false;
}

static void the_admin_pauses_a_guest(void)
{
	for (host_trial(1); host_again(); host_next()) {
		load_until(pause);
		if (!host.happened)
			pause();
		host_turns(A_WHILE);
		host_check();
		unpause();
		host_until(script_sealed);
		host_check_sealed(1, SCRIPT_LENGTH);
		assert_int_equal(host.front.failures, 0);
		detach();
	}
}

/* ---- its front end ---- */

static bool is_absent(void)
{
	return host.front.link == FRONT_ABSENT;
}

static void the_module_is_removed_and_loaded_again(void)
{
	for (host_trial(1); host_again(); host_next()) {
		load_until(front_unload);
		if (!host.happened)
			front_unload();
		host_until(is_absent);
		host_check();
		assert_int_equal(
			carveout_windows_held(&host_device()->carveout), 0);
		front_boot(host.guest);
		if (host.happened)
			load_again();
		detach();
	}
}

/* However long a look at a front end has taken, the next one is soon. */
static void a_machine_that_stood_still_does_not_keep_a_front_end_waiting(void)
{
	uint64_t before;

	host_boot(host.kind);
	script_attach_quietly();
	front_unload();
	host.us_a_call = 2 * 1000 * 1000;
	host_turns(4);
	host.us_a_call = 0;
	before = host.now;
	host_until(is_absent);
	front_boot(host.guest);
	host_until(script_connected);
	assert_true(host.now - before <= 2000);
	detach();
	host_power_off();
}

/* What it asks first is not what a manager was killed over. */
static void a_new_connection_repeats_nothing(void)
{
	unsigned int pieces;

	host_boot(host.kind);
	script_attach_quietly();
	script_load(1);
	pieces = host.front.next_piece;
	host_stop();
	host_turn();
	front_unload();
	host_until(is_absent);
	front_boot(host.guest);
	host_until(script_connected);
	front_begin(1, SCRIPT_LENGTH);
	host.front.next_piece = pieces; /* all are there: it seals */
	host_turns(A_WHILE);
	assert_int_equal(host.front.failures, 1);
	host_check_sealed(1, SCRIPT_LENGTH);
	detach();
	host_power_off();
}

/* Nobody waits in vain for a state of the back end's. */
static void expect_no_timeout(void)
{
	assert_int_equal(host.front.timeouts, 0);
}

static void a_guest_powers_off(void)
{
	for (host_trial(1); host_again(); host_next()) {
		load_until(front_power_off);
		if (!host.happened)
			front_power_off();
		host_until(is_absent);
		expect_no_timeout();
		assert_int_equal(
			carveout_windows_held(&host_device()->carveout), 0);
		detach();
	}
}

static void a_crash_kernel_is_started(void)
{
	for (host_trial(1); host_again(); host_next()) {
		load_until(front_kexec);
		if (host.happened)
			load_again();
		expect_no_timeout();
		detach();
	}
}

static void a_new_kernel_is_started_by_kexec(void)
{
	for (host_trial(1); host_again(); host_next()) {
		load_until(front_power_off);
		if (!host.happened)
			front_power_off();
		host_until(is_absent);
		host_turns(3);
		front_kexec();
		host_until(script_connected);
		expect_no_timeout();
		detach();
	}
}

static void the_manager_dies_while_a_kernel_follows_another(void)
{
	for (host_trial(1); host_again(); host_next()) {
		script_attach_quietly();
		host_plan(host.trial.first, NULL);
		front_power_off();
		host_until(is_absent);
		host_turns(3);
		front_kexec();
		host_until(script_connected);
		host.at = 0;
		expect_no_timeout();
		detach();
	}
}

static void wrong_state(void)
{
	front_unload();
	host.front.link = FRONT_ABSENT;
}

/* It says Closing, and never Closed: nothing of it is held, or waits. */
static void a_front_end_never_says_closed(void)
{
	for (host_trial(1); host_again(); host_next()) {
		load_until(wrong_state);
		if (!host.happened)
			wrong_state();
		host_turns(3);
		host_check();
		assert_null(host_device()->ring);
		assert_int_equal(
			carveout_windows_held(&host_device()->carveout), 0);
		detach();
	}
}

/* ---- nodes ---- */

static const char *const garbage[] = {
	"",	    "-1", "18446744073709551616", "4294967295", "5 ", "6",
	"\xff\xfe", "4"
};

#define GARBAGE (sizeof(garbage) / sizeof(garbage[0]))

/* One node below the directory: another in each run, as is what becomes of it. */
static void spoil(const char *directory)
{
	unsigned int count = 0, n = host.trial.first;
	const char *path, *value = garbage[n / 2 % GARBAGE];

	while (xenstore_below(directory, count))
		count++;
	if (!count)
		return;
	path = xenstore_below(directory, n % count);
	if (n % 3)
		xenstore_put(0, path, value, (unsigned int)strlen(value));
	else
		xenstore_drop(0, path);
}

static void spoil_front(void)
{
	spoil(store_path("/local/domain/%u/device/carveout/0", host.guest).text);
}

static void the_front_ends_nodes_are_spoiled(void)
{
	for (host_trial(1); host_again(); host_next()) {
		load_until(spoil_front);
		host_turns(A_WHILE);
		host_check();
		detach();
		attach_and_load_again();
	}
}

static void spoil_back(void)
{
	spoil(store_path("/local/domain/0/backend/carveout/%u/0", host.guest)
		      .text);
}

static void the_back_ends_nodes_are_spoiled(void)
{
	for (host_trial(1); host_again(); host_next()) {
		load_until(spoil_back);
		host_turns(A_WHILE);
		host_check();
		detach();
		attach_and_load_again();
	}
}

static void spoil_record(void)
{
	unsigned int n = host.trial.first;

	/* That a carveout's is not there shows nowhere. */
	if (n % 2 || n % 3)
		records_spoil(n % 2, garbage[n / 2 % GARBAGE]);
	else
		records_spoil(0, NULL);
	host.spoiled = true;
}

/*
 * Only dom0 can do that.  What the manager cannot know it leaves, until the
 * guest is gone: then the next one finds that nothing is anybody's.
 */
static void records_are_spoiled_before_a_restart(void)
{
	for (host_trial(1); host_again(); host_next()) {
		host.meanwhile = spoil_record;
		load_until(NULL);
		if (!host.happened)
			host_stop();
		host_turns(A_WHILE);
		destroy();
		host_turns(1);
		host_stop();
		host_turns(3);
		assert_null(host.manager.tenants);
	}
}

/* ---- others ---- */

static void destroy_vault(void)
{
	struct hv_domain domains[8];
	int count = hv_domain_list(host.manager.hv, (hv_domid)(host.guest + 1),
				   domains, 8);

	for (int i = 0; i < count; i++)
		if (!memcmp(domains[i].handle.byte, "hvmg", 4)) {
			host_destroy_domain(domains[i].domid);
			hv_model_next_domid(domains[i].domid);
		}
	other = host_create_domain(OTHER);
}

static void a_vault_is_destroyed_behind_its_manager(void)
{
	for (host_trial(1); host_again() && !host.kind->pooled; host_next()) {
		load_until(destroy_vault);
		if (!host.happened)
			destroy_vault();
		host_turns(A_WHILE);
		host_check();
		expect_untouched(other);
		if (host_device())
			detach();
		host_destroy_domain(other);
		attach_and_load_again();
	}
}

/* Its domid is free only when nobody holds pages of it. */
static void destroy_vault_meanwhile(void)
{
	struct hv *hv;

	assert_int_equal(hv_open(&hv), 0);
	host.manager.hv = hv;
	destroy_vault();
	hv_close(hv);
}

static void a_vault_is_destroyed_between_two_managers(void)
{
	for (host_trial(1); host_again() && !host.kind->pooled; host_next()) {
		host.meanwhile = destroy_vault_meanwhile;
		load_until(NULL);
		if (!host.happened)
			host_stop();
		host_turns(A_WHILE);
		host_check();
		expect_untouched(other);
		host_destroy_domain(other);
		if (host_device())
			detach();
		attach_and_load_again();
	}
}

static hv_domid hog;

static void use_up_memory(void)
{
	const struct hv_model_guest guest = {
		.handle = { .byte = { OTHER } },
		.ram_pages = hv_model_ledger().free_pages - 16,
		.pool_pages = 16,
	};

	assert_int_equal(hv_model_guest_create(&guest, &hog), 0);
}

static void the_host_runs_out_of_memory(void)
{
	for (host_trial(1); host_again(); host_next()) {
		load_until(use_up_memory);
		host_turns(A_WHILE);
		host_check();
		if (host.happened)
			hv_model_guest_destroy(hog);
		host_until(script_sealed);
		host_check_sealed(1, SCRIPT_LENGTH);
		detach();
	}
}

int main(void)
{
	static const struct host_test tests[] = {
		HOST_TEST(a_guest_is_destroyed),
		HOST_TEST(a_guest_shuts_down),
		HOST_TEST(a_guest_reboots),
		HOST_TEST(a_domid_is_reused_under_a_manager),
		HOST_TEST(a_domid_is_reused_between_two_managers),
		HOST_TEST(a_guest_is_reset_with_its_memory),
		HOST_TEST(a_guest_is_reset_between_two_managers),
		HOST_TEST(the_admin_pauses_a_guest),
		HOST_TEST(the_module_is_removed_and_loaded_again),
		HOST_TEST(
			a_machine_that_stood_still_does_not_keep_a_front_end_waiting),
		HOST_TEST(a_new_connection_repeats_nothing),
		HOST_TEST(a_guest_powers_off),
		HOST_TEST(a_crash_kernel_is_started),
		HOST_TEST(a_new_kernel_is_started_by_kexec),
		HOST_TEST(the_manager_dies_while_a_kernel_follows_another),
		HOST_TEST(a_front_end_never_says_closed),
		HOST_TEST(the_front_ends_nodes_are_spoiled),
		HOST_TEST(the_back_ends_nodes_are_spoiled),
		HOST_TEST(records_are_spoiled_before_a_restart),
		HOST_TEST(a_vault_is_destroyed_behind_its_manager),
		HOST_TEST(a_vault_is_destroyed_between_two_managers),
		HOST_TEST(the_host_runs_out_of_memory),
	};

	return host_run("life", tests, sizeof(tests) / sizeof(tests[0]));
}
