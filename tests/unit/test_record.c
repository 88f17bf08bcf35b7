// SPDX-License-Identifier: GPL-2.0-only
/* What one manager writes down, the next one reads. */
#include "cmocka_all.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/device.h"
#include "daemon/record.h"
#include "daemon/tenant.h"
#include "daemon/uuid.h"
#include "memory_file.h"

#define NO_DIGEST \
	"0000000000000000000000000000000000000000000000000000000000000000"
#define NOTHING "EMPTY 0 " NO_DIGEST

/* ---- one device ---- */

static struct manager manager;
static struct tenant tenant;
static struct device device;

static int setup(void **state)
{
	(void)state;
	memory_file_new();
	record_file_close(&manager.records);
	assert_int_equal(record_file_open(&manager.records), 0);
	assert_int_equal(record_file_begin(&manager.records), 0);
	memset(&device, 0, sizeof(device));
	memset(&tenant, 0, sizeof(tenant));
	tenant.manager = &manager;
	tenant.guest.domid = 7;
	for (uint8_t i = 0; i < 16; i++)
		tenant.handle.byte[i] = (uint8_t)(0xf0 + i);
	device.tenant = &tenant;
	device.number = 3;
	device.vault = 9;
	device.stanza = (struct stanza){
		.name = "modem",
		.size = 64U << 20,
		.window = 1U << 20,
		.windows = 2,
		.gpa = 0x140000000ULL,
	};
	device.carveout.state = CARVEOUT_EMPTY;
	return 0;
}

/* What another process finds. */
static int find(hv_domid domid, struct record *record)
{
	const struct record_name name = { .handle = tenant.handle,
					  .domid = domid,
					  .of_device = true,
					  .number = 3 };
	const struct record_slot *slot;
	int rc = -ENOENT;

	record_file_close(&manager.records);
	assert_int_equal(record_file_open(&manager.records), 0);
	assert_true(manager.records.whole);
	slot = record_find(&manager, &name);
	if (slot)
		rc = record_load(slot, record);
	device.record = NULL; /* it was in the old mapping */
	return rc;
}

static struct record reload(void)
{
	struct record record;

	assert_int_equal(record_device(&device), 0);
	assert_int_equal(find(7, &record), 0);
	return record;
}

static int load_text(const char *text, struct record *record)
{
	record_slot_write(device.record, text);
	return record_load(device.record, record);
}

static void what_was_configured_comes_back(void **state)
{
	struct record record;

	(void)state;
	device.stanza.guest_reset = true;
	record = reload();
	assert_string_equal(record.stanza.name, "modem");
	assert_int_equal(record.stanza.size, 64U << 20);
	assert_int_equal(record.stanza.window, 1U << 20);
	assert_int_equal(record.stanza.windows, 2);
	assert_int_equal(record.stanza.gpa, 0x140000000ULL);
	assert_int_equal(record.stanza.expected_size, 0);
	assert_true(record.stanza.guest_reset);
	assert_int_equal(record.vault, 9);
}

static void an_expected_size_comes_back(void **state)
{
	(void)state;
	device.stanza.expected_size = 12345;
	assert_int_equal(reload().stanza.expected_size, 12345);
}

static void a_place_in_a_pool_comes_back(void **state)
{
	struct record record;

	(void)state;
	device.stanza.backing = STANZA_POOL;
	strcpy(device.stanza.pool, "pool0");
	device.stanza.at = 0x48001000;
	record = reload();
	assert_int_equal(record.stanza.backing, STANZA_POOL);
	assert_string_equal(record.stanza.pool, "pool0");
	assert_int_equal(record.stanza.at, 0x48001000);
	assert_int_equal(record.vault, 0);
}

static void a_pool_without_a_place_is_refused(void **state)
{
	struct record record;

	(void)state;
	device.stanza.backing = STANZA_POOL;
	strcpy(device.stanza.pool, "pool0");
	assert_int_equal(record_device(&device), 0);
	assert_int_equal(record_load(device.record, &record), -EINVAL);
}

static void a_record_without_an_address_is_refused(void **state)
{
	struct record record;

	(void)state;
	assert_int_equal(record_device(&device), 0);
	assert_int_equal(load_text("name=modem,size=64M,gpa=5G " NOTHING,
				   &record),
			 -EINVAL); /* nor has it a vault */
	assert_int_equal(load_text("name=modem,size=64M,gpa=5G " NOTHING
				   " vault=9",
				   &record),
			 0);
	assert_int_equal(load_text("name=modem,size=64M " NOTHING " vault=9",
				   &record),
			 -EINVAL);
}

