// SPDX-License-Identifier: GPL-2.0-only
/* The model's pool: whose it is, who sees what of it, and when. */
#include "test_model.h"

#include <errno.h>
#include <string.h>

#include "cmocka_all.h"

#define POOL_PAGES 2048u /* the default */
#define SOME 16u

static struct hv_memory *open_pool(void)
{
	struct hv_memory *memory = NULL;

	assert_int_equal(hv_memory_open(hv, HV_MODEL_POOL, POOL_PAGES, &memory),
			 0);
	return memory;
}

static void permit(uint32_t count, bool allow)
{
	assert_int_equal(
		hv_iomem_permit(hv, guest, HV_MODEL_POOL, count, allow), 0);
}

static void map(void)
{
	permit(SOME, true);
	assert_int_equal(hv_iomem_map(hv, guest, WINDOW, HV_MODEL_POOL, SOME),
			 SOME);
}

static uint32_t unmap(void)
{
	return hv_iomem_unmap(hv, guest, WINDOW, HV_MODEL_POOL, SOME);
}

static void guest_writes(uint64_t offset, uint8_t byte)
{
	assert_true(hv_model_guest_write(guest, WINDOW_GPA + offset, &byte, 1));
}

/* The first byte of a page of the pool, as memory has it. */
static uint8_t memory_byte(uint64_t index)
{
	assert_true(hv_model_host_peek(mfn_add(HV_MODEL_POOL, index), page));
	return page[0];
}

static struct hv_model_fault fault_of(enum hv_model_call call,
				      enum hv_model_fault_kind kind)
{
	return (struct hv_model_fault){ .call = call, .kind = kind };
}

/* ---- whose it is ---- */

static void a_guest_reaches_the_pool_while_it_is_mapped(void **state)
{
	uint8_t byte = 0;

	(void)state;
	hv_model_dirty_pool(0x21);
	assert_false(hv_model_guest_read(guest, WINDOW_GPA, &byte, 1));
	map();
	assert_int_equal(guest_byte(WINDOW_GPA), 0x21);
	guest_writes(HV_PAGE_SIZE - 1, 0x22);
	assert_int_equal(guest_byte(WINDOW_GPA + HV_PAGE_SIZE - 1), 0x22);
	assert_int_equal(unmap(), SOME);
	assert_false(hv_model_guest_read(guest, WINDOW_GPA, &byte, 1));
	assert_false(hv_model_guest_write(guest, WINDOW_GPA, &byte, 1));
}

static void a_pool_is_full_of_leftovers_at_boot(void **state)
{
	(void)state;
	assert_int_not_equal(memory_byte(0), 0);
	assert_int_not_equal(memory_byte(POOL_PAGES - 1), 0);
	assert_false(
		hv_model_host_peek(mfn_add(HV_MODEL_POOL, POOL_PAGES), page));
	assert_false(hv_model_host_peek((mfn_t){ HV_MODEL_POOL.n - 1 }, page));
}

static void a_pool_under_reserved_memory_alone_is_not_for_dom0(void **state)
{
	const struct hv_model_config config = { .pool_not_for_dom0 = true };
	struct hv_memory *memory = NULL;

	(void)state;
	boot_as(&config);
	assert_int_equal(hv_iomem_permit(hv, guest, HV_MODEL_POOL, 1, true),
			 -EPERM);
	assert_int_equal(hv_memory_open(hv, HV_MODEL_POOL, 1, &memory), -EPERM);
	assert_null(memory);
}

static void a_host_may_fail_to_confine(void **state)
{
	const struct hv_model_config config = { .leaks_iomem = true };
	struct hv_host host;

	(void)state;
	assert_int_equal(hv_host_info(hv, &host), 0);
	assert_true(host.confines_iomem);
	boot_as(&config);
	assert_int_equal(hv_host_info(hv, &host), 0);
	assert_false(host.confines_iomem);
}

static void
a_guest_can_neither_alias_nor_give_back_what_is_the_hosts(void **state)
{
	uint32_t ref = 20;

	(void)state;
	map();
	assert_false(hv_model_guest_alias(guest, WINDOW, ALIAS));
	assert_false(hv_model_guest_unalias(guest, WINDOW));
	assert_int_equal(hv_model_guest_decrease(guest, WINDOW, 1), 0);
	assert_true(hv_model_guest_grant(guest, ref, WINDOW));
	assert_false(hv_model_backend_pin(guest, ref));
	assert_int_equal(hv_copy_granted(hv, guest, &ref, 1, page), -EFAULT);
	assert_false(hv_model_peek(guest, WINDOW, page));
	assert_int_equal(unmap(), SOME);
}

