// SPDX-License-Identifier: GPL-2.0-only
/* Many loads and resets, and managers that come and go: nothing grows. */
#include <dirent.h>
#include <string.h>

#include "channels.h"
#include "cmocka_all.h"
#include "script.h"
#include "xenstored.h"

#define CYCLES 1000
#define CYCLES_OF_A_MANAGER 10

/* AddressSanitizer's, where it is built in. */
size_t __sanitizer_get_current_allocated_bytes(void) __attribute__((weak));

struct ledger {
	struct hv_model_ledger machine;
	unsigned int nodes, bound, mapped, descriptors;
	size_t heap;
};

static unsigned int descriptors(void)
{
	DIR *directory = opendir("/proc/self/fd");
	unsigned int count = 0;

	assert_non_null(directory);
	while (readdir(directory))
		count++;
	closedir(directory);
	return count;
}

static struct ledger take_stock(void)
{
	struct ledger ledger = {
		.machine = hv_model_ledger(),
		.bound = channels_bound(),
		.mapped = channels_mapped(),
		.descriptors = descriptors(),
	};

	if (__sanitizer_get_current_allocated_bytes)
		ledger.heap = __sanitizer_get_current_allocated_bytes();
	while (xenstore_below("", ledger.nodes))
		ledger.nodes++;
	return ledger;
}

static void expect_same(const struct ledger *a, const struct ledger *b)
{
	assert_true(hv_model_ledger_equal(&a->machine, &b->machine));
	assert_int_equal(a->nodes, b->nodes);
	assert_int_equal(a->bound, b->bound);
	assert_int_equal(a->mapped, b->mapped);
	assert_int_equal(a->descriptors, b->descriptors);
	assert_int_equal(a->heap, b->heap);
}

/* Those of one manager, which stops then. */
static void cycles(void)
{
	assert_true(host_start());
	host_until(script_connected);
	for (unsigned int i = 0; i < CYCLES_OF_A_MANAGER; i++) {
		script_load((uint8_t)(1 + i % (FRONT_SEEDS - 1)));
		assert_int_equal(script_ask("reset"), 0);
	}
	host_check();
	host_stop();
}

/* The first manager's: memory of the tests' own comes with it. */
static void a_thousand_loads_and_resets_leave_nothing(void)
{
	struct ledger before, after;

	host_boot(host.kind);
	script_attach_quietly();
	host_stop();
	cycles();
	before = take_stock();
	for (unsigned int i = 1; i < CYCLES / CYCLES_OF_A_MANAGER; i++)
		cycles();
	after = take_stock();
	expect_same(&before, &after);
	assert_int_equal(host.front.connections, 1);
	assert_int_equal(host.front.failures, 0);
	assert_true(host_start());
	assert_int_equal(script_ask("detach"), 0);
	host_power_off();
}

int main(void)
{
	static const struct host_test tests[] = {
		HOST_TEST(a_thousand_loads_and_resets_leave_nothing),
	};

	return host_run("soak", tests, sizeof(tests) / sizeof(tests[0]));
}
