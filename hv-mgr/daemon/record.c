// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/record.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/decimal.h"
#include "base/hex.h"
#include "base/log.h"
#include "daemon/device.h"
#include "daemon/tenant.h"
#include "daemon/uuid.h"
#include "range.h"

/* ---- names ---- */

static struct record_key name_text(const struct record_name *name)
{
	struct uuid_text uuid = uuid_text(&name->handle);
	struct record_key key;

	if (name->of_device)
		snprintf(key.text, sizeof(key.text), "%s/%u/%u", uuid.text,
			 name->domid, name->number);
	else
		snprintf(key.text, sizeof(key.text), "%s/%u", uuid.text,
			 name->domid);
	return key;
}

bool record_name(const struct record_slot *slot, struct record_name *name)
{
	struct uuid_text uuid;
	unsigned int domid;
	int parts;

	memset(name, 0, sizeof(*name));
	parts = sscanf(slot->key, "%36[^/]/%u/%u", uuid.text, &domid,
		       &name->number);
	if (parts < 2 || domid >= DOMIDS ||
	    !uuid_parse(uuid.text, &name->handle))
		return false;
	name->domid = (hv_domid)domid;
	name->of_device = parts == 3;
	return !strcmp(slot->key, name_text(name).text);
}

struct record_slot *record_find(const struct manager *manager,
				const struct record_name *name)
{
	return record_file_find(&manager->records, name_text(name).text);
}

static struct record_name name_of(const struct tenant *tenant)
{
	return (struct record_name){ .handle = tenant->handle,
				     .domid = tenant->guest.domid };
}

static struct record_name name_of_device(const struct device *device)
{
	struct record_name name = name_of(device->tenant);

	name.of_device = true;
	name.number = device->number;
	return name;
}

struct record_key record_key(const struct tenant *tenant)
{
	struct record_name name = name_of(tenant);

	return name_text(&name);
}

struct record_key record_key_of_device(const struct device *device)
{
	struct record_name name = name_of_device(device);

	return name_text(&name);
}

/* ---- writing ---- */

static int write_record(struct manager *manager, struct record_slot **slot,
			const struct record_name *name, const char *text)
{
	if (*slot)
		record_slot_write(*slot, text);
	else
		*slot = record_file_add(&manager->records, name_text(name).text,
					text);
	return *slot ? 0 : -ENOSPC;
}

static const char *const pauses[] = {
	[RECORD_NOT_PAUSED] = "none",
	[RECORD_OURS] = "ours",
	[RECORD_NESTED] = "nested",
};
#define PAUSES (sizeof(pauses) / sizeof(pauses[0]))

int record_tenant(struct tenant *tenant)
{
	const struct record_guest *guest = &tenant->recorded;
	struct record_name name = name_of(tenant);
	char text[RECORD_TEXT_MAX];

	snprintf(text, sizeof(text), "%d pause=%s allowance=%llu:%llu:%llu",
		 RECORD_FORMAT, pauses[guest->pause],
		 ull(guest->allowance.baseline), ull(guest->allowance.now),
		 ull(guest->allowance.most));
	return write_record(tenant->manager, &tenant->record, &name, text);
}

/* Text that is put together; cut where it would not fit. */
struct text {
	char *at;
	size_t room;
};

__attribute__((format(printf, 2, 3))) static void add(struct text *text,
						      const char *format, ...)
{
	va_list args;
	int length;

	va_start(args, format);
	length = vsnprintf(text->at, text->room, format, args);
	va_end(args);
	if (length < 0 || (size_t)length >= text->room)
		length = (int)(text->room - 1);
	text->at += length;
	text->room -= (size_t)length;
}

static const char *const window_states[] = {
	[WINDOW_OPENING] = "opening",
	[WINDOW_OPEN] = "open",
	[WINDOW_LEAVING] = "leaving",
	[WINDOW_GOING] = "going",
};
#define WINDOW_STATES (sizeof(window_states) / sizeof(window_states[0]))

