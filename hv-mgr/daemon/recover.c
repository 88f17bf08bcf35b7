// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/recover.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "daemon/content.h"
#include "daemon/device.h"
#include "daemon/pools.h"
#include "daemon/record.h"
#include "daemon/tenant.h"
#include "daemon/vaults.h"

/*
 * A guest that its manager paused to open a window and that was left so: run it
 * again.  "nested": somebody else had paused it before, and means it; one of
 * the two pauses is undone.
 */
static void undo_pause(struct tenant *tenant)
{
	struct store_path path =
		store_path(RECORD_ROOT "/%s", uuid_text(&tenant->handle).text);
	struct hv_domain domain;
	char value[16];

	if (store_read(tenant->manager->xs, path.text, "pause", value,
		       sizeof(value)))
		return;
	if (!hv_domain_get(tenant->guest.hv, tenant->guest.domid, &domain) &&
	    domain.paused && !strcmp(value, "ours"))
		hv_domain_unpause(tenant->guest.hv, tenant->guest.domid);
	record_pause(tenant, false);
}

static int adopt(struct device *device, const struct record *record)
{
	struct carveout_config config = device->carveout.config;
	struct backing *backing;
	int rc;

	rc = content_adopt(device, record, &backing);
	if (rc)
		return rc;
	rc = carveout_init(&device->carveout, &config, &device->owner, backing,
			   device->tenant->manager->buffer, false);
	if (rc) {
		backing->ops->leave(backing);
		return rc;
	}
	rc = carveout_resume(&device->carveout, record->state, record->length,
			     record->digest, record->windows,
			     record->window_count);
	if (rc)
		log_error(
			"carveout %s: a window could not be withdrawn: errno %d",
			device->stanza.name, -rc);
	device->tenant->guest.window_pages +=
		content_guest_pages(&device->stanza);
	if (content_publish(device))
		log_warning("vault %u: xl may not know it by name",
			    device->vault);
	return 0;
}

/*
 * A vault is told by its handle, and destroyed.  Frames of a pool that a guest
 * may still have cannot be told from free ones; the record stays, so that the
 * next manager doubts them too.
 */
static bool doubt(struct tenant *tenant, const struct stanza *stanza)
{
	if (*stanza->name && stanza->backing != STANZA_POOL)
		return false;
	pools_suspect(tenant->manager, tenant->guest.domid);
	return true;
}

static void drop(struct device *device, int rc)
{
	struct tenant *tenant = device->tenant;

	log_error("carveout %s of domain %u: %s is gone (errno %d): detached",
		  device->stanza.name, tenant->guest.domid,
		  content_text(device).text, -rc);
	device_unpublish(device);
	if (!doubt(tenant, &device->stanza))
		record_forget_device(device);
	device_free(device);
}

static void recover_device(struct tenant *tenant, unsigned int number)
{
	struct record record;
	struct device *device = NULL;
	int rc;

	rc = record_load(tenant->manager->xs, &tenant->handle, number, &record);
	if (!rc)
		device = device_new(tenant, number, &record.stanza,
				    record.stanza.gpa);
	if (!device) {
		log_error(
			"the record of carveout %u of domain %u is unusable (errno %d): it is dropped",
			number, tenant->guest.domid, rc ? -rc : ENOMEM);
		doubt(tenant, &record.stanza);
		return;
	}
	rc = adopt(device, &record);
	if (!rc)
		rc = device_republish(device);
	if (rc) {
		drop(device, rc);
		return;
	}
	log_info("carveout %s of domain %u taken up: %s", record.stanza.name,
		 tenant->guest.domid,
		 carveout_state_name(device->carveout.state));
}

static void recover_devices(struct tenant *tenant)
{
	struct store_path path =
		store_path(RECORD_ROOT "/%s", uuid_text(&tenant->handle).text);
	unsigned int count, number;
	char **children;
	char end;

	children =
		xs_directory(tenant->manager->xs, XBT_NULL, path.text, &count);
	for (unsigned int i = 0; children && i < count; i++)
		if (sscanf(children[i], "%u%c", &number, &end) == 1)
			recover_device(tenant, number);
	free(children);
}

/*
 * max_pages as found includes our windows if the last manager got that far,
 * and says nothing of who set it: the allowance is kept as it is.
 */
static void fix_baseline(struct tenant *tenant)
{
	if (tenant->guest.baseline_pages > tenant->guest.window_pages)
		tenant->guest.baseline_pages -= tenant->guest.window_pages;
}

static void recover_tenant(struct manager *manager, const char *uuid)
{
	struct store_path path = store_path(RECORD_ROOT "/%s", uuid);
	struct hv_handle handle;
	struct hv_domain domain;
	struct tenant *tenant;
	uint64_t domid;

	if (!uuid_parse(uuid, &handle) ||
	    store_read_number(manager->xs, path.text, "domid", 0x7fef, &domid))
		return;
	if (hv_domain_get(manager->hv, (hv_domid)domid, &domain) ||
	    memcmp(&domain.handle, &handle, sizeof(handle)) || domain.dying ||
	    domain.gone_down) {
		log_info("guest %s is gone: its carveouts are released", uuid);
		record_forget_tenant(manager->xs, &handle);
		store_remove(manager->xs,
			     store_path("/local/domain/0/backend/carveout/%u",
					(unsigned int)domid)
				     .text);
		return;
	}
	tenant = tenant_new(manager, &domain);
	if (!tenant)
		return;
	undo_pause(tenant);
	recover_devices(tenant);
	fix_baseline(tenant);
	/* With its records; but one that has to be doubted keeps them. */
	if (!pools_suspects(manager, tenant->guest.domid))
		tenant_free_if_empty(tenant);
}

void recover(struct manager *manager)
{
	unsigned int count;
	char **children;

	children = xs_directory(manager->xs, XBT_NULL, RECORD_ROOT, &count);
	for (unsigned int i = 0; children && i < count; i++)
		recover_tenant(manager, children[i]);
	free(children);
	pools_settle(manager);
	vaults_destroy_orphans(manager);
}
