// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/trail_file.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/crash_point.h"
#include "base/decimal.h"
#include "base/hex.h"
#include "daemon/record_fd.h"

/* A number has one more after it, and is exact in any JSON. */
#define NUMBER_MAX ((UINT64_C(1) << 53) - 1)

/* ---- entries ---- */

static bool read_hash(const char *at, uint8_t hash[SHA256_SIZE])
{
	char hex[TRAIL_HEX + 1];

	memcpy(hex, at, TRAIL_HEX);
	hex[TRAIL_HEX] = '\0';
	return at[TRAIL_HEX] == ' ' && hex_read(hex, hash, SHA256_SIZE);
}

static bool read_number(const char *text, uint64_t *number)
{
	char digits[24];

	return sscanf(text, "%23s", digits) == 1 &&
	       !decimal_read(digits, NUMBER_MAX, number) && *number;
}

bool trail_entry_read(const trail_line line, struct trail_entry *entry)
{
	const char *text = line + 2 * (TRAIL_HEX + 1);
	size_t length = TRAIL_TEXT_MAX - 1;

	if (line[TRAIL_LINE - 1] != '\n' || !read_hash(line, entry->hash) ||
	    !read_hash(line + TRAIL_HEX + 1, entry->before) ||
	    memchr(text, '\0', length))
		return false;
	while (length && text[length - 1] == ' ')
		length--;
	memcpy(entry->text, text, length);
	entry->text[length] = '\0';
	return read_number(entry->text, &entry->number);
}

static void chain(const uint8_t before[SHA256_SIZE], const char *text,
		  uint8_t hash[SHA256_SIZE])
{
	uint8_t both[2 * SHA256_SIZE];

	memcpy(both, before, SHA256_SIZE);
	sha256_of(text, strlen(text), both + SHA256_SIZE);
	sha256_of(both, sizeof(both), hash);
}

bool trail_entry_is_true(const struct trail_entry *entry)
{
	uint8_t hash[SHA256_SIZE];

	chain(entry->before, entry->text, hash);
	return !memcmp(hash, entry->hash, sizeof(hash));
}

bool trail_words_read(const char *text, struct trail_words *words)
{
	int used = 0;

	if (sscanf(text, "%" SCNu64 " %" SCNu64 " %15s %15s %63s %39s %79s%n",
		   &words->number, &words->time, words->event, words->state,
		   words->key, words->name, words->domain, &used) != 7)
		return false;
	words->details = text + used + (text[used] == ' ');
	return true;
}

bool trail_find(const trail_line *lines, uint64_t number,
		struct trail_entry *entry)
{
	return trail_entry_read(lines[number % TRAIL_LINES], entry) &&
	       entry->number == number;
}

/* ---- whether it holds ---- */

__attribute__((format(printf, 2, 3))) static void
blame(struct trail_check *check, const char *format, ...)
{
	va_list args;

	if (*check->problem)
		return;
	va_start(args, format);
	vsnprintf(check->problem, sizeof(check->problem), format, args);
	va_end(args);
}

/* Returns how many lines have an entry. */
static uint64_t find_last(const trail_line *lines, struct trail_check *check)
{
	struct trail_entry entry;
	uint64_t count = 0;

	for (size_t i = 0; i < TRAIL_LINES; i++) {
		if (!lines[i][0])
			continue;
		if (!trail_entry_read(lines[i], &entry) ||
		    entry.number % TRAIL_LINES != i) {
			blame(check, "line %zu of the file is no entry", i + 1);
			continue;
		}
		count++;
		if (entry.number <= check->last)
			continue;
		check->last = entry.number;
		memcpy(check->head, entry.hash, sizeof(check->head));
	}
	return count;
}

static void check_entry(const trail_line *lines, uint64_t number,
			uint8_t before[SHA256_SIZE], struct trail_check *check)
{
	struct trail_entry entry;

	if (!trail_find(lines, number, &entry)) {
		blame(check, "entry %" PRIu64 " is missing", number);
		return;
	}
	if (!trail_entry_is_true(&entry))
		blame(check, "entry %" PRIu64 " is not what was written",
		      number);
	if ((number > check->first || number == 1) &&
	    memcmp(entry.before, before, SHA256_SIZE) != 0)
		blame(check,
		      "entry %" PRIu64 " does not go on from the one before it",
		      number);
	memcpy(before, entry.hash, SHA256_SIZE);
}

