// SPDX-License-Identifier: GPL-2.0-only
#include "config/stanza.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "config/number.h"
#include "config/placement.h"
#include "range.h"

#define KIB(n) ((uint64_t)(n) << 10)
#define MIB(n) ((uint64_t)(n) << 20)

#define PAGE KIB(4)
#define WINDOW_DEFAULT MIB(1)
#define WINDOWS_DEFAULT 2
/* What Xen on arm64 can address: 48 bits. */
#define HOST_END (1ULL << 48)

/* A piece of the stanza, without the blanks around it. */
struct span {
	const char *at;
	size_t length;
};

/* Where the sentence goes. */
struct report {
	char *error;
	size_t size;
};

struct key;

struct setting {
	const struct key *key;
	struct span value;
	struct stanza *stanza;
};

struct key {
	const char *name;
	int (*set)(const struct setting *setting, const struct report *report);
	/* For numbers: */
	size_t offset, width; /* of the field, in struct stanza */
	uint64_t least, most, multiple;
	const char *right; /* what would be right, as the end of a sentence */
};

__attribute__((format(printf, 2, 3))) static int
fail(const struct report *report, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(report->error, report->size, format, args);
	va_end(args);
	return -EINVAL;
}

static int fail_setting(const struct setting *setting,
			const struct report *report, const char *what)
{
	/* A value may be anything of any length: the sentence must survive. */
	int shown = setting->value.length > 80 ? 80 :
						 (int)setting->value.length;

	return fail(report, "%s=%.*s: %s", setting->key->name, shown,
		    setting->value.at, what);
}

static struct span trim(const char *at, size_t length)
{
	while (length && isspace((unsigned char)*at)) {
		at++;
		length--;
	}
	while (length && isspace((unsigned char)at[length - 1]))
		length--;
	return (struct span){ at, length };
}

static bool span_is(struct span span, const char *word)
{
	return span.length == strlen(word) &&
	       !memcmp(span.at, word, span.length);
}

static void store(const struct setting *setting, uint64_t number)
{
	char *field = (char *)setting->stanza + setting->key->offset;
	uint32_t narrow = (uint32_t)number;

	if (setting->key->width == sizeof(narrow))
		memcpy(field, &narrow, sizeof(narrow));
	else
		memcpy(field, &number, sizeof(number));
}

static int set_number(const struct setting *setting,
		      const struct report *report)
{
	const struct key *key = setting->key;
	uint64_t number;

	if (!number_parse(setting->value.at, setting->value.length, &number) ||
	    number < key->least || number > key->most || number % key->multiple)
		return fail_setting(setting, report, key->right);
	store(setting, number);
	return 0;
}

static bool name_is_right(struct span name)
{
	static const char first[] = "abcdefghijklmnopqrstuvwxyz0123456789";

	if (!name.length || name.length > STANZA_NAME_MAX ||
	    !memchr(first, *name.at, sizeof(first) - 1))
		return false;
	for (size_t i = 1; i < name.length; i++)
		if (!memchr(first, name.at[i], sizeof(first) - 1) &&
		    name.at[i] != '_' && name.at[i] != '-')
			return false;
	return true;
}

/* A name of the carveout's or the pool's: both fields have the same room. */
static int set_name(const struct setting *setting, const struct report *report)
{
	char *field = (char *)setting->stanza + setting->key->offset;
	struct span name = setting->value;

	if (!name_is_right(name))
		return fail_setting(setting, report, setting->key->right);
	memcpy(field, name.at, name.length);
	field[name.length] = '\0';
	return 0;
}

static int set_guest_reset(const struct setting *setting,
			   const struct report *report)
{
	setting->stanza->guest_reset = span_is(setting->value, "1");
	if (!setting->stanza->guest_reset && !span_is(setting->value, "0"))
		return fail_setting(setting, report, setting->key->right);
	return 0;
}

