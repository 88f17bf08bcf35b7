// SPDX-License-Identifier: GPL-2.0-only
/* What the model alone has: guests that act, limits, books. */
#include "test_model.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cmocka_all.h"

struct hv *hv;
hv_domid guest;
uint8_t page[HV_PAGE_SIZE];

const struct hv_handle vault_handle = { "a vault" };

void boot_as(const struct hv_model_config *config)
{
	static const struct hv_handle guest_handle = { "a guest" };
	const struct hv_model_guest plan = {
		.handle = guest_handle,
		.ram_pages = RAM_PAGES,
		.max_pages = RAM_PAGES + 1024,
	};

	hv_model_reset(config);
	assert_int_equal(hv_open(&hv), 0);
	assert_int_equal(hv_model_guest_create(&plan, &guest), 0);
}

static void boot(const char *commandline, uint64_t host_pages)
{
	boot_as(&(struct hv_model_config){
		.commandline = commandline,
		.host_pages = host_pages,
		.boot_byte = 0xee,
	});
}

int model_setup(void **state)
{
	(void)state;
	boot("", 8192);
	return 0;
}

int model_teardown(void **state)
{
	(void)state;
	hv_model_reset(NULL);
	return 0;
}

void populate(gfn_t gfn, uint32_t count)
{
	assert_int_equal(hv_populate(hv, guest, gfn, count), count);
}

uint8_t guest_byte(uint64_t gpa)
{
	uint8_t byte = 0;

	assert_true(hv_model_guest_read(guest, gpa, &byte, 1));
	return byte;
}

void inject(enum hv_model_call call, unsigned int nth,
	    enum hv_model_fault_kind kind, int error)
{
	const struct hv_model_fault fault = {
		.call = call,
		.nth = nth,
		.kind = kind,
		.error = error,
	};

	hv_model_inject(&fault);
}

/* ---- guests ---- */

static void a_guest_reads_and_writes_across_pages_up_to_a_hole(void **state)
{
	uint8_t bytes[200], again[200];

	(void)state;
	memset(bytes, 0x42, sizeof(bytes));
	populate(WINDOW, 2);
	assert_true(hv_model_guest_write(guest, WINDOW_GPA + 4000, bytes, 200));
	assert_true(hv_model_guest_read(guest, WINDOW_GPA + 4000, again, 200));
	assert_memory_equal(bytes, again, 200);
	assert_false(
		hv_model_guest_write(guest, WINDOW_GPA + 8000, bytes, 200));
	assert_false(hv_model_guest_read(guest, WINDOW_GPA - 1, again, 2));
}

static void a_paused_guest_does_nothing(void **state)
{
	(void)state;
	populate(WINDOW, 1);
	assert_int_equal(hv_domain_pause(hv, guest), 0);
	assert_false(hv_model_guest_runs(guest));
	assert_false(hv_model_guest_write(guest, WINDOW_GPA, page, 1));
	assert_int_equal(hv_model_guest_populate(guest, ALIAS, 1), 0);
	assert_false(hv_model_guest_alias(guest, WINDOW, ALIAS));
	assert_int_equal(hv_domain_unpause(hv, guest), 0);
	assert_true(hv_model_guest_write(guest, WINDOW_GPA, page, 1));
}

static void an_alias_outlives_the_strip(void **state)
{
	const uint8_t byte = 0x77;
	struct hv_domain domain;

	(void)state;
	populate(WINDOW, 1);
	assert_true(hv_model_guest_alias(guest, WINDOW, ALIAS));
	assert_int_equal(hv_holes(hv, guest, ALIAS, 1), 1); /* no RAM */
	assert_int_equal(hv_strip(hv, guest, WINDOW, 1), 1);
	assert_true(hv_model_guest_write(guest, ALIAS.n << HV_PAGE_SHIFT, &byte,
					 1));
	assert_int_equal(hv_domain_get(hv, guest, &domain), 0);
	assert_int_equal(domain.pages, RAM_PAGES + 1);
	assert_true(hv_model_guest_unalias(guest, ALIAS));
	assert_int_equal(hv_domain_get(hv, guest, &domain), 0);
	assert_int_equal(domain.pages, RAM_PAGES);
}