/* A manager that was killed over an entry has taken the place for it, where
 * that was another's: one less than there could be. */
static void check_first(struct trail_check *check)
{
	if (check->first > 1 && check->last - check->first + 2 < TRAIL_LINES)
		blame(check, "entries before %" PRIu64 " were cut off",
		      check->first);
}

void trail_check(const trail_line *lines, struct trail_check *check)
{
	uint8_t before[SHA256_SIZE] = { 0 };
	uint64_t count;

	memset(check, 0, sizeof(*check));
	count = find_last(lines, check);
	if (!check->last)
		return;
	check->first = count < check->last ? check->last - count + 1 : 1;
	for (uint64_t n = check->first; n <= check->last; n++)
		check_entry(lines, n, before, check);
	check_first(check);
}

/* ---- the file ---- */

/* By writing: so memory is there, or it is refused now. */
static int make_room(int fd)
{
	static const char zeros[TRAIL_LINE * 8];
	struct stat status;
	size_t bytes;

	if (fstat(fd, &status))
		return -errno;
	for (bytes = (size_t)status.st_size; bytes < TRAIL_BYTES;) {
		size_t left = TRAIL_BYTES - bytes;
		ssize_t wrote = write(
			fd, zeros, left < sizeof(zeros) ? left : sizeof(zeros));

		if (wrote <= 0)
			return wrote ? -errno : -ENOSPC;
		bytes += (size_t)wrote;
	}
	return 0;
}

static int map(struct trail_file *file, int fd)
{
	void *lines;
	int rc = make_room(fd);

	if (rc)
		return rc;
	lines = mmap(NULL, TRAIL_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
		     0);
	if (lines == MAP_FAILED)
		return -errno;
	file->lines = lines;
	return 0;
}

int trail_file_open(struct trail_file *file)
{
	int fd = record_fd_open(TRAIL_FILE);
	int rc;

	if (fd < 0)
		return fd;
	rc = map(file, fd);
	close(fd);
	if (rc)
		return rc;
	trail_check((const trail_line *)file->lines, &file->found);
	file->last = file->found.last;
	memcpy(file->head, file->found.head, sizeof(file->head));
	return 0;
}

void trail_file_close(struct trail_file *file)
{
	if (file->lines)
		munmap(file->lines, TRAIL_BYTES);
	file->lines = NULL;
}

/* The first octet makes it an entry: so it comes last, and what had the place
 * goes by it, too. */
static void put(char *at, const trail_line line)
{
	_Atomic char *first = (_Atomic char *)at;

	crash_point();
	atomic_store_explicit(first, '\0', memory_order_release);
	crash_point();
	memcpy(at + 1, line + 1, TRAIL_LINE - 1);
	crash_point();
	atomic_store_explicit(first, line[0], memory_order_release);
	crash_point();
}

void trail_file_append(struct trail_file *file, const char *rest)
{
	uint64_t number = file->last + 1;
	uint8_t hash[SHA256_SIZE];
	char text[TRAIL_TEXT_MAX], hex[2][TRAIL_HEX + 1];
	trail_line line;
	int length = snprintf(text, sizeof(text), "%" PRIu64 " %" PRIu64 " %s",
			      number, clock_wall_ms(), rest);

	/* What was cut may end in blanks, which are not the text's. */
	if (length >= (int)sizeof(text))
		length = (int)sizeof(text) - 1;
	while (text[length - 1] == ' ')
		text[--length] = '\0';
	chain(file->head, text, hash);
	hex_write(hex[0], hash, sizeof(hash));
	hex_write(hex[1], file->head, sizeof(file->head));
	length = snprintf(line, sizeof(line), "%s %s %s", hex[0], hex[1], text);
	memset(line + length, ' ', sizeof(line) - (size_t)length - 1);
	line[TRAIL_LINE - 1] = '\n';
	put(file->lines[number % TRAIL_LINES], line);
	memcpy(file->head, hash, sizeof(hash));
	file->last = number;
}