static void a_guest_hides_a_host_frame_with_ram_or_an_alias(void **state)
{
	(void)state;
	map();
	hv_model_dirty_pool(0x21);
	assert_int_equal(hv_model_guest_populate(guest, gfn_add(WINDOW, 3), 1),
			 1);
	assert_true(
		hv_model_guest_alias(guest, HV_MODEL_RAM, gfn_add(WINDOW, 5)));
	assert_int_not_equal(guest_byte(WINDOW_GPA + 3 * HV_PAGE_SIZE), 0x21);
	assert_int_equal(hv_model_ledger().iomem_mapped, SOME - 2);
	assert_int_equal(unmap(), 3);
	assert_int_equal(hv_strip(hv, guest, gfn_add(WINDOW, 3), 1), 1);
	assert_int_equal(unmap(), 5); /* an alias is as RAM to it */
	assert_true(hv_model_guest_unalias(guest, gfn_add(WINDOW, 5)));
	assert_int_equal(unmap(), SOME);
}

static void a_host_frame_over_ram_leaves_the_page_on_the_account(void **state)
{
	struct hv_domain domain;

	(void)state;
	populate(WINDOW, 1);
	map();
	assert_int_equal(unmap(), SOME);
	assert_int_equal(hv_domain_get(hv, guest, &domain), 0);
	assert_int_equal(domain.pages, RAM_PAGES + 1);
	assert_int_equal(hv_strip(hv, guest, WINDOW, 1), 0);
}

static void page_tables_for_host_frames_come_from_the_guests_pool(void **state)
{
	uint64_t before = hv_model_pool_used(guest);

	(void)state;
	map();
	assert_int_equal(hv_model_pool_used(guest), before + 2);
	assert_int_equal(unmap(), SOME);
	assert_int_equal(hv_model_pool_used(guest), before + 2);
	assert_int_equal(hv_iomem_unmap(hv, guest, ALIAS, HV_MODEL_POOL, 1), 1);
	assert_int_equal(hv_model_pool_used(guest), before + 2);
}

/* ---- memory and caches ---- */

static void what_a_guest_writes_is_not_in_memory_before_a_flush(void **state)
{
	struct hv_memory *memory = open_pool();

	(void)state;
	hv_model_dirty_pool(0x21);
	map();
	guest_writes(0, 0x31);
	guest_writes(HV_PAGE_SIZE, 0x32);
	assert_int_equal(memory_byte(0), 0x21);
	assert_int_equal(hv_memory_read(memory, 0, 1, page), 0);
	assert_int_equal(page[0], 0x21);
	assert_int_equal(hv_memory_flush(memory, 0, 1), 0);
	assert_int_equal(hv_memory_read(memory, 0, 1, page), 0);
	assert_int_equal(page[0], 0x31);
	assert_int_equal(memory_byte(1), 0x21); /* another page */
	hv_memory_close(memory);
}

static void an_eviction_writes_over_what_was_put_there_meanwhile(void **state)
{
	struct hv_memory *memory = open_pool();

	(void)state;
	map();
	guest_writes(0, 0x31);
	assert_int_equal(unmap(), SOME);
	assert_int_equal(hv_memory_zero(memory, 0, 1), 0);
	assert_int_equal(memory_byte(0), 0);
	hv_model_evict_caches();
	assert_int_equal(memory_byte(0), 0x31);
	assert_int_equal(page[63], 0x9d); /* the line as it was filled */
	assert_int_equal(page[64], 0);	  /* the next line was not cached */
	hv_memory_close(memory);
}

static void after_a_flush_there_is_nothing_to_evict(void **state)
{
	struct hv_memory *memory = open_pool();

	(void)state;
	map();
	guest_writes(70, 0x31);
	assert_int_equal(unmap(), SOME);
	assert_int_equal(hv_memory_flush(memory, 0, SOME), 0);
	memset(page, 0x40, sizeof(page));
	assert_int_equal(hv_memory_write(memory, 0, 1, page), 0);
	hv_model_evict_caches();
	assert_int_equal(memory_byte(0), 0x40);
	assert_int_equal(page[70], 0x40);
	hv_memory_close(memory);
}

