// SPDX-License-Identifier: GPL-2.0-only
#include "cli/show_log.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/decimal.h"
#include "base/hex.h"
#include "control/fields.h"

/* ---- words ---- */

struct hash_text {
	char text[TRAIL_HEX + 1];
};

static struct hash_text hash_text(const uint8_t hash[SHA256_SIZE])
{
	struct hash_text hex;

	hex_write(hex.text, hash, SHA256_SIZE);
	return hex;
}

/* "2026-12-01T01:55:08.123Z" */
struct time_text {
	char text[40];
};

static struct time_text time_text(uint64_t ms)
{
	struct time_text text = { "?" };
	time_t seconds = (time_t)(ms / 1000);
	struct tm tm;
	size_t used;

	if (!gmtime_r(&seconds, &tm))
		return text;
	used = strftime(text.text, sizeof(text.text), "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(text.text + used, sizeof(text.text) - used, ".%03uZ",
		 (unsigned int)(ms % 1000));
	return text;
}

/* UUID/DOMID/DEVICE, or without the last. */
struct key {
	char uuid[40], domid[8], device[8]; /* "": there is none */
};

static struct key key_of(const struct trail_words *words)
{
	struct key key = { 0 };

	sscanf(words->key, "%39[0-9a-f-]/%7[0-9]/%7[0-9]", key.uuid, key.domid,
	       key.device);
	return key;
}

/* In place, %XX. */
static void unescape(char *word)
{
	char *to = word;
	uint8_t octet;

	for (const char *from = word; *from; to++) {
		char digits[3] = { 0 };

		if (*from == '%')
			snprintf(digits, sizeof(digits), "%.2s", from + 1);
		if (hex_read(digits, &octet, 1)) {
			*to = (char)octet;
			from += 3;
		} else {
			*to = *from++;
		}
	}
	*to = '\0';
}

static bool is_wanted(const struct log_read *log,
		      const struct trail_words *words)
{
	struct key key = key_of(words);
	bool digits = log->domain &&
		      !log->domain[strspn(log->domain, "0123456789")];

	if (!log->domain)
		return true;
	if (strcmp(log->domain, digits ? key.domid : words->domain) != 0 &&
	    strcmp(log->domain, key.uuid) != 0)
		return false;
	return !log->name || !strcmp(log->name, words->name);
}

/* The next from *number on that is there and wanted.  false: there is none. */
static bool next_entry(const struct log_read *log, uint64_t *number,
		       struct trail_entry *entry, struct trail_words *words)
{
	for (; *number && *number <= log->check.last; ++*number) {
		if (!trail_find((const trail_line *)log->lines, *number,
				entry) ||
		    !trail_words_read(entry->text, words))
			continue;
		unescape(words->domain);
		if (is_wanted(log, words))
			return ++*number;
	}
	return false;
}

/* ---- text ---- */

static const char *or_dash(const char *text)
{
	return *text ? text : "-";
}

/* A terminal is told nothing but text. */
static const char *plain(char *word)
{
	for (char *c = word; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = '?';
	return word;
}

void show_log(const struct log_read *log, FILE *to)
{
	uint64_t number = log->check.first;
	struct trail_entry entry;
	struct trail_words words;

	fprintf(to, "%7s %-24s %-9s %-20s %5s %-16s %-8s %s\n", "Entry", "Time",
		"Event", "Domain", "ID", "Carveout", "State", "Details");
	while (next_entry(log, &number, &entry, &words))
		fprintf(to, "%7" PRIu64 " %-24s %-9s %-20s %5s %-16s %-8s %s\n",
			words.number, time_text(words.time).text, words.event,
			plain(words.domain), or_dash(key_of(&words).domid),
			words.name, words.state, words.details);
}

void show_log_check(const struct log_read *log, FILE *to)
{
	const struct trail_check *check = &log->check;

	if (*check->problem)
		fprintf(to, "BROKEN: %s\n", check->problem);
	else if (!check->last)
		fprintf(to, "good: there is no entry\n");
	else
		fprintf(to,
			"good: %" PRIu64 " entries, %" PRIu64 " to %" PRIu64
			"\n",
			check->last - check->first + 1, check->first,
			check->last);
}

void show_log_head(const struct log_read *log, FILE *to)
{
	fprintf(to, "%" PRIu64 " %s\n", log->check.last,
		hash_text(log->check.head).text);
}

/* ---- JSON ---- */

static void put_number_or_null(struct json_object *json, const char *key,
			       const char *digits)
{
	uint64_t number;

	if (decimal_read(digits, UINT32_MAX, &number))
		field_string(json, key, NULL);
	else
		field_number(json, key, number);
}

static void put_word(struct json_object *json, const char *key,
		     const char *word)
{
	field_string(json, key, strcmp(word, "-") ? word : NULL);
}

/* What is but digits is a number; why goes to the end. */
static void put_details(struct json_object *json, const char *details)
{
	char text[TRAIL_TEXT_MAX];
	char *rest = text;

	snprintf(text, sizeof(text), "%s", details);
	while (rest && *rest) {
		char *key = rest, *value = strchr(key, '=');
		uint64_t number;

		if (!value)
			return;
		*value++ = '\0';
		rest = strcmp(key, "why") ? strchr(value, ' ') : NULL;
		if (rest)
			*rest++ = '\0';
		if (decimal_read(value, INT64_MAX, &number))
			field_string(json, key, value);
		else
			field_number(json, key, number);
	}
}

static struct json_object *json_entry(const struct trail_entry *entry,
				      const struct trail_words *words)
{
	struct json_object *json = json_object_new_object();
	struct json_object *details = json_object_new_object();
	struct key key = key_of(words);

	field_number(json, "number", words->number);
	field_string(json, "time", time_text(words->time).text);
	field_string(json, "event", words->event);
	put_word(json, "state", words->state);
	put_word(json, "uuid", *key.uuid ? key.uuid : "-");
	put_number_or_null(json, "domid", key.domid);
	put_number_or_null(json, "device", key.device);
	put_word(json, "domain", words->domain);
	put_word(json, "name", words->name);
	put_details(details, words->details);
	json_object_object_add(json, "details", details);
	field_string(json, "text", entry->text);
	field_string(json, "hash", hash_text(entry->hash).text);
	return json;
}

static struct json_object *json_entries(const struct log_read *log)
{
	struct json_object *json = json_object_new_array();
	uint64_t number = log->check.first;
	struct trail_entry entry;
	struct trail_words words;

	while (next_entry(log, &number, &entry, &words))
		json_object_array_add(json, json_entry(&entry, &words));
	return json;
}

struct json_object *json_log(const struct log_read *log, bool entries)
{
	struct json_object *json = json_object_new_object();
	const struct trail_check *check = &log->check;

	field_bool(json, "ok", !*check->problem);
	field_number(json, "errno", 0);
	field_string(json, "error", *check->problem ? check->problem : NULL);
	field_number(json, "first", check->first);
	field_number(json, "last", check->last);
	field_string(json, "head", hash_text(check->head).text);
	if (entries)
		json_object_object_add(json, "entries", json_entries(log));
	return json;
}
