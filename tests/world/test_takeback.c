// SPDX-License-Identifier: GPL-2.0-only
/*
 * dom0 takes back what a guest has: a writer in the middle of a window is asked
 * first, and who does not answer, or fights for a frame, keeps nothing.
 */
#include <errno.h>
#include <string.h>

#include "cmocka_all.h"
#include "daemon/device.h"
#include "script.h"

static bool both_are_filled(void)
{
	const struct front_slot *slots = host.front.slots;

	return slots[0].state == SLOT_OPEN && slots[0].filled &&
	       slots[1].state == SLOT_OPEN && slots[1].filled;
}

/* Two windows are open and filled, and stay so. */
static void hold_two_windows(void)
{
	script_attach_quietly();
	front_begin(1, SCRIPT_LENGTH);
	host.front.hold = 2;
	host_until(both_are_filled);
}

static void load_and_hold(void)
{
	host_boot(host.kind);
	hold_two_windows();
}

static void ask(const char *command, bool now)
{
	dom0_ask(
		"{\"command\":\"%s\",\"domain\":\"%u\",\"name\":\"modem\",\"now\":%s}",
		command, host.guest, now ? "true" : "false");
}

/* Milliseconds until it is answered; whatever the guest may touch meanwhile is
 * there. */
static uint64_t answered_in(void)
{
	uint64_t begun = host.now;

	while (!script_answered()) {
		host_turn();
		host_check_reach();
	}
	return host.now - begun;
}

#define A_MOMENT 200 /* ms: some turns */
#define GRACE CARVEOUTIF_GRACE_MS

static void a_writer_is_asked_first_when_its_carveout_is_detached(void)
{
	load_and_hold();
	ask("detach", false);
	assert_true(answered_in() < GRACE);
	assert_int_equal(host.dom0.error, 0);
	assert_null(host_device());
	assert_int_equal(host.front.asked, 2);
	assert_int_equal(host.front.deaths, 0);
	host_check_allowance();
	host_power_off();
}

static void a_detach_at_once_asks_nobody(void)
{
	load_and_hold();
	ask("detach", true);
	host_turns(A_MOMENT / 10);
	assert_true(script_answered());
	assert_int_equal(host.dom0.error, 0);
	assert_null(host_device());
	assert_int_equal(host.front.asked, 0);
	host_power_off();
}

static void who_does_not_answer_is_detached_after_the_grace(void)
{
	uint64_t took;

	load_and_hold();
	front_idle();
	ask("detach", false);
	took = answered_in();
	assert_true(took >= GRACE && took < GRACE + A_MOMENT);
	assert_int_equal(host.dom0.error, 0);
	assert_null(host_device());
	host_power_off();
}

/* No window is opened any more while the last ones leave. */
static void a_detach_is_not_put_off_by_new_windows(void)
{
	const struct carveoutif_request reset = { .op = CARVEOUTIF_OP_RESET };
	const struct carveoutif_request open = {
		.op = CARVEOUTIF_OP_OPEN,
		.u.open = { .length = HV_PAGE_SIZE,
			    .mode = CARVEOUTIF_MODE_WRITE },
	};

	load_and_hold();
	front_idle();
	ask("detach", false);
	for (int i = 0; i < 200 && !script_answered(); i++) {
		front_push(i % 2 ? &open : &reset);
		host_turn();
	}
	assert_true(script_answered());
	assert_int_equal(host.dom0.error, 0);
	assert_null(host_device());
	host_power_off();
}

static bool two_attached(void)
{
	struct device *device = host_device();

	return device && device->next;
}

static void all_of_a_guests_are_detached_with_one_answer(void)
{
	load_and_hold();
	dom0_ask(
		"{\"command\":\"attach\",\"domain\":\"%u\",\"specs\":[\"name=other,size=64K%s\"]}",
		host.guest, host.kind->pooled ? ",backing=pool" : "");
	host_until(script_answered);
	assert_true(two_attached());
	dom0_ask("{\"command\":\"detach\",\"domain\":\"%u\",\"all\":true}",
		 host.guest);
	host_until(script_answered);
	assert_int_equal(host.dom0.error, 0);
	assert_null(host.manager.tenants);
	host_power_off();
}

static void a_manager_may_die_anywhere_in_a_detach(void)
{
	for (host_trial(1); host_again(); host_next()) {
		hold_two_windows();
		host_plan(host.trial.first, NULL);
		ask("detach", false);
		host_until(script_answered);
		host.at = 0;
		assert_true(!host.dom0.error || host.dom0.error == ESRCH);
		host_turns(3);
		assert_null(host_device());
		assert_null(host.manager.tenants);
	}
}

