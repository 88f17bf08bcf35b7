// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/record.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
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

static struct store_path tenant_path(const struct hv_handle *handle)
{
	return store_path(RECORD_ROOT "/%s", uuid_text(handle).text);
}

static struct store_path device_path(const struct hv_handle *handle,
				     unsigned int number)
{
	return store_path(RECORD_ROOT "/%s/%u", uuid_text(handle).text, number);
}

/* The root is made readable by nobody else; what is below inherits that. */
int record_tenant(const struct tenant *tenant)
{
	struct xs_handle *xs = tenant->manager->xs;
	struct store_path path = tenant_path(&tenant->handle);
	int rc;

	if (!xs_mkdir(xs, XBT_NULL, RECORD_ROOT))
		return -errno;
	rc = store_permit(xs, XBT_NULL, RECORD_ROOT, 0, -1);
	if (rc)
		return rc;
	return store_write(xs, XBT_NULL, path.text, "domid", "%u",
			   tenant->guest.domid);
}

/*
 * Says whether the guest was running before, so that a next manager knows if
 * there is a pause of ours to undo.
 */
int record_pause(const struct tenant *tenant, bool paused)
{
	struct xs_handle *xs = tenant->manager->xs;
	struct store_path path = tenant_path(&tenant->handle);
	struct hv_domain domain;
	int rc;

	if (!paused)
		return store_remove(xs, store_path("%s/pause", path.text).text);
	rc = hv_domain_get(tenant->guest.hv, tenant->guest.domid, &domain);
	if (rc)
		return rc;
	return store_write(xs, XBT_NULL, path.text, "pause", "%s",
			   domain.paused ? "nested" : "ours");
}

static void stanza_text(const struct device *device, char *text, size_t room)
{
	const struct stanza *stanza = &device->stanza;
	size_t used;

	used = (size_t)snprintf(text, room,
				"name=%s,size=%llu,window=%u,windows=%u,"
				"gpa=%llu,guest-reset=%u",
				stanza->name, ull(stanza->size), stanza->window,
				stanza->windows,
				ull(device->carveout.config.base),
				stanza->guest_reset);
	if (stanza->expected_size)
		used += (size_t)snprintf(text + used, room - used,
					 ",expected-size=%llu",
					 ull(stanza->expected_size));
	if (stanza->backing == STANZA_POOL)
		snprintf(text + used, room - used,
			 ",backing=pool,pool=%s,at=%llu", stanza->pool,
			 ull(stanza->at));
}

static void state_text(const struct device *device, char *text, size_t room)
{
	const struct carveout *carveout = &device->carveout;
	bool sealed = carveout->state == CARVEOUT_SEALED;
	size_t used;

	used = (size_t)snprintf(text, room, "%s %llu ",
				carveout_state_name(carveout->state),
				ull(sealed ? carveout->length : 0));
	for (int i = 0; i < MEASURE_DIGEST_SIZE; i++)
		used += (size_t)snprintf(text + used, room - used, "%02x",
					 sealed ? carveout->digest[i] : 0);
	for (int i = 0; i < CARVEOUT_WINDOWS; i++) {
		const struct carveout_window *window = &carveout->windows[i];

		if (window->state == WINDOW_FREE)
			continue;
		used += (size_t)snprintf(text + used, room - used, " %llu+%u",
					 ull(window->memory.offset),
					 window->memory.length);
	}
}

int record_state(const struct device *device)
{
	const struct tenant *tenant = device->tenant;
	struct store_path path = device_path(&tenant->handle, device->number);
	char text[512];
	int rc;

	state_text(device, text, sizeof(text));
	rc = store_write(tenant->manager->xs, XBT_NULL, path.text, "state",
			 "%s", text);
	if (rc)
		log_error(
			"carveout %s of domain %u: cannot write its record to xenstore: errno %d",
			device->stanza.name, tenant->guest.domid, -rc);
	return rc;
}