static void add_window(struct text *text, int slot,
		       const struct carveout_window *window)
{
	if (window->state == WINDOW_FREE)
		return;
	add(text, " window=%d:%u:%llu+%u:%s%s%s", slot, window->id,
	    ull(window->memory.offset), window->memory.length,
	    window_states[window->state], window->memory.has_content ? "+" : "",
	    window->memory.kept ? "!" : "");
}

static void add_state(struct text *text, const struct carveout_snapshot *from)
{
	char digest[2 * MEASURE_DIGEST_SIZE + 1];

	hex_write(digest, from->digest, MEASURE_DIGEST_SIZE);
	add(text,
	    " %s %llu %s writer=%s loads=%d written=%llu dirty=%llu opened=%u closed=%u",
	    carveout_state_name(from->state), ull(from->length), digest,
	    from->writer == CARVEOUT_GUEST ? "guest" : "dom0",
	    from->guest_loads, ull(from->written), ull(from->dirty),
	    from->last_opened, from->last_closed);
	if (from->verified)
		add(text, " verified=1");
	if (from->rejected)
		add(text, " rejected=1");
	for (int i = 0; i < CARVEOUT_WINDOWS; i++)
		add_window(text, i, &from->windows[i]);
}

int record_device(struct device *device)
{
	const struct carveout_snapshot from =
		carveout_snapshot(&device->carveout);
	struct record_name name = name_of_device(device);
	char room[RECORD_TEXT_MAX];
	struct text text = { room, sizeof(room) };
	int rc = stanza_format(&device->stanza, room, sizeof(room));

	if (rc)
		return rc;
	text.at += strlen(room);
	text.room -= strlen(room);
	add_state(&text, &from);
	if (device->stanza.backing == STANZA_VAULT)
		add(&text, " vault=%u", device->vault);
	return write_record(device->tenant->manager, &device->record, &name,
			    room);
}

/* ---- forgetting ---- */

void record_forget_device(struct device *device)
{
	if (device->record)
		record_file_remove(&device->tenant->manager->records,
				   device->record);
	device->record = NULL;
}

bool record_is_of(const struct record_slot *slot,
		  const struct hv_handle *handle, hv_domid domid,
		  struct record_name *name)
{
	return record_name(slot, name) && name->domid == domid &&
	       !memcmp(&name->handle, handle, sizeof(*handle));
}

void record_forget_guest(struct manager *manager,
			 const struct hv_handle *handle, hv_domid domid)
{
	struct record_file *records = &manager->records;
	struct record_slot *slot = NULL;
	struct record_name name;

	while ((slot = record_file_next(records, slot)))
		if (record_is_of(slot, handle, domid, &name))
			record_file_remove(records, slot);
}

/* ---- doubt ---- */

static bool has_device(const struct tenant *tenant,
		       const struct record_slot *slot)
{
	for (const struct device *d = tenant->devices; d; d = d->next)
		if (d->record == slot)
			return true;
	return false;
}

bool record_in_doubt(const struct tenant *tenant)
{
	const struct manager *manager = tenant->manager;
	struct record_slot *slot = NULL;
	struct record_name name;

	if (!manager->records_doubted)
		return false;
	while ((slot = record_file_next(&manager->records, slot)))
		if (record_is_of(slot, &tenant->handle, tenant->guest.domid,
				 &name) &&
		    slot != tenant->record && !has_device(tenant, slot))
			return true;
	return false;
}

/* ---- reading ---- */

static int parse_state_name(const char *name, enum carveout_state *state)
{
	for (int i = 1; i < CARVEOUT_STATES; i++) {
		*state = (enum carveout_state)i;
		if (!strcmp(name, carveout_state_name(*state)))
			return 0;
	}
	return -EINVAL;
}

static int parse_window_state(const char *text, struct carveout_window *window)
{
	for (size_t i = WINDOW_OPENING; i < WINDOW_STATES; i++) {
		size_t length = strlen(window_states[i]);

		if (strncmp(text, window_states[i], length))
			continue;
		window->state = (enum window_state)i;
		text += length;
		window->memory.has_content = *text == '+';
		text += *text == '+';
		window->memory.kept = *text == '!';
		text += *text == '!';
		return *text ? -EINVAL : 0;
	}
	return -EINVAL;
}

