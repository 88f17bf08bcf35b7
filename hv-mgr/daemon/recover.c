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

/* Xen's DOMID_INVALID. */
#define NO_DOMID 0x7ff4

/* ---- a pause ---- */

enum found_pause { NOT_PAUSED, OURS, NESTED };

static int read_pause(const struct manager *manager,
		      const struct hv_handle *handle, enum found_pause *found)
{
	struct store_path path =
		store_path(RECORD_ROOT "/%s", uuid_text(handle).text);
	char value[16] = "";
	int rc;

	rc = store_read(manager->xs, path.text, "pause", value, sizeof(value));
	*found = strcmp(value, "nested") ? OURS : NESTED;
	if (rc == -ENOENT)
		*found = NOT_PAUSED;
	return rc == -ENOENT || rc == -EINVAL ? 0 : rc;
}

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
	enum found_pause found;

	if (!tenant->found_paused || tenant->manager->records_doubted ||
	    tenant_is_exposed(tenant) ||
	    read_pause(tenant->manager, &tenant->handle, &found))
		return;
	tenant->found_paused = false;
	guest_unpause(guest);
	if (found == NESTED && !is_paused(tenant))
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
	rc = carveout_resume(&device->carveout, &record->carveout);
	if (rc)
		log_error(
			"carveout %s: a window could not be withdrawn: errno %d; it is tried again",
			device->stanza.name, -rc);
	if (content_publish(device))
		log_warning("vault %u: xl may not know it by name",
			    device->vault);
	rc = device_take_over(device);
	if (rc)
		log_error(
			"carveout %s: its front end cannot be watched: errno %d; restart the manager",
			device->stanza.name, -rc);
	return 0;
}

/* The content is lost: what the guest may have of it goes too. */
static void drop(struct device *device, const struct record *record, int rc)
{
	struct tenant *tenant = device->tenant;

	log_error("carveout %s of domain %u: %s is gone (errno %d): detached",
		  device->stanza.name, tenant->guest.domid,
		  content_text(device).text, -rc);
	content_withdraw_lost(device, record);
	device_unpublish(device);
	guest_release(&tenant->guest, content_guest_pages(&device->stanza),
		      device->stanza.size);
	record_forget_device(device);
	device_free(device);
}

/*
 * Whether its content is there is not known, nor what the guest can reach: all
 * of it stays, for a manager that can look.
 */
static void leave(struct device *device, int rc)
{
	struct tenant *tenant = device->tenant;

	log_error(
		"carveout %s of domain %u: %s cannot be taken up (errno %d): it stays as it is; restart the manager",
		device->stanza.name, tenant->guest.domid,
		content_text(device).text, -rc);
	doubt(tenant, device->stanza.backing == STANZA_POOL);
	device_free(device);
}

static void recover_device(struct tenant *tenant, const struct record *record)
{
	struct device *device = device_new(tenant, record->number,
					   &record->stanza, record->stanza.gpa);
	int rc;

	if (!device) {
		log_error("out of memory for carveout %s of domain %u",
			  record->stanza.name, tenant->guest.domid);
		doubt(tenant, true);
		return;
	}
	rc = adopt(device, record);
	if (rc == -ESRCH) {
		drop(device, record, rc);
		return;
	}
	if (rc) {
		leave(device, rc);
		return;
	}
	log_info("carveout %s of domain %u taken up: %s", record->stanza.name,
		 tenant->guest.domid,
		 carveout_state_name(device->carveout.state));
}

/*
 * A record that cannot be read may be of any vault, and of any frames of a
 * pool: it stays, and nothing that it may be about is touched.
 */
static bool load(struct tenant *tenant, unsigned int number,
		 struct record *record)
{
	int rc = record_load(tenant->manager->xs, &tenant->handle, number,
			     record);

	if (!rc)
		return true;
	log_error(
		"the record of carveout %u of domain %u is unusable (errno %d): what it is about stays as it is, until that domain is destroyed and the manager restarted",
		number, tenant->guest.domid, -rc);
	doubt(tenant,
	      !*record->stanza.name || record->stanza.backing == STANZA_POOL);
	return false;
}

static size_t load_all(struct tenant *tenant, struct record *records)
{
	struct store_path path =
		store_path(RECORD_ROOT "/%s", uuid_text(&tenant->handle).text);
	unsigned int children = 0, number;
	char **names = xs_directory(tenant->manager->xs, XBT_NULL, path.text,
				    &children);
	size_t count = 0;
	char end;

	if (!names) {
		log_error(
			"the records of domain %u cannot be read: errno %d; restart the manager",
			tenant->guest.domid, errno);
		doubt(tenant, true);
	}
	for (unsigned int i = 0; names && i < children; i++)
		if (count < TENANT_DEVICES_MAX &&
		    sscanf(names[i], "%u%c", &number, &end) == 1 &&
		    load(tenant, number, &records[count]))
			count++;
	free(names);
	return count;
}

