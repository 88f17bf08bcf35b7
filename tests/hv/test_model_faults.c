// SPDX-License-Identifier: GPL-2.0-only
/* The model's faults and hooks. */
#include "test_model.h"

#include <errno.h>
#include <string.h>

#include "cmocka_all.h"

static void the_kth_call_fails_and_the_next_does_not(void **state)
{
	(void)state;
	inject(HV_CALL_DOMAIN_PAUSE, 2, HV_FAULT_FAIL, -ENOSPC);
	assert_int_equal(hv_domain_pause(hv, guest), 0);
	assert_int_equal(hv_domain_pause(hv, guest), -ENOSPC);
	assert_int_equal(hv_domain_pause(hv, guest), 0);
	assert_int_equal(hv_model_ledger().paused, 1);
}

static void a_lasting_fault_hits_all_later_calls(void **state)
{
	const struct hv_model_fault fault = {
		.call = HV_CALL_ANY,
		.nth = 3,
		.lasting = true,
	};
	uint64_t bytes;

	(void)state;
	hv_model_inject(&fault);
	populate(WINDOW, 1);
	assert_int_equal(hv_strip(hv, guest, WINDOW, 1), 1);
	assert_int_equal(hv_populate(hv, guest, WINDOW, 1), 0);
	assert_int_equal(hv_p2m_pool_get(hv, guest, &bytes), -EIO);
	assert_null(hv_buffer_alloc(4096));
	hv_model_clear_faults();
	populate(WINDOW, 1);
}

static void a_short_count_is_done_as_far_as_it_says(void **state)
{
	const struct hv_model_fault fault = {
		.call = HV_CALL_STRIP,
		.kind = HV_FAULT_SHORT,
		.limit = 3,
	};

	(void)state;
	populate(WINDOW, 10);
	hv_model_inject(&fault);
	assert_int_equal(hv_strip(hv, guest, WINDOW, 10), 3);
	assert_int_equal(hv_holes(hv, guest, WINDOW, 10), 3);
}

static void a_silent_strip_strips_nothing(void **state)
{
	(void)state;
	populate(WINDOW, 10);
	inject(HV_CALL_STRIP, 1, HV_FAULT_SILENT, 0);
	assert_int_equal(hv_strip(hv, guest, WINDOW, 10), 10);
	assert_int_equal(hv_holes(hv, guest, WINDOW, 10), 0);
}

static void a_silent_vault_write_writes_nothing(void **state)
{
	struct hv_vault *vault = NULL;
	hv_domid domid;

	(void)state;
	assert_int_equal(hv_vault_create(hv, &vault_handle, 4, &domid), 0);
	assert_int_equal(hv_vault_open(hv, domid, &vault_handle, 4, &vault), 0);
	memset(page, 0x31, sizeof(page));
	inject(HV_CALL_VAULT_WRITE, 1, HV_FAULT_SILENT, 0);
	assert_int_equal(hv_vault_write(vault, 0, 1, page), 0);
	assert_int_equal(hv_vault_read(vault, 0, 1, page), 0);
	assert_int_not_equal(page[0], 0x31);
	hv_vault_close(vault);
}

static void a_failed_create_leaves_nothing(void **state)
{
	struct hv_model_ledger before = hv_model_ledger(), after;
	hv_domid domid;

	(void)state;
	inject(HV_CALL_VAULT_CREATE, 1, HV_FAULT_AFTER, -ENOMEM);
	assert_int_equal(hv_vault_create(hv, &vault_handle, 64, &domid),
			 -ENOMEM);
	after = hv_model_ledger();
	assert_true(hv_model_ledger_equal(&before, &after));
}

static void count_calls(void *argument, enum hv_model_call call, hv_domid domid,
			gfn_t gfn, uint32_t count)
{
	unsigned int *strips = argument;

	(void)count;
	if (call != HV_CALL_STRIP)
		return;
	/* The guest is quicker: it takes a page out itself. */
	assert_int_equal(hv_model_guest_decrease(domid, gfn_add(gfn, 5), 1), 1);
	++*strips;
}

static void a_hook_lets_the_guest_act_in_between(void **state)
{
	unsigned int strips = 0;

	(void)state;
	populate(WINDOW, 10);
	hv_model_set_hook(count_calls, &strips);
	assert_int_equal(hv_strip(hv, guest, WINDOW, 10), 5);
	assert_int_equal(strips, 1);
	hv_model_set_hook(NULL, NULL);
	assert_int_equal(hv_strip(hv, guest, gfn_add(WINDOW, 6), 4), 4);
}

static const struct CMUnitTest tests[] = {
	TEST(the_kth_call_fails_and_the_next_does_not),
	TEST(a_lasting_fault_hits_all_later_calls),
	TEST(a_short_count_is_done_as_far_as_it_says),
	TEST(a_silent_strip_strips_nothing),
	TEST(a_silent_vault_write_writes_nothing),
	TEST(a_failed_create_leaves_nothing),
	TEST(a_hook_lets_the_guest_act_in_between),
};

int model_fault_tests(void)
{
	return cmocka_run_group_tests_name("faults", tests, NULL, NULL);
}