static int parse_window(const char *text, struct record *record)
{
	struct carveout_window window = { 0 };
	struct backing_window *memory = &window.memory;
	unsigned int slot;
	char state[16];

	if (sscanf(text, "%u:%" SCNu32 ":%" SCNu64 "+%" SCNu32 ":%15s", &slot,
		   &window.id, &memory->offset, &memory->length, state) != 5)
		return -EINVAL;
	if (slot >= record->stanza.windows || !window.id ||
	    record->carveout.windows[slot].state != WINDOW_FREE ||
	    !range_page_aligned(memory->offset) ||
	    !range_page_aligned(memory->length) || !memory->length ||
	    memory->length > record->stanza.window ||
	    !range_within(memory->offset, memory->length, record->stanza.size))
		return -EINVAL;
	if (parse_window_state(state, &window))
		return -EINVAL;
	record->carveout.windows[slot] = window;
	return 0;
}

static int parse_writer(const char *text, struct carveout_snapshot *carveout)
{
	carveout->writer = strcmp(text, "guest") ? CARVEOUT_DOM0 :
						   CARVEOUT_GUEST;
	return carveout->writer == CARVEOUT_GUEST || !strcmp(text, "dom0") ?
		       0 :
		       -EINVAL;
}

static const struct {
	const char *name;
	size_t offset, size; /* of an unsigned number */
} number_keys[] = {
#define KEY(name, field)                                               \
	{                                                              \
		name, offsetof(struct carveout_snapshot, field),       \
			sizeof(((struct carveout_snapshot *)0)->field) \
	}
	KEY("loads", guest_loads),  KEY("written", written),
	KEY("dirty", dirty),	    KEY("opened", last_opened),
	KEY("closed", last_closed), KEY("verified", verified),
	KEY("rejected", rejected),
#undef KEY
};
#define NUMBER_KEYS (sizeof(number_keys) / sizeof(number_keys[0]))

/* Of a later manager, which says by the format that this does no harm. */
static void overlook(const struct record *record, const char *key,
		     size_t length)
{
	log_warning(
		"domain %u: the record of its carveout %u has a key that this hv-mgr does not know, and goes without: %.*s",
		record->domid, record->number, (int)length, key);
}

static int parse_number_key(const char *key, const char *value,
			    struct record *record)
{
	size_t i = 0;
	uint64_t number, max;

	while (i < NUMBER_KEYS && strcmp(key, number_keys[i].name))
		i++;
	if (i == NUMBER_KEYS) {
		overlook(record, key, strlen(key));
		return 0;
	}
	max = number_keys[i].size == sizeof(bool)     ? 1 :
	      number_keys[i].size == sizeof(uint32_t) ? UINT32_MAX :
							UINT64_MAX;
	if (decimal_read(value, max, &number))
		return -EINVAL;
	/* Little-endian, as every host of Xen's is that we run on. */
	memcpy((char *)&record->carveout + number_keys[i].offset, &number,
	       number_keys[i].size);
	return 0;
}

static int parse_vault(const char *text, struct record *record)
{
	uint64_t domid;

	if (decimal_read(text, DOMIDS - 1, &domid))
		return -EINVAL;
	record->vault = (hv_domid)domid;
	return 0;
}

static int parse_key(const char *key, const char *value, struct record *record)
{
	if (!strcmp(key, "vault"))
		return parse_vault(value, record);
	if (!strcmp(key, "window"))
		return parse_window(value, record);
	if (!strcmp(key, "writer"))
		return parse_writer(value, &record->carveout);
	return parse_number_key(key, value, record);
}

static int parse_keys(char *rest, struct record *record)
{
	int rc = 0;

	for (char *key = strtok_r(NULL, " ", &rest); !rc && key;
	     key = strtok_r(NULL, " ", &rest)) {
		char *value = strchr(key, '=');

		if (!value)
			return -EINVAL;
		*value++ = '\0';
		rc = parse_key(key, value, record);
	}
	return rc;
}