static int set_backing(const struct setting *setting,
		       const struct report *report)
{
	if (span_is(setting->value, "vault"))
		setting->stanza->backing = STANZA_VAULT;
	else if (span_is(setting->value, "pool"))
		setting->stanza->backing = STANZA_POOL;
	else
		return fail_setting(setting, report, setting->key->right);
	return 0;
}

#define FIELD(field) \
	offsetof(struct stanza, field), sizeof(((struct stanza *)0)->field)

static const struct key keys[] = {
	{ "name", set_name, FIELD(name), 0, 0, 0,
	  "a name is 1 to 31 of a-z, 0-9, _ and -, the first a letter or a digit" },
	{ "size", set_number, FIELD(size), PAGE, STANZA_SIZE_MAX, PAGE,
	  "a size is a multiple of 4K from 4K to 4074M, in bytes or with K, M or G" },
	{ "window", set_number, FIELD(window), PAGE, STANZA_WINDOW_MAX, PAGE,
	  "a window is a multiple of 4K from 4K to 2M, in bytes or with K or M" },
	{ "windows", set_number, FIELD(windows), 1, STANZA_WINDOWS_MAX, 1,
	  "1, 2, 3 or 4 windows may be open at once" },
	{ "gpa", set_number, FIELD(gpa), MIB(2), PLACEMENT_END - MIB(2), MIB(2),
	  "an address is a multiple of 2M above 0 and below 2^44" },
	{ "expected-size", set_number, FIELD(expected_size), 1, STANZA_SIZE_MAX,
	  1, "the image has from 1 byte to the size of the carveout" },
	{ "guest-reset", set_guest_reset, 0, 0, 0, 0, 0, "it is 0 or 1" },
	{ "backing", set_backing, 0, 0, 0, 0, 0, "a backing is vault or pool" },
	{ "pool", set_name, FIELD(pool), 0, 0, 0,
	  "it is the name of a pool, which hv-mgr pool list shows" },
	{ "at", set_number, FIELD(at), PAGE, HOST_END - PAGE, PAGE,
	  "a host address is a multiple of 4K inside a pool: hv-mgr pool list" },
};

#define KEYS (sizeof(keys) / sizeof(keys[0]))

static int fail_unknown(struct span name, const struct report *report)
{
	int used = snprintf(report->error, report->size,
			    "%.*s: no such key; the keys are",
			    name.length > 40 ? 40 : (int)name.length, name.at);

	for (size_t i = 0; i < KEYS; i++) {
		if (used < 0 || (size_t)used >= report->size)
			break;
		used += snprintf(report->error + used,
				 report->size - (size_t)used, "%s %s",
				 i ? "," : "", keys[i].name);
	}
	return -EINVAL;
}

bool stanza_has_key(const char *text)
{
	struct span name = trim(text, strcspn(text, "=,"));

	for (size_t i = 0; i < KEYS; i++)
		if (span_is(name, keys[i].name))
			return true;
	return false;
}

/* One "key=value".  seen has a bit for each of the keys. */
static int take_setting(struct span item, struct stanza *stanza, unsigned *seen,
			const struct report *report)
{
	const char *equals = memchr(item.at, '=', item.length);
	size_t before = equals ? (size_t)(equals - item.at) : item.length;
	struct span name = trim(item.at, before);
	struct setting setting = { .stanza = stanza };
	size_t i = 0;

	while (i < KEYS && !span_is(name, keys[i].name))
		i++;
	if (i == KEYS)
		return fail_unknown(name, report);
	setting.key = &keys[i];
	if (!equals)
		return fail(report, "%s has no value; write %s=...",
			    keys[i].name, keys[i].name);
	setting.value = trim(equals + 1, item.length - before - 1);
	if (*seen & 1U << i)
		return fail_setting(&setting, report,
				    "the key stands there twice");
	*seen |= 1U << i;
	return setting.key->set(&setting, report);
}

