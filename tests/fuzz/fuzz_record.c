// SPDX-License-Identifier: GPL-2.0-only
/*
 * A record that may be any three values: a manager that takes it for one
 * writes the same down again, and keeps to the carveout's bounds.
 */
#include "daemon/device.h"
#include "daemon/record.h"
#include "daemon/tenant.h"
#include "few_nodes.h"
#include "fuzz.h"
#include "range.h"

struct node nodes[] = {
	{ .name = "stanza" }, { .name = "vault" }, { .name = "state" }, { 0 }
};

/* A device as the manager makes one of a record, but for what it then does. */
static void adopt(const struct record *record, struct device *device)
{
	const struct carveout_snapshot *from = &record->carveout;
	struct carveout *carveout = &device->carveout;

	device->stanza = record->stanza;
	device->vault = record->vault;
	device->number = record->number;
	carveout->config.base = record->stanza.gpa;
	carveout->state = from->state;
	carveout->writer = from->writer;
	carveout->guest_loads = from->guest_loads;
	carveout->written = from->written;
	carveout->ahead = from->ahead;
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
	static struct manager manager;
	static struct tenant tenant = { .manager = &manager };
	struct device device = { .tenant = &tenant };
	struct record again;

	adopt(record, &device);
	require(!record_device(&device));
	require(!record_load(NULL, &tenant.handle, 0, record->number, &again));
	if (record->carveout.state != CARVEOUT_SEALED) {
		again.carveout.length = record->carveout.length;
		memcpy(again.carveout.digest, record->carveout.digest,
		       MEASURE_DIGEST_SIZE);
	}
	/* Whole chunks of it. */
	require(again.carveout.dirty >= record->carveout.dirty);
	again.carveout.dirty = record->carveout.dirty;
	require(!memcmp(record, &again, sizeof(again)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct hv_handle handle = { 0 };
	struct record record;

	nodes_set(data, size);
	/* A guest's name in xenstore may be anything, too. */
	if (nodes->value && uuid_parse(nodes->value, &handle))
		require(strlen(nodes->value) == 36);
	if (!record_load(NULL, &handle, 0, 3, &record))
		check_again(&record);
	return 0;
}