static void an_alias_writes_behind_a_mapping(void **state)
{
	const uint8_t byte = 0x77;
	uint8_t *mapped = NULL;

	(void)state;
	populate(WINDOW, 1);
	assert_true(hv_model_guest_alias(guest, WINDOW, ALIAS));
	assert_int_equal(hv_map(hv, guest, WINDOW, 1, (void **)&mapped), 0);
	assert_int_equal(hv_strip(hv, guest, WINDOW, 1), 1);
	assert_true(hv_model_guest_write(guest, ALIAS.n << HV_PAGE_SHIFT, &byte,
					 1));
	assert_int_equal(mapped[0], 0x77);
	hv_unmap(hv, mapped, 1);
}

static void a_back_end_goes_on_writing_after_the_strip(void **state)
{
	const uint8_t byte = 0x99;
	uint32_t ref = 20;

	(void)state;
	populate(WINDOW, 1);
	assert_true(hv_model_guest_grant(guest, ref, WINDOW));
	assert_true(hv_model_backend_pin(guest, ref));
	assert_int_equal(hv_strip(hv, guest, WINDOW, 1), 1);
	assert_true(hv_model_backend_write(guest, ref, 5, &byte, 1));
	/* A copy by that ref follows the back end, not the guest's memory. */
	assert_int_equal(hv_copy_granted(hv, guest, &ref, 1, page), 0);
	assert_int_equal(page[5], 0x99);
	assert_true(hv_model_backend_unpin(guest, ref));
	assert_false(hv_model_backend_unpin(guest, ref));
	assert_int_equal(hv_copy_granted(hv, guest, &ref, 1, page), -EFAULT);
}

static void a_pinned_ref_diverts_copies_to_the_old_page(void **state)
{
	const uint8_t old = 0x01, new = 0x02;
	uint32_t ref = 20;

	(void)state;
	populate(WINDOW, 1);
	assert_true(hv_model_guest_write(guest, WINDOW_GPA, &old, 1));
	assert_true(hv_model_guest_grant(guest, ref, WINDOW));
	assert_true(hv_model_backend_pin(guest, ref));
	assert_int_equal(hv_model_guest_decrease(guest, WINDOW, 1), 1);
	assert_int_equal(hv_model_guest_populate(guest, WINDOW, 1), 1);
	assert_true(hv_model_guest_write(guest, WINDOW_GPA, &new, 1));
	assert_int_equal(hv_copy_granted(hv, guest, &ref, 1, page), 0);
	assert_int_equal(page[0], old);
	assert_true(hv_model_backend_unpin(guest, ref));
	assert_int_equal(hv_copy_granted(hv, guest, &ref, 1, page), 0);
	assert_int_equal(page[0], new);
}

/* ---- what stays in memory ---- */

static void without_scrubbing_old_bytes_come_back(void **state)
{
	(void)state;
	hv_model_dirty_free_memory(0xd1);
	populate(WINDOW, 1);
	assert_int_equal(guest_byte(WINDOW_GPA), 0xd1);
}

static void without_bootscrub_memory_is_dirty_from_the_start(void **state)
{
	struct hv_host host;

	(void)state;
	boot("scrub-domheap bootscrub=0", 8192);
	assert_int_equal(hv_host_info(hv, &host), 0);
	assert_false(host.scrubs_freed_pages);
	populate(WINDOW, 1);
	assert_int_equal(guest_byte(WINDOW_GPA), 0xee);
}

static void with_scrubbing_there_are_no_leftovers(void **state)
{
	const uint8_t byte = 0x55;

	(void)state;
	boot("scrub-domheap", 8192);
	hv_model_dirty_free_memory(0xd1);
	populate(WINDOW, 1);
	assert_int_equal(guest_byte(WINDOW_GPA), 0);
	assert_true(hv_model_guest_write(guest, WINDOW_GPA, &byte, 1));
	assert_int_equal(hv_strip(hv, guest, WINDOW, 1), 1);
	populate(WINDOW, 1);
	assert_int_equal(guest_byte(WINDOW_GPA), 0);
}

