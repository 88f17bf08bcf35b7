// SPDX-License-Identifier: GPL-2.0-only
/* That the host in one process works, when nothing goes wrong. */
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

int main(void)
{
	static const struct host_test tests[] = {
		HOST_TEST(a_carveout_lives_from_attach_to_detach),
	};

	return host_run("host", tests, sizeof(tests) / sizeof(tests[0]));
}
