// SPDX-License-Identifier: GPL-2.0-only
/* That the host in one process works, when nothing goes wrong. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cmocka_all.h"
#include "config/stanza.h"
#include "daemon/device.h"
#include "daemon/store.h"
#include "daemon/tenant.h"
#include "script.h"
#include "xenstored.h"

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

static bool said(const char *text)
{
	return strstr(host.said, text) != NULL;
}

static void a_manager_built_for_another_xen_says_so_and_serves(void)
{
	static struct host_kind kind;

	kind = *host.kind;
	kind.built_for = 20;
	host_boot(&kind);
	assert_true(host_start());
	assert_true(said("built for Xen 4.20, but 4.17 runs"));
	assert_int_equal(script_attach(), 0);
	assert_int_equal(script_ask("detach"), 0);
	host_power_off();
	kind.built_for = 17;
	host_boot(&kind);
	assert_true(host_start());
	assert_false(said("built for"));
	host_power_off();
}

static void a_manager_that_xen_refuses_ends_and_says_what_to_use(void)
{
	const struct hv_model_fault refused = { .call = HV_CALL_OPEN,
						.nth = 1,
						.error = -EPROTO };
	struct manager manager = { 0 };

	host_boot(host.kind);
	hv_model_inject(&refused);
	assert_int_equal(manager_start(&manager, dom0_socket()), -EPROTO);
	manager_stop(&manager);
	assert_true(said("libxenctrl of the Xen that runs"));
	host_power_off();
}

/* Vaults grant their rings to dom0. */
static void a_manager_wants_xenstored_in_dom0(void)
{
	struct manager manager = { 0 };

	host_boot(host.kind);
	assert_true(xenstore_put(0, "/tool/xenstored/domid", "7", 1));
	assert_int_equal(manager_start(&manager, dom0_socket()), -EOPNOTSUPP);
	manager_stop(&manager);
	assert_true(said("xenstored runs in domain 7"));
	assert_true(xenstore_put(0, "/tool/xenstored/domid", "0", 1));
	assert_true(host_start());
	host_power_off();
}

/* 0, and the stanza is attached at *base; or how many bytes the error has. */
static size_t attach_error(const char *text, uint64_t *base)
{
	struct manager *manager = &host.manager;
	static char error[512];
	struct stanza stanza;

	*error = '\0';
	assert_int_equal(stanza_parse(text, &stanza, SENTENCE(error)), 0);
	if (tenant_attach(manager, host.guest, &stanza, 1, SENTENCE(error)))
		return strlen(error);
	*base = manager->tenants->devices->carveout.config.base;
	return 0;
}

static void give_memory(const char *kib)
{
	struct store_path path =
		store_path("/local/domain/%u/memory/static-max", host.guest);

	assert_true(xenstore_put(0, path.text, kib, (unsigned int)strlen(kib)));
}

/* All of it, be it in the guest by now or not; and no higher than that. */
static void on_x86_a_carveout_is_right_above_the_guests_memory(void)
{
	uint64_t base = 0;

	host_boot(host.kind);
	assert_true(host_start());
	host.manager.host.address_bits = 36;
	give_memory("33554432"); /* 32 GiB: from 4 GiB up, 36 GiB */
	assert_int_equal(attach_error("name=a,size=64K", &base), 0);
	assert_int_equal(base, 36ULL << 30);
	assert_int_equal(attach_error("name=b,size=64K", &base), 0);
	assert_int_equal(base, (36ULL << 30) + (2 << 20));
	assert_int_equal(attach_error("name=c,size=64K,gpa=60G", &base), 0);
	assert_int_equal(base, 60ULL << 30);
	assert_int_not_equal(
		attach_error("name=d,size=64K,gpa=0x8ffe00000", &base), 0);
	assert_int_not_equal(attach_error("name=d,size=64K,gpa=64G", &base), 0);
	give_memory("62914560"); /* 60 GiB */
	assert_int_not_equal(attach_error("name=d,size=64K", &base), 0);
	for (const char *name = "abc"; *name; name++) {
		struct device *device = tenant_device(host.manager.tenants,
						      (char[]){ *name, 0 });

		tenant_detach(device, true);
		tenant_finish_detach(device);
	}
	host_power_off();
}

int main(void)
{
	static const struct host_test tests[] = {
		HOST_TEST(a_carveout_lives_from_attach_to_detach),
		HOST_TEST(a_second_manager_is_refused_and_changes_nothing),
		HOST_TEST(a_manager_that_stops_has_freed_its_memory),
		HOST_TEST(a_manager_built_for_another_xen_says_so_and_serves),
		HOST_TEST(a_manager_that_xen_refuses_ends_and_says_what_to_use),
		HOST_TEST(a_manager_wants_xenstored_in_dom0),
		HOST_TEST(on_x86_a_carveout_is_right_above_the_guests_memory),
	};

	return host_run("host", tests, sizeof(tests) / sizeof(tests[0]));
}
