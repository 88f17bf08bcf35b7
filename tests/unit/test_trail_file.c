// SPDX-License-Identifier: GPL-2.0-only
/*
 * The measured log as a file: the next process goes on from its last entry, its
 * head is what a PCR would be, and what somebody has changed, moved, cut or
 * taken out shows.  (What a process leaves that is killed in between:
 * tests/world.)
 */
#include "cmocka_all.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "daemon/trail_file.h"
#include "memory_file.h"

static struct trail_file file;

static const trail_line *lines(void)
{
	return (const trail_line *)file.lines;
}

static struct trail_check look(void)
{
	struct trail_check check;

	trail_check(lines(), &check);
	return check;
}

static void expect_good(uint64_t first, uint64_t last)
{
	struct trail_check check = look();

	assert_string_equal(check.problem, "");
	assert_int_equal(check.first, first);
	assert_int_equal(check.last, last);
}

static void expect_bad(const char *problem)
{
	assert_string_equal(look().problem, problem);
}

static void append(unsigned int count)
{
	char rest[64];

	while (count--) {
		snprintf(rest, sizeof(rest), "sealed SEALED u/1/0 m g n=%llu",
			 (unsigned long long)file.last);
		trail_file_append(&file, rest);
	}
}

static void open_again(void)
{
	trail_file_close(&file);
	assert_int_equal(trail_file_open(&file), 0);
}

static int setup(void **state)
{
	(void)state;
	memory_file_new();
	return trail_file_open(&file);
}

static int teardown(void **state)
{
	(void)state;
	trail_file_close(&file);
	return 0;
}

/* ---- what it is ---- */

static void what_is_written_is_found(void **state)
{
	struct trail_entry entry;
	struct trail_words words;

	(void)state;
	expect_good(0, 0);
	append(2);
	trail_file_append(&file, "failed FAILED u/1/0 dsp - why=two words");
	open_again();
	expect_good(1, 3);
	assert_int_equal(file.last, 3);
	assert_true(trail_find(lines(), 3, &entry));
	assert_true(trail_words_read(entry.text, &words));
	assert_int_equal(words.number, 3);
	assert_true(words.time > 1700000000000);
	assert_string_equal(words.event, "failed");
	assert_string_equal(words.state, "FAILED");
	assert_string_equal(words.key, "u/1/0");
	assert_string_equal(words.name, "dsp");
	assert_string_equal(words.domain, "-");
	assert_string_equal(words.details, "why=two words");
	assert_false(trail_find(lines(), 4, &entry));
}

/* TPM2_PCR_Extend, on a PCR that is reset to zeros. */
static void its_head_is_a_pcr_that_was_extended_by_each_text(void **state)
{
	uint8_t pcr[2 * SHA256_SIZE] = { 0 };
	struct trail_entry entry;

	(void)state;
	append(5);
	for (uint64_t n = 1; n <= 5; n++) {
		assert_true(trail_find(lines(), n, &entry));
		sha256_of(entry.text, strlen(entry.text), pcr + SHA256_SIZE);
		sha256_of(pcr, sizeof(pcr), pcr);
	}
	assert_memory_equal(file.head, pcr, SHA256_SIZE);
	assert_memory_equal(look().head, pcr, SHA256_SIZE);
}

static void every_entry_is_a_line_of_text(void **state)
{
	(void)state;
	append(3);
	for (int i = 1; i <= 3; i++) {
		const char *line = file.lines[i];

		assert_ptr_equal(memchr(line, '\n', TRAIL_LINE),
				 line + TRAIL_LINE - 1);
		assert_null(memchr(line, '\0', TRAIL_LINE));
	}
}

static void what_is_too_long_is_cut(void **state)
{
	char rest[TRAIL_LINE + 1];

	(void)state;
	memset(rest, 'x', TRAIL_LINE);
	rest[TRAIL_LINE] = '\0';
	trail_file_append(&file, rest);
	memset(rest + 1, ' ', TRAIL_LINE - 1); /* as a cut may leave it */
	trail_file_append(&file, rest);
	expect_good(1, 2);
}

static void the_oldest_makes_room(void **state)
{
	struct trail_entry entry;

	(void)state;
	for (uint64_t n = 1; n <= 5 * TRAIL_LINES; n++) {
		append(1);
		expect_good(n > TRAIL_LINES ? n - TRAIL_LINES + 1 : 1, n);
	}
	open_again();
	expect_good(4 * TRAIL_LINES + 1, 5 * TRAIL_LINES);
	assert_false(trail_find(lines(), 4 * TRAIL_LINES, &entry));
	append(1);
	expect_good(4 * TRAIL_LINES + 2, 5 * TRAIL_LINES + 1);
}

static void its_room_is_there_or_it_is_refused(void **state)
{
	(void)state;
	memory_file_full();
	append(3 * TRAIL_LINES);
	expect_good(2 * TRAIL_LINES + 1, 3 * TRAIL_LINES);
	trail_file_close(&file);
	memory_file_new();
	memory_file_full();
	assert_true(trail_file_open(&file) < 0);
}

