// SPDX-License-Identifier: GPL-2.0-only
#include "config/stanza.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "config/name.h"
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

#define AS_TEXT(number) #number
#define LIMIT(macro) AS_TEXT(macro)

/* A piece of the stanza, without the blanks around it. */
struct span {
	const char *at;
	size_t length;
};

struct key;

struct setting {
	const struct key *key;
	struct span value;
	struct stanza *stanza;
};

/* Room for a value as text: the longest is a digest. */
#define VALUE_MAX VERIFY_VALUE_MAX
_Static_assert(VALUE_MAX > STANZA_NAME_MAX, "a name is a value");

/* What a field holds: its value is read and written by these two. */
struct kind {
	int (*set)(const struct setting *setting, struct sentence error);
	/* Empty: it is not given, and need not be written. */
	void (*show)(const struct key *key, const void *field, char *value);
	/* It may stand there again, for one value more, which this one shows:
	 * value number `index`.  Else NULL, as one key has one value. */
	void (*show_next)(const void *field, unsigned int index, char *value);
};

struct key {
	const char *name;
	const struct kind *kind;
	size_t offset, width; /* of the field, in struct stanza */
	const char *right; /* what would be right, as the end of a sentence */
	/* For numbers; where `right` is missing, they are it. */
	uint64_t least, most, multiple;
};

