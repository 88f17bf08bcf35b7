// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a manager cannot live without: when it is gone the manager ends, with a
 * message, and the next one goes on with what there is.
 */
#include <errno.h>
#include <string.h>

#include "channels.h"
#include "cmocka_all.h"
#include "daemon/store.h"
#include "script.h"
#include "xenstored.h"

static bool has_window(void)
{
	return host_device() && carveout_windows_held(&host_device()->carveout);
}

static void begin_load(void)
{
	host_boot(host.kind);
	script_attach_quietly();
	front_begin(1, SCRIPT_LENGTH);
	host_until(has_window);
}

/* The first manager has ended, and the load goes on under the second. */
static void expect_the_next_to_finish(const char *said)
{
	host_turns(2);
	assert_int_equal(host.started, 2);
	assert_non_null(strstr(host.said_at_end, said));
	host_until(script_sealed);
	host_check_sealed(1, SCRIPT_LENGTH);
	assert_int_equal(host.front.failures, 0);
	assert_int_equal(host.started, 2);
	assert_int_equal(script_ask("detach"), 0);
	host_power_off();
}

static void the_ring_of_events_overflows(void)
{
	begin_load();
	channels_overflow();
	expect_the_next_to_finish("events of front ends were lost");
}

static void xenstored_dies_while_something_is_asked_of_it(void)
{
	begin_load();
	xenstore_die();
	host.meanwhile = xenstore_restart;
	expect_the_next_to_finish("connection to xenstored is lost");
}

static bool another_one_serves(void)
{
	return host.started == 2 && host.alive;
}

/* It lives, and ends a client that it finds at fault.  What was asked for then
 * may have failed. */
static void xenstored_hangs_up(void)
{
	begin_load();
	xenstore_hang_up();
	host_until(another_one_serves);
	assert_non_null(
		strstr(host.said_at_end, "connection to xenstored is lost"));
	assert_int_equal(script_ask("reset"), 0);
	host_until(script_connected);
	script_load(2);
	assert_int_equal(host.started, 2);
	assert_int_equal(script_ask("detach"), 0);
	host_power_off();
}

/* Nothing is asked, nothing fires: only its socket tells. */
static void ends_under_a_manager_that_waits(void (*end)(void))
{
	host_boot(host.kind);
	script_attach_quietly();
	host_turns(10);
	end();
	host.meanwhile = xenstore_restart;
	host_turns(3);
	assert_int_equal(host.started, 2);
	script_load(1);
	assert_int_equal(script_ask("detach"), 0);
	host_power_off();
}

static void xenstored_dies_under_a_manager_that_waits(void)
{
	ends_under_a_manager_that_waits(xenstore_die);
}

static void xenstored_hangs_up_on_a_manager_that_waits(void)
{
	ends_under_a_manager_that_waits(xenstore_hang_up);
}

/* ---- what is no loss ---- */

static unsigned int failures;

static int fail_once(enum xenstore_moment moment)
{
	if (!host.inside || moment != XENSTORE_BEFORE || failures++)
		return 0;
	return -ENOMEM;
}

static bool has_failed(void)
{
	return failures != 0;
}

/* That it could not be read says nothing of the front end. */
static void a_read_of_a_front_ends_state_fails_and_its_load_goes_on(void)
{
	struct store_path state;

	host_boot(host.kind);
	script_attach_quietly();
	front_begin(1, SCRIPT_LENGTH);
	host.front.hold = 1;
	host_until(script_holds);
	host_turns(10);
	state = store_path("/local/domain/%u/device/carveout/0/state",
			   host.guest);
	failures = 0;
	xenstore_set_fault(fail_once);
	xenstore_fire(state.text);
	host_until(has_failed);
	host_turns(150); /* more than a second */
	assert_true(has_window());
	host.front.hold = UINT32_MAX;
	host_until(script_sealed);
	assert_int_equal(host.front.failures, 0);
	assert_int_equal(host.started, 1);
	assert_int_equal(script_ask("detach"), 0);
	host_power_off();
}

int main(void)
{
	static const struct host_test tests[] = {
		HOST_TEST(the_ring_of_events_overflows),
		HOST_TEST(xenstored_dies_while_something_is_asked_of_it),
		HOST_TEST(xenstored_hangs_up),
		HOST_TEST(xenstored_dies_under_a_manager_that_waits),
		HOST_TEST(xenstored_hangs_up_on_a_manager_that_waits),
		HOST_TEST(
			a_read_of_a_front_ends_state_fails_and_its_load_goes_on),
	};

	return host_run("losses", tests, sizeof(tests) / sizeof(tests[0]));
}
