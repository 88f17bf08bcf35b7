// SPDX-License-Identifier: GPL-2.0-only
/* That the host in one process works, when nothing goes wrong. */
#include <errno.h>

#include "cmocka_all.h"
#include "script.h"

static void a_carveout_lives_from_attach_to_detach(void)
{
	host_boot(host.kind);
	assert_true(host_start());
	assert_int_equal(script_attach(), 0);
	script_load(1);
	host_check();
	assert_int_equal(script_ask("reset"), 0);
	script_load(2);
	assert_int_equal(host.front.connections, 1);
	assert_int_equal(host.front.failures, 0);
	assert_int_equal(script_ask("detach"), 0);
	host_power_off();
}

/* AddressSanitizer's, where it is built in. */
size_t __sanitizer_get_current_allocated_bytes(void) __attribute__((weak));

static size_t allocated(void)
{
	return __sanitizer_get_current_allocated_bytes ?
		       __sanitizer_get_current_allocated_bytes() :
		       0;
}

/* The model's own memory, for what stays behind, is there after the first. */
static void a_manager_that_stops_has_freed_its_memory(void)
{
	size_t before = 0;

	host_boot(host.kind);
	script_attach_quietly();
	for (int i = 0; i < 3; i++) {
		script_load(1);
		assert_int_equal(script_ask("reset"), 0);
		host_stop();
		if (i)
			assert_int_equal(allocated(), before);
		before = allocated();
		assert_true(host_start());
		host_until(script_connected);
	}
	assert_int_equal(script_ask("detach"), 0);
	host_power_off();
}

static void a_second_manager_is_refused_and_changes_nothing(void)
{
	struct manager second = { 0 };

	host_boot(host.kind);
	script_attach_quietly();
	front_begin(1, SCRIPT_LENGTH);
	host_turns(5);
	assert_int_equal(manager_start(&second, dom0_socket()), -EADDRINUSE);
	manager_stop(&second);
	host_until(script_sealed);
	host_check_sealed(1, SCRIPT_LENGTH);
	assert_int_equal(script_ask("detach"), 0);
	host_power_off();
}

int main(void)
{
	static const struct host_test tests[] = {
		HOST_TEST(a_carveout_lives_from_attach_to_detach),
		HOST_TEST(a_second_manager_is_refused_and_changes_nothing),
		HOST_TEST(a_manager_that_stops_has_freed_its_memory),
	};

	return host_run("host", tests, sizeof(tests) / sizeof(tests[0]));
}