static int fail_setting(const struct setting *setting, struct sentence error,
			const char *what)
{
	/* A value may be anything of any length: the sentence must survive. */
	int shown = setting->value.length > 80 ? 80 :
						 (int)setting->value.length;

	return sentence_set(error, -EINVAL, "%s=%.*s: %s", setting->key->name,
			    shown, setting->value.at, what);
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

static void *field_of(const struct setting *setting)
{
	return (char *)setting->stanza + setting->key->offset;
}

/* ---- numbers ---- */

static int fail_number(const struct setting *setting, struct sentence error)
{
	const struct key *key = setting->key;
	char right[120];

	if (key->right)
		return fail_setting(setting, error, key->right);
	snprintf(
		right, sizeof(right),
		key->multiple > 1 ?
			"it is from %s to %s, a multiple of %s, in bytes or with K, M or G" :
			"it is from %s to %s",
		number_text(key->least).text, number_text(key->most).text,
		number_text(key->multiple).text);
	return fail_setting(setting, error, right);
}

static int set_number(const struct setting *setting, struct sentence error)
{
	const struct key *key = setting->key;
	uint64_t number;

	if (!number_parse(setting->value.at, setting->value.length, &number) ||
	    number < key->least || number > key->most || number % key->multiple)
		return fail_number(setting, error);
	if (key->width == sizeof(uint32_t))
		*(uint32_t *)field_of(setting) = (uint32_t)number;
	else
		*(uint64_t *)field_of(setting) = number;
	return 0;
}

static void show_number(const struct key *key, const void *field, char *value)
{
	uint64_t number = key->width == sizeof(uint32_t) ?
				  *(const uint32_t *)field :
				  *(const uint64_t *)field;

	if (number)
		snprintf(value, VALUE_MAX, "%" PRIu64, number);
}

static const struct kind kind_number = { set_number, show_number, NULL };

/* ---- names: of the carveout, of the pool ---- */

static int set_name(const struct setting *setting, struct sentence error)
{
	char *field = field_of(setting);
	struct span name = setting->value;

	if (!name_is_right(name.at, name.length))
		return fail_setting(setting, error, setting->key->right);
	memcpy(field, name.at, name.length);
	field[name.length] = '\0';
	return 0;
}

static void show_name(const struct key *key, const void *field, char *value)
{
	(void)key;
	snprintf(value, VALUE_MAX, "%s", (const char *)field);
}

static const struct kind kind_name = { set_name, show_name, NULL };

/* ---- yes or no ---- */

static int set_flag(const struct setting *setting, struct sentence error)
{
	bool *field = field_of(setting);

	*field = span_is(setting->value, "1");
	if (!*field && !span_is(setting->value, "0"))
		return fail_setting(setting, error, setting->key->right);
	return 0;
}

static void show_flag(const struct key *key, const void *field, char *value)
{
	(void)key;
	if (*(const bool *)field)
		strcpy(value, "1");
}

static const struct kind kind_flag = { set_flag, show_flag, NULL };

/* ---- the backing ---- */

static const char *const backings[] = {
	[STANZA_VAULT] = "vault",
	[STANZA_POOL] = "pool",
};
#define BACKINGS (sizeof(backings) / sizeof(backings[0]))

static int set_backing(const struct setting *setting, struct sentence error)
{
	for (size_t i = 0; i < BACKINGS; i++) {
		if (!span_is(setting->value, backings[i]))
			continue;
		*(enum stanza_backing *)field_of(setting) =
			(enum stanza_backing)i;
		return 0;
	}
	return fail_setting(setting, error, setting->key->right);
}

static void show_backing(const struct key *key, const void *field, char *value)
{
	enum stanza_backing backing = *(const enum stanza_backing *)field;

	(void)key;
	if (backing != STANZA_VAULT)
		strcpy(value, backings[backing]);
}

static const struct kind kind_backing = { set_backing, show_backing, NULL };

/* ---- what content must be ---- */

static int set_verify(const struct setting *setting, struct sentence error)
{
	return verify_read(setting->value.at, setting->value.length,
			   field_of(setting)) ?
		       0 :
		       fail_setting(setting, error, setting->key->right);
}

static void show_verify(const struct key *key, const void *field, char *value)
{
	const struct verify *verify = field;

	(void)key;
	if (verify->kind != VERIFY_NONE)
		verify_write(verify, value);
}

static const struct kind kind_verify = { set_verify, show_verify, NULL };

static int set_root(const struct setting *setting, struct sentence error)
{
	return verify_read_root(setting->value.at, setting->value.length,
				field_of(setting)) ?
		       0 :
		       fail_setting(setting, error, setting->key->right);
}

static void show_root(const void *field, unsigned int index, char *value)
{
	const struct verify *verify = field;

	if (index < verify->roots)
		verify_write_root(verify, index, value);
}

static const struct kind kind_root = { set_root, NULL, show_root };

static int set_clock(const struct setting *setting, struct sentence error)
{
	bool *field = field_of(setting);

	*field = span_is(setting->value, "check");
	if (!*field && !span_is(setting->value, "ignore"))
		return fail_setting(setting, error, setting->key->right);
	return 0;
}

static void show_clock(const struct key *key, const void *field, char *value)
{
	(void)key;
	if (*(const bool *)field)
		strcpy(value, "check");
}

static const struct kind kind_clock = { set_clock, show_clock, NULL };

/* ---- what an image is loaded as ---- */

static int set_format(const struct setting *setting, struct sentence error)
{
	enum image_format *field = field_of(setting);

	for (*field = IMAGE_AUTO; *field < IMAGE_FORMATS; ++*field)
		if (span_is(setting->value, image_format_name(*field)))
			return 0;
	return fail_setting(setting, error, setting->key->right);
}

static void show_format(const struct key *key, const void *field, char *value)
{
	enum image_format format = *(const enum image_format *)field;

	(void)key;
	if (format != IMAGE_AUTO)
		strcpy(value, image_format_name(format));
}

static const struct kind kind_format = { set_format, show_format, NULL };

/* ---- the keys ---- */

#define FIELD(field) \
	offsetof(struct stanza, field), sizeof(((struct stanza *)0)->field)

static const struct key keys[] = {
	{ "name", &kind_name, FIELD(name),
	  "a name is 1 to " LIMIT(
		  CARVEOUTIF_NAME_MAX) " of a-z, 0-9, _ and -, the first a letter or a digit",
	  0, 0, 0 },
	{ "size", &kind_number, FIELD(size), NULL, PAGE, STANZA_SIZE_MAX,
	  PAGE },
	{ "window", &kind_number, FIELD(window), NULL, PAGE, STANZA_WINDOW_MAX,
	  PAGE },
	{ "windows", &kind_number, FIELD(windows), NULL, 1, STANZA_WINDOWS_MAX,
	  1 },
	{ "gpa", &kind_number, FIELD(gpa),
	  "an address is a multiple of 2M above 0 and below 2^44",
	  PLACEMENT_ALIGN, PLACEMENT_END - PLACEMENT_ALIGN, PLACEMENT_ALIGN },
	{ "expected-size", &kind_number, FIELD(expected_size),
	  "the image has from 1 byte to the size of the carveout", 1,
	  STANZA_SIZE_MAX, 1 },
	{ "format", &kind_format, FIELD(format),
	  "a format is auto, raw, elf or mbn", 0, 0, 0 },
	{ "guest-reset", &kind_flag, FIELD(guest_reset), "it is 0 or 1", 0, 0,
	  0 },
	{ "backing", &kind_backing, FIELD(backing),
	  "a backing is vault or pool", 0, 0, 0 },
	{ "pool", &kind_name, FIELD(pool),
	  "it is the name of a pool, which hv-mgr pool list shows", 0, 0, 0 },
	{ "at", &kind_number, FIELD(at),
	  "a host address is a multiple of 4K inside a pool: hv-mgr pool list",
	  PAGE, HOST_END - PAGE, PAGE },
	{ "verify", &kind_verify, FIELD(verify),
	  "it is none, sha256: or sha384: and a digest in hexadecimal digits, or mbn",
	  0, 0, 0 },
	{ "root", &kind_root, FIELD(verify),
	  "it is a file with a certificate, or sha256: and the digest of its DER in hexadecimal digits, and there are at most " LIMIT(
		  VERIFY_ROOTS_MAX),
	  0, 0, 0 },
	{ "clock", &kind_clock, FIELD(verify.clock), "it is check or ignore", 0,
	  0, 0 },
};

#define KEYS (sizeof(keys) / sizeof(keys[0]))

const char *stanza_key(size_t index)
{
	return index < KEYS ? keys[index].name : NULL;
}

static int fail_unknown(struct span name, struct sentence error)
{
	int used = snprintf(error.text, error.size,
			    "%.*s: no such key; the keys are",
			    name.length > 40 ? 40 : (int)name.length, name.at);

	for (size_t i = 0; i < KEYS; i++) {
		if (used < 0 || (size_t)used >= error.size)
			break;
		used += snprintf(error.text + used, error.size - (size_t)used,
				 "%s %s", i ? "," : "", keys[i].name);
	}
	return -EINVAL;
}

/* KEYS: there is none of this name. */
static size_t find_key(struct span name)
{
	size_t i = 0;

	while (i < KEYS && !span_is(name, keys[i].name))
		i++;
	return i;
}

bool stanza_has_key(const char *text)
{
	return find_key(trim(text, strcspn(text, "=,"))) < KEYS;
}

/* ---- reading ---- */

/* One "key=value".  seen has a bit for each of the keys. */
static int read_setting(struct span item, struct stanza *stanza, unsigned *seen,
			struct sentence error)
{
	const char *equals = memchr(item.at, '=', item.length);
	size_t before = equals ? (size_t)(equals - item.at) : item.length;
	struct span name = trim(item.at, before);
	struct setting setting = { .stanza = stanza };
	size_t i = find_key(name);

	if (i == KEYS)
		return fail_unknown(name, error);
	setting.key = &keys[i];
	if (!equals)
		return sentence_set(error, -EINVAL,
				    "%s has no value; write %s=...",
				    keys[i].name, keys[i].name);
	setting.value = trim(equals + 1, item.length - before - 1);
	if (*seen & 1U << i && !setting.key->kind->show_next)
		return fail_setting(&setting, error,
				    "the key stands there twice");
	*seen |= 1U << i;
	return setting.key->kind->set(&setting, error);
}

static int read_all(const char *text, struct stanza *stanza,
		    struct sentence error)
{
	unsigned int seen = 0;
	struct span item;
	size_t length;
	int rc;

	for (;; text += length + 1) {
		length = strcspn(text, ",");
		item = trim(text, length);
		if (!item.length)
			return sentence_set(
				error, -EINVAL,
				"a key=value is missing; write \"name=modem, size=64M\"");
		rc = read_setting(item, stanza, &seen, error);
		if (rc || !text[length])
			return rc;
	}
}

/* What is wrong only beside something else. */
static int check_together(const struct stanza *stanza, struct sentence error)
{
	if (!*stanza->name)
		return sentence_set(error, -EINVAL,
				    "name is missing; write name=modem");
	if (!stanza->size)
		return sentence_set(error, -EINVAL,
				    "size is missing; write size=64M");
	if (stanza->window > stanza->size)
		return sentence_set(
			error, -EINVAL,
			"window=%" PRIu32
			": a window is no larger than the carveout, %" PRIu64,
			stanza->window, stanza->size);
	if (stanza->expected_size > stanza->size)
		return sentence_set(
			error, -EINVAL,
			"expected-size=%" PRIu64
			": the image must fit into the carveout, %" PRIu64,
			stanza->expected_size, stanza->size);
	if (stanza->backing != STANZA_POOL && (*stanza->pool || stanza->at))
		return sentence_set(
			error, -EINVAL,
			"%s is for carveouts in a pool; write backing=pool as well",
			*stanza->pool ? "pool" : "at");
	if (stanza->verify.kind != VERIFY_MBN &&
	    (stanza->verify.roots || stanza->verify.clock))
		return sentence_set(
			error, -EINVAL,
			"%s is for images with certificates; write verify=mbn as well",
			stanza->verify.roots ? "root" : "clock");
	/* No wrap: neither reaches 2^45. */
	if (stanza->gpa + stanza->size > PLACEMENT_END)
		return sentence_set(
			error, -EINVAL,
			"gpa=0x%" PRIx64
			": the carveout must end below 2^44, and this one would end at 0x%" PRIx64,
			stanza->gpa, stanza->gpa + stanza->size);
	return 0;
}

int stanza_parse(const char *text, struct stanza *stanza, struct sentence error)
{
	struct stanza parsed = { .windows = WINDOWS_DEFAULT };
	int rc = read_all(text, &parsed, error);

	if (!rc)
		rc = check_together(&parsed, error);
	if (rc)
		return rc;
	if (!parsed.window)
		parsed.window = parsed.size < WINDOW_DEFAULT ?
					(uint32_t)parsed.size :
					(uint32_t)WINDOW_DEFAULT;
	*stanza = parsed;
	return 0;
}

/* ---- writing ---- */

/* Value number `index`, if there is one. */
static void show_value(const struct key *key, const struct stanza *stanza,
		       unsigned int index, char *value)
{
	const void *field = (const char *)stanza + key->offset;

	*value = '\0';
	if (key->kind->show_next)
		key->kind->show_next(field, index, value);
	else if (!index)
		key->kind->show(key, field, value);
}

/* Returns -ENOSPC, or 0. */
static int write_key(const struct key *key, const struct stanza *stanza,
		     char *text, size_t room)
{
	char value[VALUE_MAX];
	size_t used = strlen(text);

	for (unsigned int i = 0;; i++) {
		show_value(key, stanza, i, value);
		if (!*value)
			return 0;
		used += (size_t)snprintf(text + used, room - used, "%s%s=%s",
					 used ? "," : "", key->name, value);
		if (used >= room)
			return -ENOSPC;
	}
}

int stanza_format(const struct stanza *stanza, char *text, size_t room)
{
	int rc = 0;

	*text = '\0';
	for (size_t i = 0; !rc && i < KEYS; i++)
		rc = write_key(&keys[i], stanza, text, room);
	return rc;
}

/* ---- beside each other ---- */

static int check_pair(const struct stanza *a, const struct stanza *b,
		      struct sentence error)
{
	if (!strcmp(a->name, b->name))
		return sentence_set(
			error, -EEXIST,
			"name=%s: two carveouts of a guest may not have one name",
			a->name);
	if (a->gpa && b->gpa &&
	    ranges_overlap(a->gpa, a->size, b->gpa, b->size))
		return sentence_set(
			error, -EINVAL,
			"%s at gpa=0x%" PRIx64 " and %s at gpa=0x%" PRIx64
			" overlap; move one of them, or let hv-mgr choose",
			a->name, a->gpa, b->name, b->gpa);
	if (a->at && b->at && ranges_overlap(a->at, a->size, b->at, b->size))
		return sentence_set(
			error, -EINVAL,
			"%s at=0x%" PRIx64 " and %s at=0x%" PRIx64
			" overlap; move one of them, or let hv-mgr choose",
			a->name, a->at, b->name, b->at);
	return 0;
}

int stanza_check_all(const struct stanza *stanzas, size_t count,
		     struct sentence error)
{
	int rc;

	if (count > STANZAS_MAX)
		return sentence_set(
			error, -ENOSPC,
			"%zu carveouts: a guest has at most %d; make one of several that are loaded together",
			count, STANZAS_MAX);
	for (size_t i = 0; i < count; i++)
		for (size_t j = i + 1; j < count; j++) {
			rc = check_pair(&stanzas[i], &stanzas[j], error);
			if (rc)
				return rc;
		}
	return 0;
}
