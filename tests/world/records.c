// SPDX-License-Identifier: GPL-2.0-only
#include "records.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmocka_all.h"
#include "daemon/uuid.h"
#include "host.h"
#include "memory_file.h"

#define SAVED_MAX (256 * sizeof(struct record_slot))

static struct record_file view;
static uint8_t saved[SAVED_MAX];
static ssize_t saved_bytes;

/* ---- the file ---- */

void records_boot(void)
{
	record_file_close(&view);
	memory_file_new();
}

const struct record_file *records_look(void)
{
	record_file_close(&view);
	assert_int_equal(record_file_open(&view), 0);
	return &view;
}

unsigned int records_count(void)
{
	const struct record_file *file = records_look();
	struct record_slot *slot = NULL;
	unsigned int count = 0;

	while ((slot = record_file_next(file, slot)))
		count++;
	return count;
}

void records_save(void)
{
	saved_bytes = pread(memory_file(), saved, sizeof(saved), 0);
	assert_true(saved_bytes >= 0);
	assert_true(saved_bytes < (ssize_t)sizeof(saved));
}

void records_restore(void)
{
	assert_int_equal(ftruncate(memory_file(), 0), 0);
	assert_int_equal(pwrite(memory_file(), saved, (size_t)saved_bytes, 0),
			 saved_bytes);
}

void records_cut(size_t bytes)
{
	assert_int_equal(ftruncate(memory_file(), (off_t)bytes), 0);
}

/* ---- what they say ---- */

void records_spoil(unsigned int n, const char *text)
{
	const struct record_file *file = records_look();
	struct record_slot *slot = record_file_next(file, NULL);

	while (n-- && slot)
		slot = record_file_next(file, slot);
	if (slot && text)
		record_slot_write(slot, text);
	else if (slot)
		slot->current = 0;
}

void records_put(const char *device, const char *text)
{
	char key[RECORD_KEY_MAX];
	struct record_slot *slot;

	snprintf(key, sizeof(key), "%s/%u%s%s", uuid_text(&host.handle).text,
		 host.guest, device ? "/" : "", device ? device : "");
	slot = record_file_find(records_look(), key);
	assert_non_null(slot);
	record_slot_write(slot, text);
}

void records_head(const char *key, const char *boot)
{
	struct record_slot *head = records_look()->slots;

	snprintf(head->key, sizeof(head->key), "%s", key);
	record_slot_write(head, boot);
}
