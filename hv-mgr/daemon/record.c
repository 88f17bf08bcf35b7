// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/record.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hex.h"
#include "base/log.h"
#include "daemon/device.h"
#include "daemon/label.h"
#include "daemon/tenant.h"
#include "range.h"

struct uuid_text uuid_text(const struct hv_handle *handle)
{
	struct uuid_text uuid;
	char *out = uuid.text;

	for (int i = 0; i < 16; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*out++ = '-';
		out += sprintf(out, "%02x", handle->byte[i]);
	}
	return uuid;
}

/* What is not as uuid_text() writes it names no record. */
bool uuid_parse(const char *text, struct hv_handle *handle)
{
	const char *at = text;
	int used;

	for (int i = 0; i < 16; i++) {
		if (*at == '-')
			at++;
		if (sscanf(at, "%2hhx%n", &handle->byte[i], &used) != 1)
			return false;
		at += used;
	}
	return !strcmp(text, uuid_text(handle).text);
}

/* Four windows take most of it. */
#define RECORD_MAX 1024

static struct store_path uuid_path(const struct hv_handle *handle)
{
	return store_path(RECORD_ROOT "/%s", uuid_text(handle).text);
}

struct store_path record_path(const struct hv_handle *handle, hv_domid domid)
{
	return store_path("%s/%u", uuid_path(handle).text, domid);
}

static struct store_path tenant_path(const struct tenant *tenant)
{
	return record_path(&tenant->handle, tenant->guest.domid);
}

static struct store_path device_path(const struct device *device)
{
	return store_path("%s/%u", tenant_path(device->tenant).text,
			  device->number);
}

/* The root is made readable by nobody else; what is below inherits that. */
int record_make_root(struct xs_handle *xs)
{
	if (!xs_mkdir(xs, XBT_NULL, RECORD_ROOT))
		return -errno;
	return store_permit(xs, XBT_NULL, RECORD_ROOT, 0, -1);
}

int record_tenant(const struct tenant *tenant)
{
	return store_write(tenant->manager->xs, XBT_NULL,
			   tenant_path(tenant).text, "format", "%d",
			   RECORD_FORMAT);
}

/*
 * Says whether the guest was running before, so that a next manager knows if
 * there is a pause of ours to undo.
 */
int record_pause(const struct tenant *tenant, bool paused)
{
	struct xs_handle *xs = tenant->manager->xs;
	struct store_path path = tenant_path(tenant);
	struct hv_domain domain;
	int rc;

	if (!paused)
		return store_remove(xs, XBT_NULL,
				    store_path("%s/pause", path.text).text);
	rc = hv_domain_get(tenant->guest.hv, tenant->guest.domid, &domain);
	if (rc)
		return rc;
	return store_write(xs, XBT_NULL, path.text, "pause", "%s",
			   domain.paused ? "nested" : "ours");
}

int record_allowance(const struct tenant *tenant,
		     const struct record_allowance *allowance)
{
	return store_write(tenant->manager->xs, XBT_NULL,
			   tenant_path(tenant).text, "allowance",
			   "%llu %llu %llu", ull(allowance->baseline),
			   ull(allowance->now), ull(allowance->most));
}

int record_load_allowance(const struct tenant *tenant,
			  struct record_allowance *allowance)
{
	char text[72];
	char end;
	int rc;

