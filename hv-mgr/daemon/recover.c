// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/recover.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "daemon/content.h"
#include "daemon/device.h"
#include "daemon/label.h"
#include "daemon/pools.h"
#include "daemon/record.h"
#include "daemon/tenant.h"
#include "daemon/trail.h"
#include "daemon/uuid.h"
#include "daemon/vaults.h"
#include "daemon/xenbus.h"

/* ---- a pause ---- */

static bool is_paused(const struct tenant *tenant)
{
	struct hv_domain domain;

	return !hv_domain_get(tenant->guest.hv, tenant->guest.domid, &domain) &&
	       domain.paused;
}

/*
 * Not before those windows are gone for which the guest may have been paused.
 * Xen tells whether a domain is paused, not how often.  Where somebody else had
 * paused it as well, one unpause shows whether ours was there: if not, that was
 * the other's, and is put back.  (An admin who paused it after our note and
 * before our pause cannot be told from us.)
 */
void recover_pause(struct tenant *tenant)
{
	struct guest *guest = &tenant->guest;
	bool nested = tenant->recorded.pause == RECORD_NESTED;

	if (!tenant->found_paused || tenant->manager->records_doubted ||
	    tenant_is_exposed(tenant))
		return;
	tenant->found_paused = false;
	guest_undo_pause(guest);
	if (nested && !is_paused(tenant))
		hv_domain_pause(guest->hv, guest->domid);
}

/* ---- doubt ---- */

static void doubt(struct tenant *tenant, bool pooled)
{
	tenant->manager->records_doubted = true;
	if (pooled)
		pools_suspect(tenant->manager, tenant->guest.domid);
}

/* ---- devices ---- */

/* What is recorded of one, and where. */
struct found {
	struct record_slot *slot;
	struct record record;
};

static int adopt(struct device *device, const struct record *record)
{
	struct carveout_config config = device->carveout.config;
	struct backing *backing;
	int rc;

	rc = content_adopt(device, record, &backing);
	if (rc)
		return rc;
	rc = carveout_init(&device->carveout, &config, &device->owner, backing,
			   &device->tenant->manager->scratch, false);
	if (rc) {
		backing->ops->hand_over(backing);
		return rc;
	}
	trail_take_up(device, &record->carveout);
	rc = carveout_resume(&device->carveout, &record->carveout);
	if (rc)
		log_error(
			"%s: a window could not be withdrawn: errno %d; it is tried again",
			label_of_device(device).text, -rc);
	if (content_publish(device))
		log_warning("%s: xl may not know its vault, %u, by name",
			    label_of_device(device).text, device->vault);
	rc = xenbus_take_up(device);
	if (rc)
		log_error(
			"%s: its front end cannot be watched: errno %d; restart the manager",
			label_of_device(device).text, -rc);
	return 0;
}

/* The content is lost: what the guest may have of it goes too. */
static void detach_lost(struct device *device, const struct record *record,
			int rc)
{
	struct tenant *tenant = device->tenant;

	log_error("%s: %s is gone (errno %d): detached",
		  label_of_device(device).text, content_text(device).text, -rc);
	content_withdraw_lost(device, record);
	xenbus_unpublish(device);
	guest_release(&tenant->guest, content_guest_pages(&device->stanza),
		      device->stanza.size);
	record_forget_device(device);
	device_free(device);
}

/*
 * Whether its content is there is not known, nor what the guest can reach: all
 * of it stays, for a manager that can look.
 */
static void leave_alone(struct device *device, int rc)
{
	struct tenant *tenant = device->tenant;

	log_error(
		"%s: %s cannot be taken up (errno %d): it stays as it is; restart the manager",
		label_of_device(device).text, content_text(device).text, -rc);
	doubt(tenant, device->stanza.backing == STANZA_POOL);
	device_free(device);
}

static void recover_device(struct tenant *tenant, const struct found *found)
{
	const struct record *record = &found->record;
	struct device *device =
		device_new(tenant, record->number, &record->stanza);
	int rc;

	if (!device) {
		log_error(
			"%s: out of memory",
			label_of(tenant->guest.domid, record->stanza.name).text);
		doubt(tenant, true);
		return;
	}
	device->record = found->slot;
	rc = adopt(device, record);
	if (rc == -ESRCH) {
		detach_lost(device, record, rc);
		return;
	}
	if (rc) {
		leave_alone(device, rc);
		return;
	}
	log_info("%s taken up: %s", label_of_device(device).text,
		 carveout_state_name(device->carveout.state));
}

/*
 * A record that cannot be read may be of any vault, and of any frames of a
 * pool: it stays, and nothing that it may be about is touched.
 */
static bool load(struct tenant *tenant, const struct record_name *name,
		 struct found *found)
{
	int rc = record_load(found->slot, &found->record);

	if (!rc)
		return true;
	log_error(
		"domain %u: the record of its carveout %u is unusable (errno %d): what it is about stays as it is, until that domain is destroyed and the manager restarted",
		name->domid, name->number, -rc);
	doubt(tenant, true);
	return false;
}

static size_t load_all(struct tenant *tenant, struct found *found)
{
	struct record_slot *slot = NULL;
	struct record_name name;
	size_t count = 0;

	while ((slot = record_file_next(&tenant->manager->records, slot))) {
		if (count == STANZAS_MAX ||
		    !record_is_of(slot, &tenant->handle, tenant->guest.domid,
				  &name) ||
		    !name.of_device)
			continue;
		found[count].slot = slot;
		count += load(tenant, &name, &found[count]);
	}
	return count;
}

/*
 * max_pages as found is what the last manager set it to, or was about to
 * change; else the toolstack set it, as guest_check_allowance() says.
 */