static void a_seal_comes_back_with_length_and_digest(void **state)
{
	struct record record;

	(void)state;
	device.carveout.state = CARVEOUT_SEALED;
	device.carveout.length = 10420560;
	for (uint8_t i = 0; i < 32; i++)
		device.carveout.digest[i] = (uint8_t)(i * 7 + 1);
	record = reload();
	assert_int_equal(record.carveout.state, CARVEOUT_SEALED);
	assert_int_equal(record.carveout.length, 10420560);
	assert_memory_equal(record.carveout.digest, device.carveout.digest, 32);
	for (int i = 0; i < CARVEOUT_WINDOWS; i++)
		assert_int_equal(record.carveout.windows[i].state, WINDOW_FREE);
}

static void windows_come_back_in_their_slots(void **state)
{
	struct record record;
	struct carveout_window *to = device.carveout.windows;
	const struct carveout_window *from = record.carveout.windows;

	(void)state;
	device.carveout.state = CARVEOUT_LOADING;
	to[0] = (struct carveout_window){ .state = WINDOW_OPEN, .id = 7 };
	to[0].memory.offset = 1U << 20;
	to[0].memory.length = 1U << 20;
	to[0].memory.has_content = true;
	to[1] = (struct carveout_window){ .state = WINDOW_GOING, .id = 8 };
	to[1].memory.length = 4096;
	to[1].memory.kept = true;
	record = reload();
	assert_int_equal(record.carveout.state, CARVEOUT_LOADING);
	for (int i = 0; i < CARVEOUT_WINDOWS; i++) {
		assert_int_equal(from[i].state, to[i].state);
		assert_int_equal(from[i].id, to[i].id);
		assert_int_equal(from[i].memory.offset, to[i].memory.offset);
		assert_int_equal(from[i].memory.length, to[i].memory.length);
		assert_int_equal(from[i].memory.has_content,
				 to[i].memory.has_content);
		assert_int_equal(from[i].memory.kept, to[i].memory.kept);
	}
}

static void a_load_comes_back_with_how_far_it_was(void **state)
{
	struct record record;

	(void)state;
	device.carveout.state = CARVEOUT_LOADING;
	device.carveout.writer = CARVEOUT_GUEST;
	device.carveout.guest_loads = true;
	device.carveout.written = 12345;
	device.carveout.config.size = device.stanza.size;
	chunks_add(&device.carveout.dirty, 3 * CARVEOUT_CHUNK, 1);
	device.carveout.last_opened = 4294967295U;
	device.carveout.last_closed = 9;
	record = reload();
	assert_int_equal(record.carveout.writer, CARVEOUT_GUEST);
	assert_true(record.carveout.guest_loads);
	assert_int_equal(record.carveout.written, 12345);
	/* All below, too: the next manager scrubs more than it has to. */
	assert_int_equal(record.carveout.dirty, 4 * CARVEOUT_CHUNK);
	assert_int_equal(record.carveout.last_opened, 4294967295U);
	assert_int_equal(record.carveout.last_closed, 9);
}

static void edited_records_are_refused(void **state)
{
	static const struct {
		const char *before, *after;
	} bad[] = {
		{ "NONSENSE 0 ", "" },
		{ "SEALED x ", "" },
		{ "SEALED 99999999999 ", "" },
		{ "SEALED 1 0", "" },
		{ "LOADING 0 ", " window=0:1:1+4096:open" },
		{ "LOADING 0 ", " window=0:1:0+0:open" },
		{ "LOADING 0 ", " window=0:0:0+4096:open" },
		{ "LOADING 0 ", " window=0:1:67108864+4096:open" },
		{ "LOADING 0 ", " window=0:1:0+2097152:open" },
		{ "LOADING 0 ", " window=2:1:0+4096:open" },
		{ "LOADING 0 ", " window=0:1:0+4096:shut" },
		{ "LOADING 0 ", " window=0:1:0+4096:open?" },
		{ "LOADING 0 ",
		  " window=0:1:0+4096:open window=0:2:8192+4096:open" },
		{ "LOADING 0 ", " dirty=67108865" },
		{ "LOADING 0 ", " written=-1" },
		{ "LOADING 0 ", " writer=nobody" },
		{ "LOADING 0 ", " loads=2" },
		{ "LOADING 0 ", " opened=4294967296" },
		{ "LOADING 0 ", " dirty" },
		{ "LOADING 0 ", " vault=32752" },
		{ "LOADING 0 ", " vault=" },
	};
	struct record record;

	(void)state;
	assert_int_equal(record_device(&device), 0);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		char text[512];

		snprintf(
			text, sizeof(text),
			"name=modem,size=64M,window=1M,windows=2,gpa=5G %s%s vault=9%s",
			bad[i].before, NO_DIGEST, bad[i].after);
		assert_int_equal(load_text(text, &record), -EINVAL);
	}
	assert_int_equal(load_text("", &record), -EINVAL);
	assert_int_equal(load_text(" ", &record), -EINVAL);
}

