// SPDX-License-Identifier: GPL-2.0-only
/*
 * Records that may be anything: a name, a guest's and a device's, each a line.
 * A manager that takes one for a record writes the same down again, and keeps to
 * the carveout's bounds.
 */
#include <stdio.h>

#include "daemon/device.h"
#include "daemon/record.h"
#include "daemon/tenant.h"
#include "daemon/uuid.h"
#include "fuzz.h"
#include "memory_file.h"
#include "range.h"

static struct manager manager;
static struct tenant tenant = { .manager = &manager };
static struct device device;
static struct record_slot *slot; /* where inputs come to stand */

/* A device as the manager makes one of a record, but for what it then does. */
static void adopt(const struct record *record)
{
	const struct carveout_snapshot *from = &record->carveout;
	struct carveout *carveout = &device.carveout;

	device.stanza = record->stanza;
	device.vault = record->vault;
	device.number = record->number;
	carveout->config.base = record->stanza.gpa;
	carveout->state = from->state;
	carveout->writer = from->writer;
	carveout->guest_loads = from->guest_loads;
	carveout->written = from->written;
	carveout->config.size = record->stanza.size;
	chunks_add(&carveout->dirty, 0, from->dirty);
	carveout->last_opened = from->last_opened;
	carveout->last_closed = from->last_closed;
	carveout->length = from->length;
	memcpy(carveout->digest, from->digest, MEASURE_DIGEST_SIZE);
	memcpy(carveout->windows, from->windows, sizeof(from->windows));
	for (unsigned int i = 0; i < CARVEOUT_WINDOWS; i++)
		require(range_within(from->windows[i].memory.offset,
				     from->windows[i].memory.length,
				     record->stanza.size));
}

static void check_again(const struct record *record)
{
	struct record again;

	memset(&device.carveout, 0, sizeof(device.carveout));
	adopt(record);
	require(!record_device(&device));
	require(!record_load(device.record, &again));
	if (record->carveout.state != CARVEOUT_SEALED) {
		again.carveout.length = record->carveout.length;
		memcpy(again.carveout.digest, record->carveout.digest,
		       MEASURE_DIGEST_SIZE);
	}
	/* Whole chunks of it. */
	require(again.carveout.dirty >= record->carveout.dirty);
	again.carveout.dirty = record->carveout.dirty;
	again.domid = record->domid;
	again.number = record->number;
	require(!memcmp(record, &again, sizeof(again)));
}

static void check_name(const char *text)
{
	struct record_name name;

	snprintf(slot->key, sizeof(slot->key), "%s", text);
	if (!record_name(slot, &name))
		return;
	require(strlen(uuid_text(&name.handle).text) == 36);
	require(record_find(&manager, &name) == slot);
}

static void check_guest(const char *text)
{
	struct record_guest again;

	record_slot_write(slot, text);
	if (record_load_guest(slot, &tenant.recorded))
		return;
	require(!record_tenant(&tenant));
	require(!record_load_guest(tenant.record, &again));
	require(!memcmp(&again, &tenant.recorded, sizeof(again)));
}

static void check_device(const char *text)
{
	struct record record;

	strcpy(slot->key, "00000000-0000-0000-0000-000000000000/7/3");
	record_slot_write(slot, text);
	if (!record_load(slot, &record))
		check_again(&record);
}

static void begin(void)
{
	device.tenant = &tenant;
	memory_file_new();
	require(!record_file_open(&manager.records));
	require(!record_file_begin(&manager.records));
	slot = record_file_add(&manager.records, "input", "");
}

/* The next line, as far as it has room in a slot. */
static const uint8_t *take_line(const uint8_t *at, const uint8_t *end,
				char text[RECORD_TEXT_MAX])
{
	const uint8_t *line = at < end ? memchr(at, '\n', (size_t)(end - at)) :
					 NULL;
	size_t length = (size_t)((line ? line : end) - at);

	if (length >= RECORD_TEXT_MAX)
		length = RECORD_TEXT_MAX - 1;
	memcpy(text, at, length);
	text[length] = '\0';
	return line ? line + 1 : end;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const checks[])(
		const char *text) = { check_name, check_guest, check_device };
	const uint8_t *end = data + size;
	char text[RECORD_TEXT_MAX];

	if (!size)
		return 0;
	if (!slot)
		begin();
	for (int i = 0; i < 3; i++) {
		data = take_line(data, end, text);
		checks[i](text);
	}
	return 0;
}