/* Its beginning is an earlier try that was killed, or had no room. */
static void a_file_that_is_short_is_made_whole(void **state)
{
	(void)state;
	append(3);
	trail_file_close(&file);
	assert_int_equal(ftruncate(memory_trail(), TRAIL_LINE * 5 + 7), 0);
	assert_int_equal(trail_file_open(&file), 0);
	append(TRAIL_LINES - 3);
	expect_good(1, TRAIL_LINES);
}

/* ---- what is not ---- */

static void each_octet_that_is_changed_shows(void **state)
{
	(void)state;
	append(3);
	for (int i = 1; i <= 3; i++)
		for (int at = 0; at < TRAIL_LINE; at++) {
			file.lines[i][at] ^= 1;
			if (!*look().problem)
				fail_msg("octet %d of entry %d", at, i);
			file.lines[i][at] ^= 1;
		}
	expect_good(1, 3);
	file.lines[2][2 * (TRAIL_HEX + 1) + 20] ^= 1;
	expect_bad("entry 2 is not what was written");
}

/* All of it right but that it goes on from another. */
static void an_entry_that_was_made_anew_shows(void **state)
{
	struct trail_file other;

	(void)state;
	append(4);
	other = file;
	other.last = 1;
	memset(other.head, 7, sizeof(other.head));
	trail_file_append(&other, "sealed SEALED u/1/0 m g x=evil");
	expect_bad("entry 2 does not go on from the one before it");
	other.last = 0;
	append(0);
	trail_file_append(&other, "started - - - - x=evil");
	expect_bad("entry 1 does not go on from the one before it");
}

static void entries_that_change_places_show(void **state)
{
	trail_line swapped;

	(void)state;
	append(4);
	memcpy(swapped, file.lines[2], sizeof(swapped));
	memcpy(file.lines[2], file.lines[3], sizeof(swapped));
	memcpy(file.lines[3], swapped, sizeof(swapped));
	expect_bad("line 3 of the file is no entry");
}

static void an_entry_that_is_taken_out_shows(void **state)
{
	(void)state;
	append(4);
	file.lines[2][0] = '\0';
	expect_bad("entry 2 is missing");
}

/* Also where a full log would begin. */
static void entries_that_are_cut_off_before_show(void **state)
{
	(void)state;
	append(4);
	file.lines[1][0] = file.lines[2][0] = '\0';
	expect_bad("entries before 3 were cut off");
	append(2 * TRAIL_LINES);
	expect_good(TRAIL_LINES + 5, 2 * TRAIL_LINES + 4);
	file.lines[5][0] = '\0'; /* as who was killed over an entry leaves it */
	expect_good(TRAIL_LINES + 6, 2 * TRAIL_LINES + 4);
	file.lines[6][0] = '\0';
	expect_bad("entries before 23 were cut off");
}

/* Nothing in the file can tell; who noted the head can. */
static void entries_that_are_cut_off_behind_give_another_head(void **state)
{
	uint8_t noted[SHA256_SIZE];

	(void)state;
	append(4);
	memcpy(noted, file.head, sizeof(noted));
	file.lines[4][0] = '\0';
	expect_good(1, 3);
	assert_memory_not_equal(look().head, noted, sizeof(noted));
}

static void what_goes_on_from_a_bad_one_does_not_make_it_good(void **state)
{
	(void)state;
	append(3);
	file.lines[2][200] ^= 1;
	open_again();
	assert_string_equal(file.found.problem,
			    "entry 2 is not what was written");
	assert_int_equal(file.last, 3);
	append(3);
	expect_bad("entry 2 is not what was written");
	append(TRAIL_LINES - 4);
	expect_good(3, TRAIL_LINES + 2);
}

static void garbage_is_no_log(void **state)
{
	(void)state;
	memset(file.lines, 'x', TRAIL_BYTES);
	open_again();
	assert_string_equal(file.found.problem,
			    "line 1 of the file is no entry");
	assert_int_equal(file.last, 0);
	append(TRAIL_LINES);
	expect_good(1, TRAIL_LINES);
}

static void no_number_is_too_large(void **state)
{
	struct trail_file other = file;
	struct trail_entry entry;

	(void)state;
	other.last = (UINT64_C(1) << 53) - 2;
	trail_file_append(&other, "x - - - -");
	assert_true(trail_find(lines(), other.last, &entry));
	trail_file_append(&other, "x - - - -");
	assert_false(trail_find(lines(), other.last, &entry));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(what_is_written_is_found),
		TEST(its_head_is_a_pcr_that_was_extended_by_each_text),
		TEST(every_entry_is_a_line_of_text),
		TEST(what_is_too_long_is_cut),
		TEST(the_oldest_makes_room),
		TEST(its_room_is_there_or_it_is_refused),
		TEST(a_file_that_is_short_is_made_whole),
		TEST(each_octet_that_is_changed_shows),
		TEST(an_entry_that_was_made_anew_shows),
		TEST(entries_that_change_places_show),
		TEST(an_entry_that_is_taken_out_shows),
		TEST(entries_that_are_cut_off_before_show),
		TEST(entries_that_are_cut_off_behind_give_another_head),
		TEST(what_goes_on_from_a_bad_one_does_not_make_it_good),
		TEST(garbage_is_no_log),
		TEST(no_number_is_too_large),
	};

	return cmocka_run_group_tests_name("trail_file", tests, NULL, NULL);
}