/* ---- limits ---- */

static void the_host_runs_out_of_pages(void **state)
{
	struct hv_host host;
	uint32_t got;

	(void)state;
	assert_int_equal(hv_domain_set_max_pages(hv, guest, 100000), 0);
	assert_int_equal(hv_p2m_pool_set(hv, guest, 2000 * HV_PAGE_SIZE), 0);
	assert_int_equal(hv_host_info(hv, &host), 0);
	got = hv_populate(hv, guest, WINDOW, 90000);
	assert_int_equal(got, host.free_pages);
	assert_int_equal(hv_host_info(hv, &host), 0);
	assert_int_equal(host.free_pages, 0);
	assert_int_equal(hv_p2m_pool_set(hv, guest, 3000 * HV_PAGE_SIZE),
			 -ENOMEM);
	assert_int_equal(hv_strip(hv, guest, WINDOW, got), got);
}

static void page_tables_stay_and_are_counted(void **state)
{
	uint64_t before = hv_model_pool_used(guest);

	(void)state;
	populate(WINDOW, 1);
	assert_int_equal(hv_model_pool_used(guest), before + 2);
	populate(gfn_add(WINDOW, 512), 512);
	assert_int_equal(hv_model_pool_used(guest), before + 3);
	assert_int_equal(hv_strip(hv, guest, WINDOW, 1), 1);
	assert_int_equal(hv_model_pool_used(guest), before + 3);
}

static void a_domid_is_reused_only_when_its_pages_are_gone(void **state)
{
	const struct hv_model_guest plan = { .handle = { "another" } };
	void *mapped = NULL;
	hv_domid second, third;

	(void)state;
	populate(WINDOW, 1);
	assert_int_equal(hv_map(hv, guest, WINDOW, 1, &mapped), 0);
	hv_model_guest_destroy(guest);
	hv_model_next_domid(guest);
	assert_int_equal(hv_model_guest_create(&plan, &second), 0);
	assert_int_not_equal(second, guest);
	hv_unmap(hv, mapped, 1);
	hv_model_next_domid(guest);
	assert_int_equal(hv_model_guest_create(&plan, &third), 0);
	assert_int_equal(third, guest);
}

static void a_guest_that_powers_off_has_gone_down(void **state)
{
	struct hv_domain domain;

	(void)state;
	hv_model_guest_shutdown(guest);
	assert_int_equal(hv_domain_get(hv, guest, &domain), 0);
	assert_true(domain.gone_down);
	assert_false(hv_model_guest_runs(guest));
}

static void a_guest_that_is_reset_keeps_what_it_has(void **state)
{
	struct hv_domain before, after;

	(void)state;
	assert_int_equal(hv_domain_get(hv, guest, &before), 0);
	hv_model_guest_ask_reset(guest);
	assert_false(hv_model_guest_runs(guest));
	assert_int_equal(hv_domain_get(hv, guest, &after), 0);
	assert_false(after.gone_down);
	assert_false(after.lifeless);
	hv_model_guest_reset(guest);
	assert_true(hv_model_guest_runs(guest));
	assert_int_equal(hv_domain_get(hv, guest, &after), 0);
	assert_int_equal(after.pages, before.pages);
}

/* ---- books ---- */

static void a_dead_process_leaves_the_machine_and_no_pins(void **state)
{
	struct hv_model_ledger ledger;
	struct hv_vault *vault;
	uint8_t byte = 0x3c;
	hv_domid domid;
	void *mapped;

	(void)state;
	populate(WINDOW, 4);
	assert_int_equal(hv_map(hv, guest, WINDOW, 4, &mapped), 0);
	assert_non_null(hv_buffer_alloc(8192));
	assert_int_equal(hv_vault_create(hv, &vault_handle, 4, &domid), 0);
	assert_int_equal(hv_vault_open(hv, domid, &vault_handle, 4, &vault), 0);
	assert_int_equal(hv_domain_pause(hv, guest), 0);
	hv_model_process_exit();
	ledger = hv_model_ledger();
	assert_int_equal(ledger.connections, 0);
	assert_int_equal(ledger.mappings, 0);
	assert_int_equal(ledger.open_vaults, 0);
	assert_int_equal(ledger.buffers, 0);
	assert_int_equal(ledger.domains, 3);
	assert_int_equal(ledger.paused, 2); /* nobody unpauses the guest */
	assert_int_equal(hv_open(&hv), 0);
	assert_int_equal(hv_domain_unpause(hv, guest), 0);
	assert_true(hv_model_guest_write(guest, WINDOW_GPA, &byte, 1));
}