/*
 * max_pages as found is what the last manager set it to, or was about to
 * change; else the toolstack set it, as guest_check_allowance() says.
 */
static void recover_allowance(struct tenant *tenant,
			      const struct record *records, size_t count)
{
	struct guest *guest = &tenant->guest;
	uint64_t found = guest->baseline_pages;
	struct record_allowance was;

	for (size_t i = 0; i < count; i++)
		guest->window_pages += content_guest_pages(&records[i].stanza);
	if (record_load_allowance(tenant, &was) ||
	    (found != was.now && found != was.most))
		was.baseline = found > guest->window_pages ?
				       found - guest->window_pages :
				       found;
	guest_take_up(guest, found, was.baseline);
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
static void explain_pause(struct tenant *tenant, const struct record *records,
			  size_t count)
{
	bool explained = !tenant->found_paused;

	for (size_t i = 0; i < count; i++)
		explained |= has_unfinished_window(&records[i]);
	for (struct device *d = tenant->devices; !explained && d; d = d->next)
		if (d->stanza.backing == STANZA_POOL)
			carveout_abort(
				&d->carveout, CARVEOUT_GUEST,
				"the manager was killed while it took a window");
}

static void recover_devices(struct tenant *tenant)
{
	struct record *records = calloc(TENANT_DEVICES_MAX, sizeof(*records));
	size_t count;

	if (!records) {
		log_error("out of memory for the records of domain %u",
			  tenant->guest.domid);
		tenant->manager->records_doubted = true;
		pools_suspect(tenant->manager, tenant->guest.domid);
		return;
	}
	count = load_all(tenant, records);
	recover_allowance(tenant, records, count);
	for (size_t i = 0; i < count; i++)
		recover_device(tenant, &records[i]);
	explain_pause(tenant, records, count);
	free(records);
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

static bool is_alive(const struct hv_domain *domain,
		     const struct hv_handle *handle)
{
	return !memcmp(&domain->handle, handle, sizeof(*handle)) &&
	       !domain->dying && !domain->gone_down;
}

static int find_by_handle(struct hv *hv, const struct hv_handle *handle,
			  struct hv_domain *domain)
{
	hv_domid first = 0;
	int found;

	while ((found = hv_domain_list(hv, first, domain, 1)) == 1) {
		if (is_alive(domain, handle))
			return 0;
		first = (hv_domid)(domain->domid + 1);
	}
	domain->domid = NO_DOMID;
	return found < 0 ? found : -ESRCH;
}

/*
 * The domid tells a guest from its next incarnation, which has the same UUID
 * and none of its carveouts.  A record without a domid is still of somebody,
 * who may have windows.  -ESRCH: the guest is gone; others: who knows.
 */
static int find_guest(struct manager *manager, const struct hv_handle *handle,
		      struct hv_domain *domain)
{
	struct store_path path =
		store_path(RECORD_ROOT "/%s", uuid_text(handle).text);
	uint64_t domid;
	int rc;

	rc = store_read_number(manager->xs, path.text, "domid", 0x7fef, &domid);
	if (rc == -ENOENT || rc == -EINVAL || rc == -ERANGE)
		return find_by_handle(manager->hv, handle, domain);
	if (rc)
		return rc;
	rc = hv_domain_get(manager->hv, (hv_domid)domid, domain);
	domain->domid = (hv_domid)domid;
	if (rc)
		return rc;
	return is_alive(domain, handle) ? 0 : -ESRCH;
}

static void recover_tenant(struct manager *manager, const char *uuid)
{
	struct hv_handle handle;
	struct hv_domain domain = { .domid = NO_DOMID };
	enum found_pause found = NOT_PAUSED;
	struct tenant *tenant = NULL;
	int rc;

	if (!uuid_parse(uuid, &handle))
		return;
	rc = find_guest(manager, &handle, &domain);
	if (!rc)
		rc = read_pause(manager, &handle, &found);
	if (rc == -ESRCH) {
		log_info("guest %s is gone: its carveouts are released", uuid);
		record_forget_tenant(manager->xs, &handle);
		return;
	}
	if (!rc)
		tenant = tenant_new(manager, &domain);
	if (tenant) {
		tenant->found_paused = found != NOT_PAUSED;
		recover_guest(tenant);
		return;
	}
	log_error(
		"guest %s cannot be looked at (errno %d): its carveouts stay as they are; restart the manager",
		uuid, rc ? -rc : ENOMEM);
	manager->records_doubted = true;
	pools_suspect(manager, domain.domid);
}

int recover(struct manager *manager)
{
	unsigned int count;
	char **children;

	children = xs_directory(manager->xs, XBT_NULL, RECORD_ROOT, &count);
	if (!children && errno != ENOENT)
		return -errno;
	for (unsigned int i = 0; children && i < count; i++)
		recover_tenant(manager, children[i]);
	free(children);
	pools_settle(manager);
	manager->strays = true;
	return 0;
}
