// SPDX-License-Identifier: GPL-2.0-only
/*
 * A carveout, in a reply:
 *   domid, domain (name), uuid, device (number), name, state ("LOADING"),
 *   verdict ("verified" if it is SEALED for that, "rejected" if it FAILED for
 *   that, else null),
 *   connected (the guest's driver is), writer ("guest", "dom0" or null),
 *   verify ("none", or as in the stanza), roots (how many are named),
 *   base, size, window, windows (limit), windows_open, written, length,
 *   CARVEOUTIF_DIGEST (null unless SEALED), expected_size (null if not known),
 *   format ("auto", "raw", "elf" or "mbn"), guest_reset,
 *   backing ("vault" or "pool"), vault (its domid, or null),
 *   of a pool's also: pool (its name), address (host-physical),
 *   work (null, "scrub", "trim", "measure" or "verify"), position, end,
 *   errno (0 or positive), error (null or a sentence), counters: { ... }
 *
 * pool-list's: problem (null or a sentence), pools: [ { name, address, size,
 *   free, dirty, largest, ranges, problem, carveouts: [ { domid, domain, name,
 *   address, size } ] } ]
 *
 * info's: version, pid, xen and built_for_xen ("4.17"), scrubs_freed_pages,
 *   hypercalls, phases: { NAME: { ns, count } } (base/phase.h), address_bits,
 *   free_bytes
 */
#include "daemon/report.h"

#include <stdio.h>
#include <unistd.h>

#include "base/hex.h"
#include "base/phase.h"
#include "control/fields.h"
#include "daemon/device.h"
#include "daemon/pools.h"
#include "daemon/ring.h"
#include "daemon/tenant.h"
#include "daemon/uuid.h"

static const char *work_name(enum carveout_work work)
{
	switch (work) {
	case WORK_NONE:
		return NULL;
	case WORK_SCRUB:
		return "scrub";
	case WORK_TRIM:
		return "trim";
	case WORK_MEASURE:
		return "measure";
	case WORK_EXAMINE:
	case WORK_AWAIT:
		return "verify";
	}
	return NULL;
}

static const char *writer_name(const struct carveout *carveout)
{
	if (carveout->state != CARVEOUT_LOADING)
		return NULL;
	return carveout->writer == CARVEOUT_GUEST ? "guest" : "dom0";
}

static const char *verdict_name(const struct carveout *carveout)
{
	if (carveout_is_rejected(carveout))
		return "rejected";
	return carveout->state == CARVEOUT_SEALED && carveout->verified ?
		       "verified" :
		       NULL;
}

static void add_place(struct json_object *object, const struct device *device)
{
	if (device->stanza.backing == STANZA_VAULT) {
		field_string(object, "backing", "vault");
		field_number(object, "vault", device->vault);
		return;
	}
	field_string(object, "backing", "pool");
	field_string(object, "vault", NULL);
	field_string(object, "pool", device->stanza.pool);
	field_number(object, "address", device->stanza.at);
}

static void add_identity(struct json_object *object,
			 const struct device *device)
{
	const struct tenant *tenant = device->tenant;

	field_number(object, "domid", tenant->guest.domid);
	field_string(object, "domain", tenant->name);
	field_string(object, "uuid", uuid_text(&tenant->handle).text);
	field_number(object, "device", device->number);
	field_string(object, "name", device->stanza.name);
	add_place(object, device);
	field_string(object, "format",
		     image_format_name(device->stanza.format));
	field_bool(object, "connected", device->ring != NULL);
}

static void add_limits(struct json_object *object,
		       const struct carveout_config *config)
{
	field_number(object, "base", config->base);
	field_number(object, "size", config->size);
	field_number(object, "window", config->window_max);
	field_number(object, "windows", config->windows_max);
	if (config->expected_size)
		field_number(object, "expected_size", config->expected_size);
	else
		field_string(object, "expected_size", NULL);
	field_bool(object, "guest_reset", config->guest_reset);
}

static void add_verify(struct json_object *object, const struct verify *verify)
{
	char value[VERIFY_VALUE_MAX];

	verify_write(verify, value);
	field_string(object, "verify", value);
	field_number(object, "roots", verify->roots);
}

static void add_digest(struct json_object *object,
		       const struct carveout *carveout)
{
	char hex[2 * MEASURE_DIGEST_SIZE + 1];

	hex_write(hex, carveout->digest, MEASURE_DIGEST_SIZE);
	field_string(object, CARVEOUTIF_DIGEST,
		     carveout->state == CARVEOUT_SEALED ? hex : NULL);
}

static void add_state(struct json_object *object,
		      const struct carveout *carveout)
{
	bool sealed = carveout->state == CARVEOUT_SEALED;

	field_string(object, "state", carveout_state_name(carveout->state));
	field_string(object, "verdict", verdict_name(carveout));
	field_string(object, "writer", writer_name(carveout));
	field_number(object, "windows_open", carveout_windows_held(carveout));
	field_number(object, "written", carveout->written);
	field_number(object, "length", sealed ? carveout->length : 0);
	add_digest(object, carveout);
	field_string(object, "work", work_name(carveout->work));
	field_number(object, "position", carveout->position);
	field_number(object, "end", carveout->end);
	field_number(object, "errno", (uint64_t)-carveout->error);
	field_string(object, "error", carveout->why);
}