int record_device(const struct device *device)
{
	struct xs_handle *xs = device->tenant->manager->xs;
	struct store_path path =
		device_path(&device->tenant->handle, device->number);
	char text[512];
	int rc;

	rc = record_state(device);
	if (rc)
		return rc;
	if (device->stanza.backing == STANZA_VAULT)
		rc = store_write(xs, XBT_NULL, path.text, "vault", "%u",
				 device->vault);
	if (rc)
		return rc;
	stanza_text(device, text, sizeof(text));
	return store_write(xs, XBT_NULL, path.text, "stanza", "%s", text);
}

int record_forget_device(const struct device *device)
{
	return store_remove(
		device->tenant->manager->xs,
		device_path(&device->tenant->handle, device->number).text);
}

int record_forget_tenant(struct xs_handle *xs, const struct hv_handle *handle)
{
	int rc = store_remove(xs, tenant_path(handle).text);

	store_remove_if_empty(xs, RECORD_ROOT);
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

static int parse_digest(const char *hex, uint8_t *digest)
{
	if (strlen(hex) != 2 * MEASURE_DIGEST_SIZE)
		return -EINVAL;
	for (int i = 0; i < MEASURE_DIGEST_SIZE; i++)
		if (sscanf(hex + 2 * i, "%2hhx", &digest[i]) != 1)
			return -EINVAL;
	return 0;
}

static int parse_window(const char *text, struct record *record)
{
	struct backing_window *window;

	if (record->window_count == CARVEOUT_WINDOWS)
		return -EINVAL;
	window = &record->windows[record->window_count];
	*window = (struct backing_window){ 0 };
	if (sscanf(text, "%" SCNu64 "+%" SCNu32, &window->offset,
		   &window->length) != 2)
		return -EINVAL;
	if (!range_page_aligned(window->offset) ||
	    !range_page_aligned(window->length) || !window->length ||
	    !range_within(window->offset, window->length, record->stanza.size))
		return -EINVAL;
	record->window_count++;
	return 0;
}

static int parse_state(char *text, struct record *record)
{
	char *rest = NULL;
	char *name = strtok_r(text, " ", &rest);
	char *length = strtok_r(NULL, " ", &rest);
	char *digest = strtok_r(NULL, " ", &rest);
	int rc;

	if (!name || !length || !digest ||
	    sscanf(length, "%" SCNu64, &record->length) != 1)
		return -EINVAL;
	rc = parse_state_name(name, &record->state);
	if (!rc)
		rc = parse_digest(digest, record->digest);
	for (char *window = strtok_r(NULL, " ", &rest); !rc && window;
	     window = strtok_r(NULL, " ", &rest))
		rc = parse_window(window, record);
	if (!rc && record->length > record->stanza.size)
		rc = -EINVAL;
	return rc;
}

/* A stanza may leave places to be chosen; a record says what they became. */
static bool is_placed(const struct stanza *stanza)
{
	if (stanza->backing == STANZA_POOL && (!*stanza->pool || !stanza->at))
		return false;
	return stanza->gpa;
}

int record_load(struct xs_handle *xs, const struct hv_handle *handle,
		unsigned int number, struct record *record)
{
	struct store_path path = device_path(handle, number);
	char text[512];
	char why[256];
	uint64_t vault = 0;
	int rc;

	memset(record, 0, sizeof(*record));
	record->number = number;
	rc = store_read(xs, path.text, "stanza", text, sizeof(text));
	if (!rc)
		rc = stanza_parse(text, &record->stanza, why, sizeof(why));
	if (!rc && record->stanza.backing == STANZA_VAULT)
		rc = store_read_number(xs, path.text, "vault", 0x7fef, &vault);
	if (!rc && !is_placed(&record->stanza))
		rc = -EINVAL;
	if (!rc)
		record->vault = (hv_domid)vault;
	if (!rc)
		rc = store_read(xs, path.text, "state", text, sizeof(text));
	return rc ? rc : parse_state(text, record);
}