static int take_all(const char *text, struct stanza *stanza,
		    const struct report *report)
{
	unsigned int seen = 0;
	struct span item;
	size_t length;
	int rc;

	for (;; text += length + 1) {
		length = strcspn(text, ",");
		item = trim(text, length);
		if (!item.length)
			return fail(
				report,
				"a key=value is missing; write \"name=modem, size=64M\"");
		rc = take_setting(item, stanza, &seen, report);
		if (rc || !text[length])
			return rc;
	}
}

/* What is wrong only beside something else. */
static int check_together(const struct stanza *stanza,
			  const struct report *report)
{
	if (!*stanza->name)
		return fail(report, "name is missing; write name=modem");
	if (!stanza->size)
		return fail(report, "size is missing; write size=64M");
	if (stanza->window > stanza->size)
		return fail(
			report,
			"window=%" PRIu32
			": a window is no larger than the carveout, %" PRIu64,
			stanza->window, stanza->size);
	if (stanza->expected_size > stanza->size)
		return fail(report,
			    "expected-size=%" PRIu64
			    ": the image must fit into the carveout, %" PRIu64,
			    stanza->expected_size, stanza->size);
	if (stanza->backing != STANZA_POOL && (*stanza->pool || stanza->at))
		return fail(
			report,
			"%s is for carveouts in a pool; write backing=pool as well",
			*stanza->pool ? "pool" : "at");
	/* No wrap: neither reaches 2^45. */
	if (stanza->gpa + stanza->size > PLACEMENT_END)
		return fail(
			report,
			"gpa=0x%" PRIx64
			": the carveout must end below 2^44, and this one would end at 0x%" PRIx64,
			stanza->gpa, stanza->gpa + stanza->size);
	return 0;
}

int stanza_parse(const char *text, struct stanza *stanza, char *error,
		 size_t error_size)
{
	const struct report report = { error, error_size };
	struct stanza parsed = { .windows = WINDOWS_DEFAULT };
	int rc = take_all(text, &parsed, &report);

	if (!rc)
		rc = check_together(&parsed, &report);
	if (rc)
		return rc;
	if (!parsed.window)
		parsed.window = parsed.size < WINDOW_DEFAULT ?
					(uint32_t)parsed.size :
					(uint32_t)WINDOW_DEFAULT;
	*stanza = parsed;
	return 0;
}

static int check_pair(const struct stanza *a, const struct stanza *b,
		      const struct report *report)
{
	if (!strcmp(a->name, b->name)) {
		fail(report,
		     "name=%s: two carveouts of a guest may not have one name",
		     a->name);
		return -EEXIST;
	}
	if (a->gpa && b->gpa &&
	    ranges_overlap(a->gpa, a->size, b->gpa, b->size))
		return fail(report,
			    "%s at gpa=0x%" PRIx64 " and %s at gpa=0x%" PRIx64
			    " overlap; move one of them, or let hv-mgr choose",
			    a->name, a->gpa, b->name, b->gpa);
	if (a->at && b->at && ranges_overlap(a->at, a->size, b->at, b->size))
		return fail(report,
			    "%s at=0x%" PRIx64 " and %s at=0x%" PRIx64
			    " overlap; move one of them, or let hv-mgr choose",
			    a->name, a->at, b->name, b->at);
	return 0;
}

int stanza_check_all(const struct stanza *stanzas, size_t count, char *error,
		     size_t error_size)
{
	const struct report report = { error, error_size };
	int rc;

	if (count > STANZAS_MAX) {
		fail(&report,
		     "%zu carveouts: a guest has at most %d; make one of several that are loaded together",
		     count, STANZAS_MAX);
		return -ENOSPC;
	}
	for (size_t i = 0; i < count; i++)
		for (size_t j = i + 1; j < count; j++) {
			rc = check_pair(&stanzas[i], &stanzas[j], &report);
			if (rc)
				return rc;
		}
	return 0;
}
