// SPDX-License-Identifier: GPL-2.0-only
/*
 * A file of texts that the next process finds as they were; and what is no such
 * file, or is one no more.  (What a process leaves that is killed in between:
 * tests/world.)
 */
#include "cmocka_all.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "daemon/record_file.h"
#include "memory_file.h"

static struct record_file file;

static void open_again(void)
{
	record_file_close(&file);
	assert_int_equal(record_file_open(&file), 0);
}

static int setup(void **state)
{
	(void)state;
	memory_file_new();
	assert_int_equal(record_file_open(&file), 0);
	assert_false(file.whole);
	assert_int_equal(record_file_begin(&file), 0);
	assert_true(file.whole);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	record_file_close(&file);
	return 0;
}

static const char *text_of(const char *key)
{
	const struct record_slot *slot = record_file_find(&file, key);

	return slot ? record_slot_text(slot) : NULL;
}

static void what_is_written_is_found(void **state)
{
	struct record_slot *slot = record_file_add(&file, "a", "1");

	(void)state;
	assert_non_null(record_file_add(&file, "b", "x"));
	for (int i = 0; i < 5; i++) {
		char text[8];

		snprintf(text, sizeof(text), "%d", i);
		record_slot_write(slot, text);
		assert_string_equal(record_slot_text(slot), text);
	}
	open_again();
	assert_true(file.whole);
	assert_string_equal(text_of("a"), "4");
	assert_string_equal(text_of("b"), "x");
	assert_null(text_of("c"));
}

/* The longest there are, at both ends of a slot. */
static void texts_have_all_of_their_room(void **state)
{
	char key[RECORD_KEY_MAX], text[RECORD_TEXT_MAX];
	struct record_slot *slot;

	(void)state;
	memset(key, 'k', sizeof(key) - 1);
	memset(text, 't', sizeof(text) - 1);
	key[sizeof(key) - 1] = text[sizeof(text) - 1] = '\0';
	slot = record_file_add(&file, key, text);
	assert_non_null(slot);
	record_slot_write(slot, text);
	assert_non_null(record_file_add(&file, "next", "n"));
	open_again();
	assert_true(file.whole);
	assert_string_equal(text_of(key), text);
	assert_string_equal(text_of("next"), "n");
}

static unsigned int count(void)
{
	struct record_slot *slot = NULL;
	unsigned int number = 0;

	while ((slot = record_file_next(&file, slot)))
		number++;
	return number;
}

#define MANY 1000

static void it_grows_and_what_is_removed_is_used_again(void **state)
{
	static struct record_slot *slots[MANY];
	size_t bytes;

	(void)state;
	for (int i = 0; i < MANY; i++)
		slots[i] = record_file_add(&file, "k", "t");
	assert_int_equal(count(), MANY);
	bytes = file.bytes;
	for (int i = 0; i < MANY; i += 2)
		record_file_remove(&file, slots[i]);
	assert_int_equal(count(), MANY / 2);
	open_again();
	assert_int_equal(count(), MANY / 2);
	for (int i = 0; i < MANY; i += 2)
		assert_non_null(record_file_add(&file, "k", "t"));
	assert_int_equal(count(), MANY);
	assert_int_equal(file.bytes, bytes);
}

/* What is there stays, and can be written. */
static void without_room_there_is_no_more(void **state)
{
	unsigned int number = 0;

	(void)state;
	memory_file_full();
	while (record_file_add(&file, "k", "t"))
		number++;
	assert_true(number > 0);
	assert_int_equal(count(), number);
	record_slot_write(record_file_find(&file, "k"), "u");
	record_file_remove(&file, record_file_find(&file, "k"));
	assert_non_null(record_file_add(&file, "new", "t"));
	assert_null(record_file_add(&file, "newer", "t"));
}

/* The last growth was not finished: by who was killed, or had no room. */
static void a_part_of_a_slot_is_no_slot(void **state)
{
	(void)state;
	assert_non_null(record_file_add(&file, "a", "1"));
	assert_int_equal(ftruncate(memory_file(), (off_t)file.bytes - 1), 0);
	open_again();
	assert_true(file.whole);
	for (int i = 0; i < MANY; i++)
		assert_non_null(record_file_add(&file, "k", "t"));
	open_again();
	assert_true(file.whole);
	assert_int_equal(file.bytes % sizeof(struct record_slot), 0);
	assert_int_equal(count(), MANY + 1);
}

/* ---- what is no such file ---- */

static void expect_begun_anew(void)
{
	open_again();
	assert_false(file.whole);
	assert_null(record_file_next(&file, NULL));
	assert_int_equal(record_file_begin(&file), 0);
	assert_null(record_file_next(&file, NULL));
	open_again();
	assert_true(file.whole);
}

static void garbage_is_not_whole(void **state)
{
	static const char garbage[] = "#!/bin/sh\n";

	(void)state;
	assert_int_equal(ftruncate(memory_file(), 0), 0);
	assert_int_equal(pwrite(memory_file(), garbage, sizeof(garbage), 0),
			 sizeof(garbage));
	expect_begun_anew();
}

static void one_of_another_boot_is_not_whole(void **state)
{
	(void)state;
	assert_non_null(record_file_add(&file, "a", "1"));
	record_slot_write(file.slots, "another");
	expect_begun_anew();
}

static void one_with_a_slot_that_is_none_is_not_whole(void **state)
{
	struct record_slot *slot = record_file_add(&file, "a", "1");

	(void)state;
	slot->current = 3;
	expect_begun_anew();
	slot = record_file_add(&file, "a", "1");
	memset(slot->key, 'k', sizeof(slot->key));
	expect_begun_anew();
	slot = record_file_add(&file, "a", "1");
	memset(slot->text[0], 't', sizeof(slot->text[0]));
	expect_begun_anew();
}

/* More than any manager makes: not mapped as a whole. */
static void one_that_is_too_long_is_not_whole(void **state)
{
	(void)state;
	assert_int_equal(ftruncate(memory_file(), 1 << 30), 0);
	expect_begun_anew();
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(what_is_written_is_found),
		TEST(texts_have_all_of_their_room),
		TEST(it_grows_and_what_is_removed_is_used_again),
		TEST(without_room_there_is_no_more),
		TEST(a_part_of_a_slot_is_no_slot),
		TEST(garbage_is_not_whole),
		TEST(one_of_another_boot_is_not_whole),
		TEST(one_with_a_slot_that_is_none_is_not_whole),
		TEST(one_that_is_too_long_is_not_whole),
	};

	return cmocka_run_group_tests_name("record_file", tests, NULL, NULL);
}