	rc = store_read(tenant->manager->xs, tenant_path(tenant).text,
			"allowance", text, sizeof(text));
	if (!rc && sscanf(text, "%" SCNu64 " %" SCNu64 " %" SCNu64 "%c",
			  &allowance->baseline, &allowance->now,
			  &allowance->most, &end) != 3)
		rc = -EINVAL;
	return rc;
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

static void state_text(const struct device *device, char *room, size_t size)
{
	const struct carveout_snapshot from =
		carveout_snapshot(&device->carveout);
	struct text text = { room, size };
	char digest[2 * MEASURE_DIGEST_SIZE + 1];

	hex_write(digest, from.digest, MEASURE_DIGEST_SIZE);
	add(&text,
	    "%s %llu %s writer=%s loads=%d written=%llu ahead=%llu dirty=%llu opened=%u closed=%u",
	    carveout_state_name(from.state), ull(from.length), digest,
	    from.writer == CARVEOUT_GUEST ? "guest" : "dom0", from.guest_loads,
	    ull(from.written), ull(from.ahead), ull(from.dirty),
	    from.last_opened, from.last_closed);
	for (int i = 0; i < CARVEOUT_WINDOWS; i++)
		add_window(&text, i, &from.windows[i]);
}

static int write_state(struct xs_handle *xs, xs_transaction_t t,
		       const struct device *device)
{
	struct store_path path = device_path(device);
	char text[RECORD_MAX];
	int rc;

	state_text(device, text, sizeof(text));
	rc = store_write(xs, t, path.text, "state", "%s", text);
	if (rc)
		log_error("%s: cannot write its record to xenstore: errno %d",
			  label_of_device(device).text, -rc);
	return rc;
}

int record_state(const struct device *device)
{
	return write_state(device->tenant->manager->xs, XBT_NULL, device);
}

static int write_device(struct xs_handle *xs, xs_transaction_t t, void *context)
{
	const struct device *device = context;
	struct store_path path = device_path(device);
	char text[RECORD_MAX];
	int rc;

	rc = write_state(xs, t, device);
	if (!rc && device->stanza.backing == STANZA_VAULT)
		rc = store_write(xs, t, path.text, "vault", "%u",
				 device->vault);
	if (rc)
		return rc;
	rc = stanza_format(&device->stanza, text, sizeof(text));
	return rc ? rc : store_write(xs, t, path.text, "stanza", "%s", text);
}

/* At once: half a record is one that cannot be used. */
int record_device(struct device *device)
{
	return store_transaction(device->tenant->manager->xs, write_device,
				 device);
}

int record_forget_device(const struct device *device)
{
	return store_remove(device->tenant->manager->xs, XBT_NULL,
			    device_path(device).text);
}

int record_forget_tenant(struct xs_handle *xs, const struct hv_handle *handle,
			 hv_domid domid)
{
	int rc = store_remove(xs, XBT_NULL, record_path(handle, domid).text);

	return rc ? rc : store_remove_if_empty(xs, uuid_path(handle).text);
}

/* ---- records of nobody's ---- */

static bool has_device(const struct tenant *tenant, unsigned int number)
{
	for (const struct device *d = tenant->devices; d; d = d->next)
		if (d->number == number)
			return true;
	return false;
}

/* Of what is recorded of a guest, only a device's name is a number. */
static bool is_stray(const struct tenant *tenant, const char *name)
{
	uint64_t number;

	return !store_number(name, UINT32_MAX, &number) &&
	       !has_device(tenant, (unsigned int)number);
}

static bool drop_devices(const struct tenant *tenant)
{
	struct xs_handle *xs = tenant->manager->xs;
	struct store_path path = tenant_path(tenant);
	unsigned int count;
	char **names = xs_directory(xs, XBT_NULL, path.text, &count);
	bool more = !names && errno != ENOENT;

	for (unsigned int i = 0; names && i < count; i++)
		if (is_stray(tenant, names[i]))
			more |= store_remove(xs, XBT_NULL,
					     store_path("%s/%s", path.text,
							names[i])
						     .text) != 0;
	free(names);
	return more;
}

/* NULL: it is of a guest that there is not. */
static const struct tenant *owner_of(const struct manager *manager,
				     const struct hv_handle *handle,
				     const char *name)
{
	const struct tenant *tenant;
	uint64_t domid;

	if (store_number(name, DOMIDS - 1, &domid))
		return NULL;
	tenant = manager->domids->guest[domid];
	return tenant && !memcmp(&tenant->handle, handle, sizeof(*handle)) ?
		       tenant :
		       NULL;
}

static bool drop_of_guest(struct manager *manager,
			  const struct hv_handle *handle, const char *directory,
			  const char *name)
{
	const struct tenant *tenant = owner_of(manager, handle, name);

	if (tenant)
		return drop_devices(tenant);
	return store_remove(manager->xs, XBT_NULL,
			    store_path("%s/%s", directory, name).text) != 0;
}

static bool drop_of_uuid(struct manager *manager, const char *uuid)
{
	struct store_path path = store_path(RECORD_ROOT "/%s", uuid);
	struct hv_handle handle;
	unsigned int count;
	char **guests;
	bool more;

	if (!uuid_parse(uuid, &handle))
		return false;
	guests = xs_directory(manager->xs, XBT_NULL, path.text, &count);
	more = !guests && errno != ENOENT;
	for (unsigned int i = 0; guests && i < count; i++)
		more |= drop_of_guest(manager, &handle, path.text, guests[i]);
	free(guests);
	return store_remove_if_empty(manager->xs, path.text) || more;
}

bool record_drop_strays(struct manager *manager)
{
	unsigned int count;
	char **uuids = xs_directory(manager->xs, XBT_NULL, RECORD_ROOT, &count);
	bool more = !uuids && errno != ENOENT;

	for (unsigned int i = 0; uuids && i < count; i++)
		more |= drop_of_uuid(manager, uuids[i]);
	free(uuids);
	return more;
}

/* ---- doubt ---- */

int record_format(struct xs_handle *xs, const char *path)
{
	uint64_t format;
	int rc = store_read_number(xs, path, "format", UINT32_MAX, &format);

	if (rc == -ENOENT || rc == -EINVAL || rc == -ERANGE)
		return -EPROTONOSUPPORT;
	if (rc)
		return rc;
	return format == RECORD_FORMAT ? 0 : -EPROTONOSUPPORT;
}

/* A record without a domid, as before format 1, is of any guest of its UUID. */
static bool may_be_of(const struct tenant *tenant, const char *path)
{
	char format[16];

	return !strcmp(tenant_path(tenant).text, path) ||
	       store_read(tenant->manager->xs, path, "format", format,
			  sizeof(format)) == -ENOENT;
}

static bool has_strays(const struct tenant *tenant, const char *path)
{
	unsigned int count;
	char **names =
		xs_directory(tenant->manager->xs, XBT_NULL, path, &count);
	bool found = !names;

	for (unsigned int i = 0; names && i < count; i++)
		found |= is_stray(tenant, names[i]);
	free(names);
	return found;
}

static bool is_unread(const struct tenant *tenant, const char *path)
{
	return may_be_of(tenant, path) &&
	       (record_format(tenant->manager->xs, path) ||
		has_strays(tenant, path));
}

int record_in_doubt(const struct tenant *tenant)
{
	struct store_path path = uuid_path(&tenant->handle);
	unsigned int count;
	char **guests;
	int rc = 0;

	if (!tenant->manager->records_doubted)
		return 0;
	guests = xs_directory(tenant->manager->xs, XBT_NULL, path.text, &count);
	if (!guests)
		return errno == ENOENT ? 0 : -errno;
	for (unsigned int i = 0; i < count; i++)
		if (is_unread(tenant,
			      store_path("%s/%s", path.text, guests[i]).text))
			rc = -EBUSY;
	free(guests);
	return rc;
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
	KEY("ahead", ahead),	    KEY("dirty", dirty),
	KEY("opened", last_opened), KEY("closed", last_closed),
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
	if (store_number(value, max, &number))
		return -EINVAL;
	/* Little-endian, as every host of Xen's is that we run on. */
	memcpy((char *)&record->carveout + number_keys[i].offset, &number,
	       number_keys[i].size);
	return 0;
}

static int parse_key(const char *key, const char *value, struct record *record)
{
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

static int parse_state(char *text, struct record *record)
{
	struct carveout_snapshot *carveout = &record->carveout;
	uint64_t size = record->stanza.size;
	char *rest = NULL;
	char *name = strtok_r(text, " ", &rest);
	char *length = strtok_r(NULL, " ", &rest);
	char *digest = strtok_r(NULL, " ", &rest);
	int rc;

	carveout->writer = CARVEOUT_DOM0;
	carveout->dirty = size;
	if (!name || !length || !digest)
		return -EINVAL;
	if (store_number(length, size, &carveout->length))
		return -EINVAL;
	rc = parse_state_name(name, &carveout->state);
	if (!rc && !hex_read(digest, carveout->digest, MEASURE_DIGEST_SIZE))
		rc = -EINVAL;
	if (!rc)
		rc = parse_keys(rest, record);
	if (carveout->written > size || carveout->ahead > size ||
	    carveout->dirty > size)
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

/* A stanza may leave places to be chosen; a record says what they became. */
static bool is_placed(const struct stanza *stanza)
{
	if (stanza->backing == STANZA_POOL && (!*stanza->pool || !stanza->at))
		return false;
	return stanza->gpa;
}

int record_load(struct xs_handle *xs, const struct hv_handle *handle,
		hv_domid domid, unsigned int number, struct record *record)
{
	struct store_path path =
		store_path("%s/%u", record_path(handle, domid).text, number);
	char text[RECORD_MAX];
	char why[256];
	uint64_t vault = 0;
	int rc;

	memset(record, 0, sizeof(*record));
	record->domid = domid;
	record->number = number;
	rc = store_read(xs, path.text, "stanza", text, sizeof(text));
	if (!rc)
		drop_unknown_keys(record, text);
	if (!rc)
		rc = stanza_parse(text, &record->stanza, SENTENCE(why));
	if (!rc && record->stanza.backing == STANZA_VAULT)
		rc = store_read_number(xs, path.text, "vault", DOMIDS - 1,
				       &vault);
	if (!rc && !is_placed(&record->stanza))
		rc = -EINVAL;
	if (!rc)
		record->vault = (hv_domid)vault;
	if (!rc)
		rc = store_read(xs, path.text, "state", text, sizeof(text));
	return rc ? rc : parse_state(text, record);
}