static void thousands_of_cycles_add_up(void **state)
{
	struct hv_model_ledger before, after;
	struct hv_vault *vault;
	uint8_t *buffer;
	hv_domid domid;

	(void)state;
	boot("scrub-domheap", 65536);
	populate(WINDOW, 256); /* page tables, once */
	assert_int_equal(hv_strip(hv, guest, WINDOW, 256), 256);
	before = hv_model_ledger();
	assert_int_equal(hv_vault_create(hv, &vault_handle, 16384, &domid), 0);
	assert_int_equal(hv_vault_open(hv, domid, &vault_handle, 16384, &vault),
			 0);
	buffer = hv_buffer_alloc(256 * HV_PAGE_SIZE);
	for (uint32_t i = 0; i < 2000; i++) {
		populate(WINDOW, 256);
		assert_int_equal(
			hv_vault_write(vault, (i % 64) * 256, 256, buffer), 0);
		assert_int_equal(hv_strip(hv, guest, WINDOW, 256), 256);
	}
	hv_buffer_free(buffer, 256 * HV_PAGE_SIZE);
	hv_vault_close(vault);
	assert_int_equal(hv_domain_destroy(hv, domid), 0);
	after = hv_model_ledger();
	assert_true(hv_model_ledger_equal(&before, &after));
}

static void a_mapping_of_scattered_pages_is_in_order(void **state)
{
	uint8_t *mapped = NULL;

	(void)state;
	populate(WINDOW, 512);
	assert_int_equal(hv_strip(hv, guest, WINDOW, 512), 512);
	populate(WINDOW, 512); /* the other way round in host memory */
	for (uint32_t i = 0; i < 512; i++) {
		uint8_t byte = (uint8_t)(i * 13);

		assert_true(hv_model_guest_write(
			guest, WINDOW_GPA + i * HV_PAGE_SIZE, &byte, 1));
	}
	assert_int_equal(hv_map(hv, guest, WINDOW, 512, (void **)&mapped), 0);
	for (uint32_t i = 0; i < 512; i++)
		assert_int_equal(mapped[i * HV_PAGE_SIZE], (uint8_t)(i * 13));
	hv_unmap(hv, mapped, 512);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(a_guest_reads_and_writes_across_pages_up_to_a_hole),
		TEST(a_paused_guest_does_nothing),
		TEST(an_alias_outlives_the_strip),
		TEST(an_alias_writes_behind_a_mapping),
		TEST(a_back_end_goes_on_writing_after_the_strip),
		TEST(a_pinned_ref_diverts_copies_to_the_old_page),
		TEST(without_scrubbing_old_bytes_come_back),
		TEST(without_bootscrub_memory_is_dirty_from_the_start),
		TEST(with_scrubbing_there_are_no_leftovers),
		TEST(the_host_runs_out_of_pages),
		TEST(page_tables_stay_and_are_counted),
		TEST(a_domid_is_reused_only_when_its_pages_are_gone),
		TEST(a_guest_that_powers_off_has_gone_down),
		TEST(a_guest_that_is_reset_keeps_what_it_has),
		TEST(a_dead_process_leaves_the_machine_and_no_pins),
		TEST(thousands_of_cycles_add_up),
		TEST(a_mapping_of_scattered_pages_is_in_order),
	};

	int failed = cmocka_run_group_tests_name("guests", tests, NULL, NULL);

	failed += model_fault_tests();
	failed += model_pool_tests();
	return failed ? 1 : 0;
}
