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
#include "daemon/vaults.h"
#include "daemon/xenbus.h"

/* ---- a pause ---- */

enum found_pause { NOT_PAUSED, OURS, NESTED };

static int read_pause(const struct manager *manager, const char *path,
		      enum found_pause *found)
{
	char value[16] = "";
	int rc;

	rc = store_read(manager->xs, path, "pause", value, sizeof(value));
	*found = strcmp(value, "nested") ? OURS : NESTED;
	if (rc == -ENOENT)
		*found = NOT_PAUSED;
	return rc == -ENOENT || rc == -EINVAL ? 0 : rc;
}

static struct store_path path_of(const struct tenant *tenant)
{
	return record_path(&tenant->handle, tenant->guest.domid);
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
	    read_pause(tenant->manager, path_of(tenant).text, &found))
		return;
	tenant->found_paused = false;
	guest_undo_pause(guest);
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
		backing->ops->hand_over(backing);
		return rc;
	}
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

static void recover_device(struct tenant *tenant, const struct record *record)
{
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
static bool load(struct tenant *tenant, unsigned int number,
		 struct record *record)
{
	int rc = record_load(tenant->manager->xs, &tenant->handle,
			     tenant->guest.domid, number, record);

	if (!rc)
		return true;
	log_error(
		"domain %u: the record of its carveout %u is unusable (errno %d): what it is about stays as it is, until that domain is destroyed and the manager restarted",
		tenant->guest.domid, number, -rc);
	doubt(tenant,
	      !*record->stanza.name || record->stanza.backing == STANZA_POOL);
	return false;
}

static size_t load_all(struct tenant *tenant, struct record *records)
{
	struct store_path path = path_of(tenant);
	unsigned int children = 0, number;
	char **names = xs_directory(tenant->manager->xs, XBT_NULL, path.text,
				    &children);
	size_t count = 0;
	char end;

	if (!names) {
		log_error(
			"domain %u: its records cannot be read: errno %d; restart the manager",
			tenant->guest.domid, errno);
		doubt(tenant, true);
	}
	for (unsigned int i = 0; names && i < children; i++)
		if (count < STANZAS_MAX &&
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
	struct record *records = calloc(STANZAS_MAX, sizeof(*records));
	size_t count;

	if (!records) {
		log_error("domain %u: out of memory for its records",
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

/* What is recorded of one guest, or seems to be. */
struct found {
	struct hv_handle handle;
	hv_domid domid; /* DOMIDS: it does not say */
	struct store_path path;
};

/*
 * The UUID tells a guest from another that has its domid by now, the domid from
 * others that have its UUID: its next incarnation, which has none of its
 * carveouts, or its twin.  -ESRCH: the guest is gone; others: who knows.
 */
static int find_guest(struct manager *manager, const struct found *found,
		      struct hv_domain *domain)
{
	int rc = hv_domain_get(manager->hv, found->domid, domain);

	if (rc)
		return rc;
	return tenant_lives(domain, &found->handle) ? 0 : -ESRCH;
}

static void forget_guest(struct manager *manager, const struct found *found)
{
	log_info("guest %u (%s) is gone: its carveouts are released",
		 found->domid, uuid_text(&found->handle).text);
	record_forget_tenant(manager->xs, &found->handle, found->domid);
}

static void leave_guest_alone(struct manager *manager,
			      const struct found *found, int rc)
{
	log_error(
		"%s cannot be looked at (errno %d): the guest's carveouts stay as they are; restart the manager",
		found->path.text, -rc);
	manager->records_doubted = true;
	pools_suspect(manager, found->domid);
}

static void recover_known(struct manager *manager, const struct found *found)
{
	enum found_pause pause = NOT_PAUSED;
	struct tenant *tenant = NULL;
	struct hv_domain domain;
	int rc;

	rc = find_guest(manager, found, &domain);
	if (!rc)
		rc = read_pause(manager, found->path.text, &pause);
	if (rc == -ESRCH) {
		forget_guest(manager, found);
		return;
	}
	if (!rc)
		tenant = tenant_new(manager, &domain);
	if (!tenant) {
		leave_guest_alone(manager, found, rc ? rc : -ENOMEM);
		return;
	}
	tenant->found_paused = pause != NOT_PAUSED;
	recover_guest(tenant);
}

/* ---- records of other formats ---- */

/* -ESRCH: nobody lives whose they could be. */
static int find_owner(struct manager *manager, const struct found *found,
		      struct hv_domain *domain)
{
	hv_domid first = 0;
	int count;

	if (found->domid < DOMIDS)
		return find_guest(manager, found, domain);
	while ((count = hv_domain_list(manager->hv, first, domain, 1)) == 1) {
		if (tenant_lives(domain, &found->handle))
			return 0;
		first = (hv_domid)(domain->domid + 1);
	}
	return count < 0 ? count : -ESRCH;
}

static void leave_foreign_alone(struct manager *manager,
				const struct found *found)
{
	struct hv_domain domain = { .domid = found->domid };
	int rc = find_owner(manager, found, &domain);

	if (rc == -ESRCH) {
		log_info("%s is of a guest that is gone: removed",
			 found->path.text);
		store_remove(manager->xs, XBT_NULL, found->path.text);
		return;
	}
	log_error(
		"%s was written by an hv-mgr of another version, whose records this one cannot read (it reads format %d): what they are about stays as it is; start that version, or destroy domain %u and restart this one",
		found->path.text, RECORD_FORMAT, domain.domid);
	manager->records_doubted = true;
	pools_suspect(manager, domain.domid);
}

/* Without a format it is not even known whether the name is a domid. */
static bool says_format(struct manager *manager, const char *path)
{
	char value[16];

	return store_read(manager->xs, path, "format", value, sizeof(value)) !=
	       -ENOENT;
}

static void recover_record(struct manager *manager,
			   const struct hv_handle *handle, const char *name)
{
	struct found found = {
		.handle = *handle,
		.domid = DOMIDS,
		.path = store_path(RECORD_ROOT "/%s/%s", uuid_text(handle).text,
				   name),
	};
	int format = record_format(manager->xs, found.path.text);
	uint64_t domid;

	if (!store_number(name, DOMIDS - 1, &domid) &&
	    says_format(manager, found.path.text))
		found.domid = (hv_domid)domid;
	if (!format && found.domid < DOMIDS)
		recover_known(manager, &found);
	else if (!format || format == -EPROTONOSUPPORT)
		leave_foreign_alone(manager, &found);
	else
		leave_guest_alone(manager, &found, format);
}

static void recover_uuid(struct manager *manager, const char *uuid)
{
	struct store_path path = store_path(RECORD_ROOT "/%s", uuid);
	struct hv_handle handle;
	unsigned int count;
	char **guests;

	if (!uuid_parse(uuid, &handle))
		return;
	guests = xs_directory(manager->xs, XBT_NULL, path.text, &count);
	if (!guests && errno != ENOENT) {
		const struct found all = { handle, DOMIDS, path };

		leave_guest_alone(manager, &all, -errno);
	}
	for (unsigned int i = 0; guests && i < count; i++)
		recover_record(manager, &handle, guests[i]);
	free(guests);
	store_remove_if_empty(manager->xs, path.text);
}

int recover(struct manager *manager)
{
	unsigned int count;
	char **children;

	children = xs_directory(manager->xs, XBT_NULL, RECORD_ROOT, &count);
	if (!children && errno != ENOENT)
		return -errno;
	for (unsigned int i = 0; children && i < count; i++)
		recover_uuid(manager, children[i]);
	free(children);
	pools_withhold(manager);
	manager->strays = true;
	return 0;
}