/* Of a manager that knows more: what it knew of no harm to overlook. */
static void keys_of_a_later_manager_are_overlooked(void **state)
{
	struct record record;

	(void)state;
	assert_int_equal(record_device(&device), 0);
	assert_int_equal(
		load_text(
			"label=x,name=modem,size=64M,gpa=5G,digest=sha384,windows=3,more LOADING 0 " NO_DIGEST
			" sha384=12 written=4096 vault=9 mood=good",
			&record),
		0);
	assert_string_equal(record.stanza.name, "modem");
	assert_int_equal(record.stanza.size, 64U << 20);
	assert_int_equal(record.stanza.windows, 3);
	assert_int_equal(record.carveout.state, CARVEOUT_LOADING);
	assert_int_equal(record.carveout.written, 4096);
	assert_int_equal(load_text("label=x,more " NOTHING " vault=9", &record),
			 -EINVAL);
}

/* ---- one guest ---- */

static void a_pause_and_an_allowance_come_back(void **state)
{
	struct record_guest guest;

	(void)state;
	for (int pause = 0; pause <= RECORD_NESTED; pause++) {
		tenant.recorded.pause = (enum record_pause)pause;
		tenant.recorded.allowance.baseline = 1;
		tenant.recorded.allowance.now = UINT64_MAX;
		tenant.recorded.allowance.most = 3;
		assert_int_equal(record_tenant(&tenant), 0);
		assert_int_equal(record_load_guest(tenant.record, &guest), 0);
		assert_memory_equal(&guest, &tenant.recorded, sizeof(guest));
	}
}

static void another_format_is_told(void **state)
{
	static const char *const others[] = {
		"0",   "2",  "1.1", "",
		"one", "-1", " ",   "pause=none allowance=0:0:0"
	};
	static const char *const garbage[] = {
		"1",
		"1 pause=none",
		"1 allowance=0:0:0",
		"1 pause=yes allowance=0:0:0",
		"1 pause=none allowance=0:0",
	};
	struct record_guest guest;

	(void)state;
	assert_int_equal(record_tenant(&tenant), 0);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		record_slot_write(tenant.record, others[i]);
		assert_int_equal(record_load_guest(tenant.record, &guest),
				 -EPROTONOSUPPORT);
	}
	for (size_t i = 0; i < sizeof(garbage) / sizeof(garbage[0]); i++) {
		record_slot_write(tenant.record, garbage[i]);
		assert_int_equal(record_load_guest(tenant.record, &guest),
				 -EINVAL);
	}
	record_slot_write(tenant.record,
			  "1 pause=none allowance=0:0:0 mood=good");
	assert_int_equal(record_load_guest(tenant.record, &guest), 0);
}

static void two_guests_of_one_uuid_have_records_of_their_own(void **state)
{
	struct record record;

	(void)state;
	reload();
	tenant.guest.domid = 8;
	device.vault = 10;
	assert_int_equal(record_device(&device), 0);
	assert_int_equal(find(8, &record), 0);
	assert_int_equal(record.vault, 10);
	assert_int_equal(find(7, &record), 0);
	assert_int_equal(record.vault, 9);
	record_forget_guest(&manager, &tenant.handle, 8);
	assert_int_equal(find(8, &record), -ENOENT);
	assert_int_equal(find(7, &record), 0);
}

static void a_forgotten_device_is_gone(void **state)
{
	struct record record;

	(void)state;
	assert_int_equal(record_device(&device), 0);
	record_forget_device(&device);
	assert_int_equal(find(7, &record), -ENOENT);
}