static void a_write_across_lines_and_pages_is_one_to_the_guest(void **state)
{
	uint8_t bytes[300], again[300];

	(void)state;
	map();
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * 7);
	assert_true(hv_model_guest_write(guest, WINDOW_GPA + 4000, bytes, 300));
	assert_true(hv_model_guest_read(guest, WINDOW_GPA + 4000, again, 300));
	assert_memory_equal(bytes, again, 300);
	hv_model_evict_caches();
	assert_true(hv_model_guest_read(guest, WINDOW_GPA + 4000, again, 300));
	assert_memory_equal(bytes, again, 300);
	memory_byte(1);
	assert_memory_equal(page, bytes + 96, 204);
}

/* ---- faults ---- */

static void iomem_calls_fail_as_they_are_told(void **state)
{
	struct hv_memory *memory = NULL;

	(void)state;
	inject(HV_CALL_IOMEM_PERMIT, 1, HV_FAULT_FAIL, -ENOMEM);
	assert_int_equal(hv_iomem_permit(hv, guest, HV_MODEL_POOL, 1, true),
			 -ENOMEM);
	assert_int_equal(hv_model_ledger().iomem_rights, 0);
	inject(HV_CALL_IOMEM_PERMIT, 1, HV_FAULT_AFTER, -ENOMEM);
	assert_int_equal(hv_iomem_permit(hv, guest, HV_MODEL_POOL, 1, true),
			 -ENOMEM);
	assert_int_equal(hv_model_ledger().iomem_rights, 1);
	inject(HV_CALL_MEMORY_OPEN, 1, HV_FAULT_SILENT, 0);
	assert_int_equal(hv_memory_open(hv, HV_MODEL_POOL, 1, &memory), -EIO);
	assert_null(memory);
}

static void a_silent_unmap_leaves_the_guest_its_frames(void **state)
{
	(void)state;
	map();
	inject(HV_CALL_IOMEM_UNMAP, 1, HV_FAULT_SILENT, 0);
	assert_int_equal(unmap(), SOME);
	assert_int_equal(hv_model_ledger().iomem_mapped, SOME);
	guest_writes(0, 1);
	inject(HV_CALL_IOMEM_UNMAP, 1, HV_FAULT_FAIL, 0);
	assert_int_equal(unmap(), 0);
	assert_int_equal(unmap(), SOME);
}

static void a_short_map_maps_as_far_as_it_says(void **state)
{
	struct hv_model_fault fault =
		fault_of(HV_CALL_IOMEM_MAP, HV_FAULT_SHORT);

	(void)state;
	permit(SOME, true);
	fault.limit = 5;
	hv_model_inject(&fault);
	assert_int_equal(hv_iomem_map(hv, guest, WINDOW, HV_MODEL_POOL, SOME),
			 5);
	assert_int_equal(hv_model_ledger().iomem_mapped, 5);
	fault.call = HV_CALL_IOMEM_UNMAP;
	fault.limit = 2;
	hv_model_inject(&fault);
	assert_int_equal(unmap(), 2);
	assert_int_equal(hv_model_ledger().iomem_mapped, 3);
}

static void memory_calls_fail_silently_or_half_way(void **state)
{
	struct hv_model_fault fault =
		fault_of(HV_CALL_MEMORY_ZERO, HV_FAULT_SHORT);
	struct hv_memory *memory = open_pool();

	(void)state;
	hv_model_dirty_pool(0x21);
	fault.limit = 1;
	hv_model_inject(&fault);
	assert_int_equal(hv_memory_zero(memory, 0, 2), -EIO);
	assert_int_equal(memory_byte(0), 0);
	assert_int_equal(memory_byte(1), 0x21);
	memset(page, 0x55, sizeof(page));
	inject(HV_CALL_MEMORY_WRITE, 1, HV_FAULT_SILENT, 0);
	assert_int_equal(hv_memory_write(memory, 0, 1, page), 0);
	assert_int_equal(memory_byte(0), 0);
	inject(HV_CALL_MEMORY_READ, 1, HV_FAULT_FAIL, -EFAULT);
	assert_int_equal(hv_memory_read(memory, 0, 1, page), -EFAULT);
	map();
	guest_writes(0, 0x66);
	inject(HV_CALL_MEMORY_FLUSH, 1, HV_FAULT_SILENT, 0);
	assert_int_equal(hv_memory_flush(memory, 0, 1), 0);
	assert_int_equal(memory_byte(0), 0);
	hv_memory_close(memory);
}

