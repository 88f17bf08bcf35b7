// SPDX-License-Identifier: GPL-2.0-only
/*
 * What one manager writes down, the next one reads: on a xenstore of one flat
 * list that stands in for libxenstore.
 */
#include "cmocka_all.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "daemon/record.h"

/* ---- a small xenstore ---- */

#define NODES 64

static struct {
	char path[STORE_PATH_MAX];
	char value[1024];
} nodes[NODES];

static int find(const char *path)
{
	for (int i = 0; i < NODES; i++)
		if (!strcmp(nodes[i].path, path))
			return i;
	return -1;
}

bool xs_write(struct xs_handle *xs, xs_transaction_t t, const char *path,
	      const void *data, unsigned int length)
{
	int i = find(path) >= 0 ? find(path) : find("");

	(void)xs;
	(void)t;
	assert_true(i >= 0 && length < sizeof(nodes[i].value));
	snprintf(nodes[i].path, sizeof(nodes[i].path), "%s", path);
	memcpy(nodes[i].value, data, length);
	nodes[i].value[length] = '\0';
	return true;
}

void *xs_read(struct xs_handle *xs, xs_transaction_t t, const char *path,
	      unsigned int *length)
{
	int i = find(path);

	(void)xs;
	(void)t;
	if (i < 0) {
		errno = ENOENT;
		return NULL;
	}
	*length = (unsigned int)strlen(nodes[i].value);
	return strdup(nodes[i].value);
}

bool xs_rm(struct xs_handle *xs, xs_transaction_t t, const char *path)
{
	(void)xs;
	(void)t;
	for (int i = 0; i < NODES; i++)
		if (!strncmp(nodes[i].path, path, strlen(path)))
			nodes[i].path[0] = '\0';
	return true;
}

bool xs_mkdir(struct xs_handle *xs, xs_transaction_t t, const char *path)
{
	(void)xs;
	(void)t;
	(void)path;
	return true;
}

bool xs_set_permissions(struct xs_handle *xs, xs_transaction_t t,
			const char *path, struct xs_permissions *permissions,
			unsigned int count)
{
	(void)xs;
	(void)t;
	/* Nobody but dom0 may look. */
	assert_string_equal(path, RECORD_ROOT);
	assert_int_equal(count, 1);
	assert_int_equal(permissions[0].id, 0);
	assert_int_equal(permissions[0].perms, XS_PERM_NONE);
	return true;
}

char **xs_directory(struct xs_handle *xs, xs_transaction_t t, const char *path,
		    unsigned int *count)
{
	(void)xs;
	(void)t;
	(void)path;
	*count = 1;
	return NULL;
}

xs_transaction_t xs_transaction_start(struct xs_handle *xs)
{
	(void)xs;
	return 1;
}

bool xs_transaction_end(struct xs_handle *xs, xs_transaction_t t, bool abort)
{
	(void)xs;
	(void)t;
	(void)abort;
	return true;
}

/* ---- one device ---- */

static struct manager manager;
static struct tenant tenant = { .manager = &manager };
static struct device device;

static int setup(void **state)
{
	(void)state;
	memset(nodes, 0, sizeof(nodes));
	memset(&device, 0, sizeof(device));
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
	};
	device.carveout.config.base = 0x140000000ULL;
	device.carveout.state = CARVEOUT_EMPTY;
	return 0;
}

static struct record reload(void)
{
	struct record record;

	assert_int_equal(record_device(&device), 0);
	assert_int_equal(record_load(NULL, &tenant.handle, 3, &record), 0);
	return record;
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
	assert_int_equal(record_load(NULL, &tenant.handle, 3, &record),
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
	assert_int_equal(record.state, CARVEOUT_SEALED);
	assert_int_equal(record.length, 10420560);
	assert_memory_equal(record.digest, device.carveout.digest, 32);
	assert_int_equal(record.window_count, 0);
}

static void open_and_leaving_windows_come_back(void **state)
{
	struct record record;

	(void)state;
	device.carveout.state = CARVEOUT_LOADING;
	device.carveout.windows[0].state = WINDOW_OPEN;
	device.carveout.windows[0].memory.offset = 1U << 20;
	device.carveout.windows[0].memory.length = 1U << 20;
	device.carveout.windows[2].state = WINDOW_LEAVING;
	device.carveout.windows[2].memory.length = 4096;
	record = reload();
	assert_int_equal(record.state, CARVEOUT_LOADING);
	assert_int_equal(record.window_count, 2);
	assert_int_equal(record.windows[0].offset, 1U << 20);
	assert_int_equal(record.windows[0].length, 1U << 20);
	assert_int_equal(record.windows[1].offset, 0);
	assert_int_equal(record.windows[1].length, 4096);
}

static void edited_records_are_refused(void **state)
{
	static const char digest[] =
		"0000000000000000000000000000000000000000000000000000000000000000";
	static const struct {
		const char *before, *after;
	} bad[] = {
		{ "NONSENSE 0 ", "" },
		{ "SEALED x ", "" },
		{ "SEALED 99999999999 ", "" },
		{ "SEALED 1 0", "" },
		{ "LOADING 0 ", " 1+4096" },
		{ "LOADING 0 ", " 0+0" },
		{ "LOADING 0 ", " 67108864+4096" },
		{ "LOADING 0 ", " 0+4096 0+4096 0+4096 0+4096 0+4096" },
	};
	struct record record;
	char path[256];

	(void)state;
	reload();
	snprintf(path, sizeof(path), RECORD_ROOT "/%s/3/state",
		 uuid_text(&tenant.handle).text);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		char text[512];
		int length = snprintf(text, sizeof(text), "%s%s%s",
				      bad[i].before, digest, bad[i].after);

		xs_write(NULL, 0, path, text, (unsigned int)length);
		assert_int_equal(record_load(NULL, &tenant.handle, 3, &record),
				 -EINVAL);
	}
}

static void a_forgotten_device_is_gone(void **state)
{
	struct record record;

	(void)state;
	reload();
	assert_int_equal(record_forget_device(&device), 0);
	assert_int_equal(record_load(NULL, &tenant.handle, 3, &record),
			 -ENOENT);
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
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(what_was_configured_comes_back, setup),
		cmocka_unit_test_setup(an_expected_size_comes_back, setup),
		cmocka_unit_test_setup(a_place_in_a_pool_comes_back, setup),
		cmocka_unit_test_setup(a_pool_without_a_place_is_refused,
				       setup),
		cmocka_unit_test_setup(a_seal_comes_back_with_length_and_digest,
				       setup),
		cmocka_unit_test_setup(open_and_leaving_windows_come_back,
				       setup),
		cmocka_unit_test_setup(edited_records_are_refused, setup),
		cmocka_unit_test_setup(a_forgotten_device_is_gone, setup),
		cmocka_unit_test_setup(a_uuid_survives_its_text, setup),
	};

	return cmocka_run_group_tests_name("record", tests, NULL, NULL);
}