static void what_has_no_room_is_said(void **state)
{
	(void)state;
	memory_file_full();
	while (record_file_add(&manager.records, "k", "t"))
		;
	assert_int_equal(record_tenant(&tenant), -ENOSPC);
	assert_int_equal(record_device(&device), -ENOSPC);
}

static void what_no_manager_writes_names_nothing(void **state)
{
	static const char *const others[] = {
		"",
		"k",
		"f0f1f2f3-f4f5-f6f7-f8f9-fafbfcfdfeff",
		"f0f1f2f3-f4f5-f6f7-f8f9-fafbfcfdfeff/",
		"f0f1f2f3-f4f5-f6f7-f8f9-fafbfcfdfeff/07",
		"f0f1f2f3-f4f5-f6f7-f8f9-fafbfcfdfeff/7/",
		"f0f1f2f3-f4f5-f6f7-f8f9-fafbfcfdfeff/7/+3",
		"f0f1f2f3-f4f5-f6f7-f8f9-fafbfcfdfeff/7/3/1",
		"f0f1f2f3-f4f5-f6f7-f8f9-fafbfcfdfeff/32752",
		"F0f1f2f3-f4f5-f6f7-f8f9-fafbfcfdfeff/7",
	};
	struct record_name name;

	(void)state;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		const struct record_slot *slot =
			record_file_add(&manager.records, others[i], "");

		assert_false(record_name(slot, &name));
	}
}

static void a_uuid_survives_its_text(void **state)
{
	struct hv_handle handle;

	(void)state;
	assert_string_equal(uuid_text(&tenant.handle).text,
			    "f0f1f2f3-f4f5-f6f7-f8f9-fafbfcfdfeff");
	assert_true(
		uuid_parse("f0f1f2f3-f4f5-f6f7-f8f9-fafbfcfdfeff", &handle));
	assert_memory_equal(&handle, &tenant.handle, sizeof(handle));
	assert_false(uuid_parse("f0f1f2f3", &handle));
	assert_false(uuid_parse("not a uuid", &handle));
	assert_false(
		uuid_parse("f0f1f2f3-f4f5-f6f7-f8f9-fafbfcfdfeff0", &handle));
	assert_false(uuid_parse("f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff", &handle));
	assert_false(
		uuid_parse("F0f1f2f3-f4f5-f6f7-f8f9-fafbfcfdfeff", &handle));
}

static void half_a_digit_pair_does_not_make_a_uuid_read_on(void **state)
{
	struct hv_handle handle;
	/* Of just that size: reading on is seen by ASan. */
	char *text = strdup("f");

	(void)state;
	assert_false(uuid_parse(text, &handle));
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(what_was_configured_comes_back, setup),
		cmocka_unit_test_setup(an_expected_size_comes_back, setup),
		cmocka_unit_test_setup(a_place_in_a_pool_comes_back, setup),
		cmocka_unit_test_setup(a_pool_without_a_place_is_refused,
				       setup),
		cmocka_unit_test_setup(a_record_without_an_address_is_refused,
				       setup),
		cmocka_unit_test_setup(a_seal_comes_back_with_length_and_digest,
				       setup),
		cmocka_unit_test_setup(a_load_comes_back_with_how_far_it_was,
				       setup),
		cmocka_unit_test_setup(windows_come_back_in_their_slots, setup),
		cmocka_unit_test_setup(edited_records_are_refused, setup),
		cmocka_unit_test_setup(keys_of_a_later_manager_are_overlooked,
				       setup),
		cmocka_unit_test_setup(another_format_is_told, setup),
		cmocka_unit_test_setup(
			two_guests_of_one_uuid_have_records_of_their_own,
			setup),
		cmocka_unit_test_setup(a_forgotten_device_is_gone, setup),
		cmocka_unit_test_setup(a_pause_and_an_allowance_come_back,
				       setup),
		cmocka_unit_test_setup(what_has_no_room_is_said, setup),
		cmocka_unit_test_setup(what_no_manager_writes_names_nothing,
				       setup),
		cmocka_unit_test_setup(a_uuid_survives_its_text, setup),
		cmocka_unit_test(
			half_a_digit_pair_does_not_make_a_uuid_read_on),
	};

	return cmocka_run_group_tests_name("record", tests, NULL, NULL);
}