static int parse_state(char *rest, struct record *record)
{
	struct carveout_snapshot *carveout = &record->carveout;
	uint64_t size = record->stanza.size;
	char *name = strtok_r(NULL, " ", &rest);
	char *length = strtok_r(NULL, " ", &rest);
	char *digest = strtok_r(NULL, " ", &rest);
	int rc;

	carveout->writer = CARVEOUT_DOM0;
	carveout->dirty = size;
	if (!name || !length || !digest)
		return -EINVAL;
	if (decimal_read(length, size, &carveout->length))
		return -EINVAL;
	rc = parse_state_name(name, &carveout->state);
	if (!rc && !hex_read(digest, carveout->digest, MEASURE_DIGEST_SIZE))
		rc = -EINVAL;
	if (!rc)
		rc = parse_keys(rest, record);
	if (carveout->written > size || carveout->dirty > size)
		return -EINVAL;
	return rc;
}

/* Of a stanza as stanza_format() makes it, with no blanks; else it is refused
 * as a whole. */
static void drop_unknown_keys(const struct record *record, char *text)
{
	char *to = text;
	size_t length;

	for (const char *key = text; *key; key += length) {
		length = strcspn(key, ",");
		length += key[length] == ',';
		if (stanza_has_key(key)) {
			memmove(to, key, length);
			to += length;
			continue;
		}
		overlook(record, key, length);
	}
	if (to > text && to[-1] == ',')
		to--;
	*to = '\0';
}

#define NO_VAULT DOMIDS

/* A stanza may leave places to be chosen; a record says what they became. */
static bool is_placed(const struct record *record)
{
	const struct stanza *stanza = &record->stanza;

	if (stanza->backing == STANZA_POOL && (!*stanza->pool || !stanza->at))
		return false;
	if (stanza->backing == STANZA_VAULT && record->vault == NO_VAULT)
		return false;
	return stanza->gpa;
}

int record_load(const struct record_slot *slot, struct record *record)
{
	struct record_name name;
	char text[RECORD_TEXT_MAX], why[256];
	char *rest, *stanza;
	int rc;

	memset(record, 0, sizeof(*record));
	if (!record_name(slot, &name))
		return -EINVAL;
	record->domid = name.domid;
	record->number = name.number;
	record->vault = NO_VAULT;
	strcpy(text, record_slot_text(slot));
	stanza = strtok_r(text, " ", &rest);
	if (!stanza)
		return -EINVAL;
	drop_unknown_keys(record, stanza);
	rc = stanza_parse(stanza, &record->stanza, SENTENCE(why));
	if (!rc)
		rc = parse_state(rest, record);
	if (!rc && !is_placed(record))
		rc = -EINVAL;
	if (record->stanza.backing != STANZA_VAULT)
		record->vault = 0;
	return rc;
}

static int parse_pause(const char *text, enum record_pause *pause)
{
	for (size_t i = 0; i < PAUSES; i++) {
		*pause = (enum record_pause)i;
		if (!strcmp(text, pauses[i]))
			return 0;
	}
	return -EINVAL;
}

/* What comes after that is of a later manager, and does no harm. */
int record_load_guest(const struct record_slot *slot,
		      struct record_guest *guest)
{
	const char *text = record_slot_text(slot);
	char format[16], pause[16];
	uint64_t number;

	memset(guest, 0, sizeof(*guest));
	if (sscanf(text, "%15s", format) != 1 ||
	    decimal_read(format, UINT32_MAX, &number) ||
	    number != RECORD_FORMAT)
		return -EPROTONOSUPPORT;
	if (sscanf(text,
		   "%*s pause=%15s allowance=%" SCNu64 ":%" SCNu64 ":%" SCNu64,
		   pause, &guest->allowance.baseline, &guest->allowance.now,
		   &guest->allowance.most) != 4)
		return -EINVAL;
	return parse_pause(pause, &guest->pause);
}