/* The guest is quicker: it writes once more just before the unmap. */
static void write_late(void *argument, enum hv_model_call call, hv_domid domid,
		       gfn_t gfn, uint32_t count)
{
	const uint8_t byte = 0x71;

	assert_int_equal(count, SOME);
	if (call == HV_CALL_IOMEM_UNMAP)
		*(bool *)argument = hv_model_guest_write(
			domid, gfn.n << HV_PAGE_SHIFT, &byte, 1);
}

static void a_hook_lets_the_guest_write_before_the_unmap(void **state)
{
	bool written = false;

	(void)state;
	map();
	hv_model_set_hook(write_late, &written);
	assert_int_equal(unmap(), SOME);
	hv_model_set_hook(NULL, NULL);
	assert_true(written);
	hv_model_evict_caches();
	assert_int_equal(memory_byte(0), 0x71);
}

/* ---- books ---- */

static void the_ledger_has_rights_mappings_and_open_memories(void **state)
{
	struct hv_model_ledger before = hv_model_ledger(), now;
	struct hv_memory *memory = open_pool();

	(void)state;
	map();
	permit(SOME, true); /* twice is once */
	now = hv_model_ledger();
	assert_int_equal(now.iomem_rights, SOME);
	assert_int_equal(now.iomem_mapped, SOME);
	assert_int_equal(now.open_memories, 1);
	assert_false(hv_model_ledger_equal(&before, &now));
	assert_int_equal(unmap(), SOME);
	permit(SOME, false);
	hv_memory_close(memory);
	now = hv_model_ledger();
	assert_true(hv_model_ledger_equal(&before, &now));
}

static void a_destroyed_guest_drops_what_it_had_of_the_pool(void **state)
{
	struct hv_model_ledger ledger;

	(void)state;
	map();
	hv_model_guest_destroy(guest);
	ledger = hv_model_ledger();
	assert_int_equal(ledger.iomem_mapped, 0);
	assert_int_equal(ledger.iomem_rights, 0);
}

static void a_dead_process_leaves_the_mappings_in_guests(void **state)
{
	struct hv_model_ledger ledger;

	(void)state;
	open_pool();
	map();
	hv_model_process_exit();
	ledger = hv_model_ledger();
	assert_int_equal(ledger.open_memories, 0);
	assert_int_equal(ledger.iomem_mapped, SOME);
	assert_int_equal(ledger.iomem_rights, SOME);
	guest_writes(0, 1);
	assert_int_equal(hv_open(&hv), 0);
	assert_int_equal(unmap(), SOME);
}

static const struct CMUnitTest tests[] = {
	TEST(a_guest_reaches_the_pool_while_it_is_mapped),
	TEST(a_pool_is_full_of_leftovers_at_boot),
	TEST(a_pool_under_reserved_memory_alone_is_not_for_dom0),
	TEST(a_host_may_fail_to_confine),
	TEST(a_guest_can_neither_alias_nor_give_back_what_is_the_hosts),
	TEST(a_guest_hides_a_host_frame_with_ram_or_an_alias),
	TEST(a_host_frame_over_ram_leaves_the_page_on_the_account),
	TEST(page_tables_for_host_frames_come_from_the_guests_pool),
	TEST(what_a_guest_writes_is_not_in_memory_before_a_flush),
	TEST(an_eviction_writes_over_what_was_put_there_meanwhile),
	TEST(after_a_flush_there_is_nothing_to_evict),
	TEST(a_write_across_lines_and_pages_is_one_to_the_guest),
	TEST(iomem_calls_fail_as_they_are_told),
	TEST(a_silent_unmap_leaves_the_guest_its_frames),
	TEST(a_short_map_maps_as_far_as_it_says),
	TEST(memory_calls_fail_silently_or_half_way),
	TEST(a_hook_lets_the_guest_write_before_the_unmap),
	TEST(the_ledger_has_rights_mappings_and_open_memories),
	TEST(a_destroyed_guest_drops_what_it_had_of_the_pool),
	TEST(a_dead_process_leaves_the_mappings_in_guests),
};

int model_pool_tests(void)
{
	return cmocka_run_group_tests_name("pool", tests, NULL, NULL);
}
