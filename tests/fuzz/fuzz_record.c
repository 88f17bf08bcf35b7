// SPDX-License-Identifier: GPL-2.0-only
/*
 * A record that may be any three values: a manager that takes it for one
 * writes the same down again, and keeps to the carveout's bounds.
 */
#include "daemon/record.h"
#include "few_nodes.h"
#include "fuzz.h"
#include "range.h"

struct node nodes[] = {
	{ .name = "stanza" }, { .name = "vault" }, { .name = "state" }, { 0 }
};

/* A device as the manager makes one of a record. */
static void adopt(const struct record *record, struct device *device)
{
	struct carveout *carveout = &device->carveout;

	device->stanza = record->stanza;
	device->vault = record->vault;
	device->number = record->number;
	carveout->config.base = record->stanza.gpa;
	carveout->state = record->state;
	carveout->length = record->length;
	memcpy(carveout->digest, record->digest, MEASURE_DIGEST_SIZE);
	for (unsigned int i = 0; i < record->window_count; i++) {
		require(range_within(record->windows[i].offset,
				     record->windows[i].length,
				     record->stanza.size));
		carveout->windows[i].state = WINDOW_OPEN;
		carveout->windows[i].memory = record->windows[i];
	}
}

static void check_again(const struct record *record)
{
	static struct manager manager;
	static struct tenant tenant = { .manager = &manager };
	struct device device = { .tenant = &tenant };
	struct record again;

	adopt(record, &device);
	require(!record_device(&device));
	require(!record_load(NULL, &tenant.handle, record->number, &again));
	if (record->state != CARVEOUT_SEALED) {
		again.length = record->length;
		memcpy(again.digest, record->digest, MEASURE_DIGEST_SIZE);
	}
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
	if (!record_load(NULL, &handle, 3, &record))
		check_again(&record);
	return 0;
}