/* It says what is so, goes on trying, and then the carveout goes. */
static void a_detach_that_the_hypervisor_fails_ends_some_day(void)
{
	struct hv_model_fault fault = {
		.call = host.kind->pooled ? HV_CALL_IOMEM_UNMAP : HV_CALL_STRIP,
		.nth = 1,
		.lasting = true,
		.kind = HV_FAULT_FAIL,
	};

	load_and_hold();
	hv_model_inject(&fault);
	ask("detach", true);
	host_until(script_answered);
	assert_int_equal(host.dom0.error, ETIMEDOUT);
	assert_non_null(host_device());
	hv_model_clear_faults();
	host_turns(3 * GRACE / 10);
	assert_null(host_device());
	host_power_off();
}

/* ---- a guest that fights for a frame ---- */

/* From now on a page of its own comes to lie there before each hypercall. */
static void begin_to_refill(void)
{
	const struct carveout_window *window = host_device()->carveout.windows;

	while (window->state != WINDOW_OPEN)
		window++;
	/* Room for as many pages as there are hypercalls. */
	assert_int_equal(hv_model_guest_decrease(host.guest,
						 gfn_add(HV_MODEL_RAM, 34), 30),
			 30);
	front_idle();
	host.replaced = true;
	host.replaced_at = window->memory.offset;
	host.refills = true;
}

static void refilled_while(const char *command, bool now)
{
	load_and_hold();
	begin_to_refill();
	ask(command, now);
	assert_true(answered_in() < (now ? 0 : GRACE) + A_MOMENT);
	assert_int_equal(host.dom0.error, 0);
	host.refills = false;
	if (host_device())
		assert_int_equal(
			carveout_windows_held(&host_device()->carveout), 0);
	assert_int_equal(hv_model_ledger().iomem_rights, 0);
	assert_int_equal(hv_model_ledger().iomem_mapped, 0);
	host_check_reach();
	assert_true(hv_model_guest_runs(host.guest));
	/* Its own, with whatever Xen had in it. */
	hv_model_guest_decrease(host.guest,
				gfn_of_gpa(HOST_BASE + host.replaced_at), 1);
	if (host_device())
		assert_int_equal(script_ask("detach"), 0);
	host_power_off();
}

static void a_frame_that_is_refilled_is_revoked(void)
{
	refilled_while("revoke", false);
}

static void a_frame_that_is_refilled_is_revoked_at_once(void)
{
	refilled_while("revoke", true);
}

static void a_frame_that_is_refilled_is_reset(void)
{
	refilled_while("reset", false);
}

static void a_frame_that_is_refilled_is_detached(void)
{
	refilled_while("detach", false);
}

static void a_frame_that_is_refilled_is_detached_at_once(void)
{
	refilled_while("detach", true);
}

/* ---- events ---- */

/* Of a front end that has been slow, as it was not run. */
static void news_of_the_state_leave_room_to_ask_for_windows(void)
{
	load_and_hold();
	front_idle();
	for (int i = 0; i < 2 * CARVEOUTIF_EVENTS; i++)
		assert_int_equal(script_ask("seal"), EBUSY);
	ask("revoke", false);
	host_turns(3);
	host.front.idle = false;
	assert_true(answered_in() < GRACE - A_MOMENT);
	assert_int_equal(host.front.asked, 2);
	assert_int_equal(host.front.deaths, 0);
	assert_int_equal(script_ask("detach"), 0);
	host_power_off();
}

int main(void)
{
	static const struct host_test tests[] = {
		HOST_TEST(
			a_writer_is_asked_first_when_its_carveout_is_detached),
		HOST_TEST(a_detach_at_once_asks_nobody),
		HOST_TEST(who_does_not_answer_is_detached_after_the_grace),
		HOST_TEST(a_detach_is_not_put_off_by_new_windows),
		HOST_TEST(all_of_a_guests_are_detached_with_one_answer),
		HOST_TEST(a_manager_may_die_anywhere_in_a_detach),
		HOST_TEST(a_detach_that_the_hypervisor_fails_ends_some_day),
		HOST_TEST(a_frame_that_is_refilled_is_revoked),
		HOST_TEST(a_frame_that_is_refilled_is_revoked_at_once),
		HOST_TEST(a_frame_that_is_refilled_is_reset),
		HOST_TEST(a_frame_that_is_refilled_is_detached),
		HOST_TEST(a_frame_that_is_refilled_is_detached_at_once),
		HOST_TEST(news_of_the_state_leave_room_to_ask_for_windows),
	};

	return host_run("takeback", tests, sizeof(tests) / sizeof(tests[0]));
}