static void recover_allowance(struct tenant *tenant, const struct found *found,
			      size_t count)
{
	struct guest *guest = &tenant->guest;
	const struct record_guest *was = &tenant->recorded;
	uint64_t pages = guest->baseline_pages;
	uint64_t baseline = was->allowance.baseline;

	for (size_t i = 0; i < count; i++)
		guest->window_pages +=
			content_guest_pages(&found[i].record.stanza);
	if (pages != was->allowance.now && pages != was->allowance.most)
		baseline = pages > guest->window_pages ?
				   pages - guest->window_pages :
				   pages;
	guest_take_up(guest, pages, baseline);
}

static bool has_unfinished_window(const struct record *record)
{
	for (int i = 0; i < CARVEOUT_WINDOWS; i++) {
		enum window_state state = record->carveout.windows[i].state;

		if (state == WINDOW_OPENING || state == WINDOW_GOING)
			return true;
	}
	return false;
}

/*
 * The guest is paused for a window that is opening or going; or for one of a
 * pool whose bytes were being kept, with a page in one of its frames that may
 * hold anybody's bytes (frames_evict()).  Nothing tells which: all of them go,
 * and their loads, before the guest runs.
 */
static void explain_pause(struct tenant *tenant, const struct found *found,
			  size_t count)
{
	bool explained = !tenant->found_paused;

	for (size_t i = 0; i < count; i++)
		explained |= has_unfinished_window(&found[i].record);
	for (struct device *d = tenant->devices; !explained && d; d = d->next)
		if (d->stanza.backing == STANZA_POOL)
			carveout_abort(
				&d->carveout, CARVEOUT_GUEST,
				"the manager was killed while it took a window");
}

static void recover_devices(struct tenant *tenant)
{
	struct found *found = calloc(STANZAS_MAX, sizeof(*found));
	size_t count;

	if (!found) {
		log_error("domain %u: out of memory for its records",
			  tenant->guest.domid);
		doubt(tenant, true);
		return;
	}
	count = load_all(tenant, found);
	recover_allowance(tenant, found, count);
	for (size_t i = 0; i < count; i++)
		recover_device(tenant, &found[i]);
	explain_pause(tenant, found, count);
	free(found);
}

/* ---- guests ---- */

/* Windows first: until those that were being opened or closed are gone, the
 * guest must not run. */
static void recover_guest(struct tenant *tenant)
{
	recover_devices(tenant);
	recover_pause(tenant);
	tenant_free_if_empty(tenant);
}

/*
 * The UUID tells a guest from another that has its domid by now, the domid from
 * others that have its UUID: its next incarnation, which has none of its
 * carveouts, or its twin.  -ESRCH: the guest is gone; others: who knows.
 */
static int find_guest(struct manager *manager, const struct record_name *name,
		      struct hv_domain *domain)
{
	int rc = hv_domain_get(manager->hv, name->domid, domain);

	if (rc)
		return rc;
	return tenant_lives(domain, &name->handle) ? 0 : -ESRCH;
}

static void forget_guest(struct manager *manager,
			 const struct record_name *name)
{
	log_info("guest %u (%s) is gone: its carveouts are released",
		 name->domid, uuid_text(&name->handle).text);
	record_forget_guest(manager, &name->handle, name->domid);
}

static void leave_guest_alone(struct manager *manager,
			      const struct record_name *name, int rc)
{
	if (rc == -EPROTONOSUPPORT)
		log_error(
			"what is recorded of domain %u (%s) was written by an hv-mgr of another version, whose records this one cannot read (it reads format %d): what it is about stays as it is; start that version, or destroy the domain and restart this one",
			name->domid, uuid_text(&name->handle).text,
			RECORD_FORMAT);
	else
		log_error(
			"domain %u (%s) or its records cannot be looked at (errno %d): its carveouts stay as they are; restart the manager",
			name->domid, uuid_text(&name->handle).text, -rc);
	manager->records_doubted = true;
	pools_suspect(manager, name->domid);
}

static int take_up(struct manager *manager, struct record_slot *slot,
		   const struct record_guest *recorded,
		   const struct hv_domain *domain)
{
	struct tenant *tenant = tenant_new(manager, domain);

	if (!tenant)
		return -ENOMEM;
	tenant->record = slot;
	tenant->recorded = *recorded;
	tenant->found_paused = recorded->pause != RECORD_NOT_PAUSED;
	recover_guest(tenant);
	return 0;
}

static void recover_named(struct manager *manager, struct record_slot *slot,
			  const struct record_name *name)
{
	struct record_guest recorded;
	struct hv_domain domain;
	int rc = find_guest(manager, name, &domain);

	if (rc == -ESRCH) {
		forget_guest(manager, name);
		return;
	}
	if (!rc)
		rc = record_load_guest(slot, &recorded);
	if (!rc)
		rc = take_up(manager, slot, &recorded, &domain);
	if (rc)
		leave_guest_alone(manager, name, rc);
}

/* A guest's, or that of a carveout whose guest has none: not of our making. */
static bool begins_guest(const struct manager *manager,
			 const struct record_name *name)
{
	struct record_name guest = *name;

	if (!name->of_device)
		return true;
	guest.of_device = false;
	return !record_find(manager, &guest);
}

void recover(struct manager *manager)
{
	struct record_slot *slot = NULL;
	struct record_name name;

	while ((slot = record_file_next(&manager->records, slot)))
		if (record_name(slot, &name) && begins_guest(manager, &name))
			recover_named(manager, slot, &name);
	trail_sweep(manager);
	pools_withhold(manager);
	manager->strays = true;
}