static void add_counters(struct json_object *object,
			 const struct carveout_counters *counters)
{
	struct json_object *json = json_object_new_object();

	field_number(json, "windows_opened", counters->windows_opened);
	field_number(json, "windows_committed", counters->windows_committed);
	field_number(json, "windows_revoked", counters->windows_revoked);
	field_number(json, "bytes_committed", counters->bytes_committed);
	field_number(json, "loads_sealed", counters->loads_sealed);
	field_number(json, "loads_failed", counters->loads_failed);
	json_object_object_add(object, "counters", json);
}

struct json_object *report_device(const struct device *device)
{
	struct json_object *object = json_object_new_object();

	add_identity(object, device);
	add_limits(object, &device->carveout.config);
	add_verify(object, &device->stanza.verify);
	add_state(object, &device->carveout);
	add_counters(object, &device->carveout.counters);
	return object;
}

struct json_object *report_progress(const struct device *device)
{
	const struct carveout *carveout = &device->carveout;
	struct json_object *object = json_object_new_object();
	struct json_object *progress = json_object_new_object();

	field_string(progress, "work", work_name(carveout->work));
	field_number(progress, "position", carveout->position);
	field_number(progress, "end", carveout->end);
	json_object_object_add(object, "progress", progress);
	return object;
}

/* ---- pools ---- */

static struct json_object *in_pool(const struct manager *manager,
				   const struct pool *pool)
{
	struct json_object *list = json_object_new_array();

	for (struct tenant *t = manager->tenants; t; t = t->next)
		for (struct device *d = t->devices; d; d = d->next) {
			struct json_object *object;

			if (d->pool != pool)
				continue;
			object = json_object_new_object();
			field_number(object, "domid", t->guest.domid);
			field_string(object, "domain", t->name);
			field_string(object, "name", d->stanza.name);
			field_number(object, "address", d->stanza.at);
			field_number(object, "size", d->stanza.size);
			json_object_array_add(list, object);
		}
	return list;
}

static struct json_object *report_pool(const struct manager *manager,
				       const struct host_pool *host)
{
	struct json_object *object = json_object_new_object();
	const char *problem = *host->node.problem ? host->node.problem : NULL;
	struct pool_space_usage usage = { 0 };

	if (!problem)
		usage = pool_space_usage(&host->pool.space);
	field_string(object, "name", host->node.name);
	field_number(object, "address", host->node.address);
	field_number(object, "size", host->node.size);
	field_number(object, "free", usage.free << HV_PAGE_SHIFT);
	field_number(object, "dirty", usage.dirty << HV_PAGE_SHIFT);
	field_number(object, "largest", usage.largest << HV_PAGE_SHIFT);
	field_number(object, "ranges", usage.ranges);
	json_object_object_add(object, "carveouts",
			       in_pool(manager, &host->pool));
	field_string(object, "problem", problem);
	return object;
}

void report_pools(const struct manager *manager, struct json_object *reply)
{
	const struct pools *pools = manager->pools;
	struct json_object *list = json_object_new_array();

	for (unsigned int i = 0; i < pools->count; i++)
		json_object_array_add(list,
				      report_pool(manager, &pools->at[i]));
	json_object_object_add(reply, "pools", list);
	field_string(reply, "problem", *pools->problem ? pools->problem : NULL);
}

/* ---- the host, and the manager on it ---- */

static void add_version(struct json_object *object, const char *key,
			unsigned int major, unsigned int minor)
{
	char text[32];

	snprintf(text, sizeof(text), "%u.%u", major, minor);
	field_string(object, key, text);
}

static struct json_object *phases(void)
{
	struct json_object *all = json_object_new_object();

	for (enum phase phase = 0; phase < PHASES; phase++) {
		const struct phase_sum sum = phase_sum(phase);
		struct json_object *one = json_object_new_object();

		field_number(one, "ns", sum.ns);
		field_number(one, "count", sum.count);
		json_object_object_add(all, sum.name, one);
	}
	return all;
}

void report_host(const struct manager *manager, struct json_object *reply)
{
	struct hv_host host = manager->host;

	hv_host_info(manager->hv, &host);
	field_string(reply, "version", HV_MGR_VERSION);
	field_number(reply, "pid", (uint64_t)getpid());
	add_version(reply, "xen", host.xen_major, host.xen_minor);
	add_version(reply, "built_for_xen", host.lib_major, host.lib_minor);
	field_bool(reply, "scrubs_freed_pages", host.scrubs_freed_pages);
	field_number(reply, "hypercalls",
		     hv_hypercalls(manager->hv) + ring_hypercalls());
	json_object_object_add(reply, "phases", phases());
	field_number(reply, "address_bits", host.address_bits);
	field_number(reply, "free_bytes", host.free_pages * HV_PAGE_SIZE);
}
