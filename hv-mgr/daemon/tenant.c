// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/tenant.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "carveoutif.h"
#include "config/placement.h"
#include "daemon/boot.h"
#include "daemon/content.h"
#include "daemon/device.h"
#include "daemon/failure.h"
#include "daemon/record.h"
#include "daemon/requests.h"
#include "daemon/server.h"
#include "daemon/turns.h"
#include "daemon/vaults.h"

/* ---- what a carveout tells its owner ---- */

static int owner_record(struct carveout *carveout, void *context)
{
	struct device *device = context;

	(void)carveout;
	return record_state(device);
}

static void owner_leaving(struct carveout *carveout, uint32_t window,
			  int reason, void *context)
{
	(void)carveout;
	requests_leaving(context, window, reason);
}

static uint64_t owner_now(void *context)
{
	(void)context;
	return clock_ms();
}

/* While an earlier manager's pause stands, its note does. */
static int note_pause(void *context, bool paused)
{
	const struct tenant *tenant = context;

	return tenant->found_paused ? 0 : record_pause(tenant, paused);
}

static int note_allowance(void *context, uint64_t baseline, uint64_t now,
			  uint64_t most)
{
	const struct record_allowance allowance = { baseline, now, most };

	return record_allowance(context, &allowance);
}

/* ---- tenants ---- */

struct tenant *tenant_find(struct manager *manager, hv_domid domid)
{
	return domid < DOMIDS ? manager->domids->guest[domid] : NULL;
}

struct device *tenant_device(struct tenant *tenant, const char *name)
{
	for (struct device *d = tenant->devices; d; d = d->next)
		if (!strcmp(d->stanza.name, name))
			return d;
	return NULL;
}

bool tenant_is_exposed(const struct tenant *tenant)
{
	for (const struct device *d = tenant->devices; d; d = d->next)
		if (carveout_exposed(&d->carveout))
			return true;
	return false;
}

struct tenant *tenant_new(struct manager *manager,
			  const struct hv_domain *domain)
{
	struct tenant *tenant = calloc(1, sizeof(*tenant));
	struct store_path path;

	if (!tenant)
		return NULL;
	tenant->manager = manager;
	tenant->handle = domain->handle;
	tenant->guest = (struct guest){
		.hv = manager->hv,
		.domid = domain->domid,
		.scrubs_freed_pages = manager->host.scrubs_freed_pages,
		.baseline_pages = domain->max_pages,
		.note_pause = note_pause,
		.note_allowance = note_allowance,
		.context = tenant,
	};
	path = store_path("/local/domain/%u", domain->domid);
	if (store_read(manager->xs, path.text, "name", tenant->name,
		       sizeof(tenant->name)))
		snprintf(tenant->name, sizeof(tenant->name), "domain-%u",
			 domain->domid);
	tenant->next = manager->tenants;
	manager->tenants = tenant;
	manager->domids->guest[domain->domid] = tenant;
	turns_wake(tenant);
	return tenant;
}

static void tenant_unlink(struct tenant *tenant)
{
	struct manager *manager = tenant->manager;
	struct tenant **link = &manager->tenants;

	turns_leave(tenant);
	if (manager->domids->guest[tenant->guest.domid] == tenant)
		manager->domids->guest[tenant->guest.domid] = NULL;
	while (*link != tenant)
		link = &(*link)->next;
	*link = tenant->next;
	free(tenant);
}

static bool is_gone(const struct tenant *tenant)
{
	struct hv_domain domain;
	int rc;

	rc = hv_domain_get(tenant->guest.hv, tenant->guest.domid, &domain);
	if (rc)
		return rc == -ESRCH;
	return domain.dying || domain.gone_down ||
	       memcmp(&domain.handle, &tenant->handle, sizeof(domain.handle));
}

/* Not while a record of its is doubted, or something of it is to be put right,
 * unless that went with it. */
void tenant_free_if_empty(struct tenant *tenant)
{
	bool stays = tenant->manager->records_doubted ||
		     guest_owes(&tenant->guest);

	if (tenant->devices || (stays && !is_gone(tenant)))
		return;
	if (record_forget_tenant(tenant->manager->xs, &tenant->handle,
				 tenant->guest.domid))
		tenant->manager->strays = true;
	tenant_unlink(tenant);
}

/* ---- devices ---- */

static struct carveout_config config_of(const struct stanza *stanza)
{
	struct carveout_config config = {
		.size = stanza->size,
		.base = stanza->gpa,
		.expected_size = stanza->expected_size,
		.window_max = stanza->window,
		.windows_max = stanza->windows,
		.guest_reset = stanza->guest_reset,
	};

	snprintf(config.name, sizeof(config.name), "%s", stanza->name);
	return config;
}

struct device *device_new(struct tenant *tenant, unsigned int number,
			  const struct stanza *stanza)
{
	struct device *device = calloc(1, sizeof(*device));

	if (!device)
		return NULL;
	device->tenant = tenant;
	device->number = number;
	device->stanza = *stanza;
	device->owner = (struct carveout_owner){
		.record = owner_record,
		.leaving = owner_leaving,
		.now = owner_now,
		.context = device,
		.grace = CARVEOUTIF_GRACE_MS,
	};
	/* For content_create(), before carveout_init() has seen it. */
	device->carveout.config = config_of(stanza);
	device->next = tenant->devices;
	tenant->devices = device;
	turns_wake(tenant);
	return device;
}

void device_free(struct device *device)
{
	struct device **link = &device->tenant->devices;

	while (*link != device)
		link = &(*link)->next;
	*link = device->next;
	turns_wake(device->tenant);
	server_forget_device(device);
	content_disown(device);
	free(device);
}

static unsigned int free_number(const struct tenant *tenant)
{
	unsigned int number = 0;
	const struct device *d = tenant->devices;

	while (d) {
		if (d->number != number) {
			d = d->next;
			continue;
		}
		number++;
		d = tenant->devices;
	}
	return number;
}

/*
 * Build a device from the inside out; each step that fails undoes those before
 * it.  The content comes after the reservation, and its record right after it:
 * a vault without a record is an orphan, found by its handle; frames of a pool
 * without one are free.
 */
static int device_build(struct device *device, char *why, size_t room)
{
	struct guest *guest = &device->tenant->guest;
	struct carveout_config config = device->carveout.config;
	uint64_t pages = content_guest_pages(&device->stanza);
	struct backing *backing;
	bool blank;
	int rc;

	rc = guest_reserve(guest, pages, config.size);
	if (rc)
		return rc;
	rc = content_create(device, &backing, &blank, why, room);
	if (rc)
		goto release;
	rc = carveout_init(&device->carveout, &config, &device->owner, backing,
			   device->tenant->manager->buffer, !blank);
	if (rc) {
		backing->ops->destroy(backing);
		goto release;
	}
	rc = record_device(device);
	if (!rc)
		rc = content_publish(device);
	if (!rc)
		rc = device_publish(device);
	if (!rc)
		return 0;
	content_unpublish(device);
	carveout_destroy(&device->carveout);
	record_forget_device(device);
release:
	device->tenant->manager->strays = true;
	guest_release(guest, pages, config.size);
	return rc;
}

static const char *attach_problem(int rc)
{
	switch (rc) {
	case -EEXIST:
		return "it overlaps another carveout, or a vault of this name is still there: give another gpa= or name, or see xl list";
	case -ENOMEM:
		return "the host has no free memory for it: see xl info free_memory";
	default:
		return NULL;
	}
}

/* why: empty where the errno says it. */
static int attach_error(int rc, const struct tenant *tenant,
			const struct stanza *stanza, const char *why,
			char *error, size_t room)
{
	const char *problem = *why ? why : attach_problem(rc);
	struct failure failure = failure_of(rc);

	if (!problem) {
		problem = failure.text;
		log_error("domain %u carveout %s: attach fails: %s",
			  tenant->guest.domid, stanza->name, problem);
	}
	snprintf(error, room, "carveout %s (%llu bytes) for domain %s: %s",
		 stanza->name, ull(stanza->size), tenant->name, problem);
	return rc;
}

/* All the memory that the guest may ever have: what libxl made its memory map
 * for (the guest cannot write this node), or what Xen lets it have. */
static uint64_t most_memory(const struct tenant *tenant)
{
	struct store_path domain =
		store_path("/local/domain/%u", tenant->guest.domid);
	uint64_t most = tenant->guest.baseline_pages << HV_PAGE_SHIFT;
	uint64_t kib;

	if (store_read_number(tenant->manager->xs, domain.text,
			      "memory/static-max", UINT64_MAX >> 10, &kib))
		return most;
	return kib << 10 > most ? kib << 10 : most;
}

static struct placement_space space_of(const struct tenant *tenant)
{
	unsigned int address_bits = tenant->manager->host.address_bits;

	return address_bits ? placement_x86(address_bits, most_memory(tenant)) :
			      placement_arm64();
}

static int choose_place(const struct tenant *tenant,
			const struct stanza *stanza, uint64_t *base, char *why,
			size_t room)
{
	const struct placement_space space = space_of(tenant);
	struct placed others[STANZAS_MAX];
	size_t count = 0;
	int rc;

	for (const struct device *d = tenant->devices; d; d = d->next)
		others[count++] = (struct placed){ d->carveout.config.base,
						   d->carveout.config.size };
	rc = placement_choose(&space, others, count, stanza->gpa, stanza->size,
			      base);
	if (rc && rc != -EEXIST)
		placement_explain(&space, stanza->gpa, rc, why, room);
	return rc;
}

static int attach_one(struct tenant *tenant, const struct stanza *stanza,
		      char *error, size_t room)
{
	struct device *device = NULL;
	struct stanza placed = *stanza;
	char why[320] = "";
	int rc;

	if (tenant_device(tenant, stanza->name))
		return attach_error(
			-EEXIST, tenant, stanza,
			"the domain has one of this name already: detach it first, or choose another name",
			error, room);
	rc = choose_place(tenant, stanza, &placed.gpa, why, sizeof(why));
	if (!rc) {
		device = device_new(tenant, free_number(tenant), &placed);
		rc = device ? device_build(device, why, sizeof(why)) : -ENOMEM;
	}
	if (rc) {
		if (device)
			device_free(device);
		return attach_error(rc, tenant, stanza, why, error, room);
	}
	log_info("domain %u carveout %s attached: %llu bytes at 0x%llx, %s",
		 tenant->guest.domid, stanza->name, ull(stanza->size),
		 ull(placed.gpa), content_text(device).text);
	return 0;
}

static unsigned int count_devices(const struct tenant *tenant)
{
	unsigned int count = 0;

	for (const struct device *d = tenant->devices; d; d = d->next)
		count++;
	return count;
}

/*
 * Everything of a device; the guest may be gone already.  Frames of a pool that
 * it may still have must not be given out, by the next manager neither: their
 * record stays.
 */
static void device_dismantle(struct device *device)
{
	struct tenant *tenant = device->tenant;
	struct manager *manager = tenant->manager;

	device_disconnect(device);
	manager->strays |= device_unpublish(device) != 0;
	content_unpublish(device);
	if (carveout_destroy(&device->carveout))
		manager->records_doubted = true;
	else
		manager->strays |= record_forget_device(device) != 0;
	manager->strays |= content_is_left(device);
	guest_release(&tenant->guest, content_guest_pages(&device->stanza),
		      device->stanza.size);
	log_info("domain %u carveout %s released", tenant->guest.domid,
		 device->stanza.name);
	device_free(device);
}

void tenant_detach(struct device *device, bool at_once)
{
	device->detaching = true;
	carveout_revoke(&device->carveout, at_once);
	turns_wake(device->tenant);
}

bool tenant_is_detached(const struct device *device)
{
	return device->detaching &&
	       carveout_done(&device->carveout, CARVEOUT_REQ_REVOKE);
}

void tenant_finish_detach(struct device *device)
{
	struct tenant *tenant = device->tenant;

	if (!tenant_is_detached(device))
		return;
	device_dismantle(device);
	tenant_free_if_empty(tenant);
}

void tenant_release_if_gone(struct tenant *tenant)
{
	if (!is_gone(tenant))
		return;
	while (tenant->devices)
		device_dismantle(tenant->devices);
	tenant_free_if_empty(tenant);
}

/* Its domid may be another's before we have heard that it is gone. */
static struct tenant *find_living(struct manager *manager, hv_domid domid)
{
	struct tenant *tenant = tenant_find(manager, domid);

	if (tenant)
		tenant_release_if_gone(tenant);
	return tenant_find(manager, domid);
}

static int refuse_all(const struct manager *manager, char *error, size_t room)
{
	const char *doubt = boot_doubt(manager);

	if (!doubt)
		return 0;
	snprintf(error, room, "%s", doubt);
	return -EBUSY;
}

static int refuse_domain(const struct hv_domain *domain, char *error,
			 size_t room)
{
	const char *why = NULL;

	if (!domain->domid)
		why = "dom0 holds the tools: carveouts are for guests";
	else if (vaults_is_ours(domain))
		why = "it is a vault, which runs nothing";
	else if (domain->pv)
		why = "it is a PV guest, whose frames are the host's own, so that nothing can be taken from it: make it type=\"pvh\"";
	else if (domain->dying || domain->gone_down)
		why = "it is shutting down";
	if (!why)
		return 0;
	snprintf(error, room, "domain %u cannot have carveouts: %s",
		 domain->domid, why);
	return -EINVAL;
}

static int begin_record(const struct tenant *tenant, char *error, size_t room)
{
	int rc = record_in_doubt(tenant);

	if (rc == -EBUSY) {
		snprintf(
			error, room,
			"domain %s had carveouts whose records cannot be read, as the daemon's log says, and another could be put over them: destroy the domain, or put that right, and restart the manager",
			tenant->name);
		return rc;
	}
	if (!rc)
		rc = record_tenant(tenant);
	if (rc)
		snprintf(error, room, "cannot use xenstore: errno %d", -rc);
	return rc;
}

static int attach_all(struct tenant *tenant, const struct stanza *stanzas,
		      size_t count, char *error, size_t room)
{
	size_t done = 0;
	int rc = 0;

	if (count_devices(tenant) > STANZAS_MAX - count) {
		snprintf(error, room,
			 "domain %s would have more than %d carveouts",
			 tenant->name, STANZAS_MAX);
		return -ENOSPC;
	}
	rc = begin_record(tenant, error, room);
	if (rc)
		return rc;
	while (!rc && done < count)
		rc = attach_one(tenant, &stanzas[done++], error, room);
	/* The newest come first in the list: take back what was just made. */
	for (done -= rc ? 1 : 0; rc && done; done--)
		device_dismantle(tenant->devices);
	return rc;
}

int tenant_attach(struct manager *manager, hv_domid domid,
		  const struct stanza *stanzas, size_t count, char *error,
		  size_t room)
{
	struct tenant *tenant = find_living(manager, domid);
	struct hv_domain domain;
	int rc;

	rc = hv_domain_get(manager->hv, domid, &domain);
	if (rc) {
		snprintf(error, room, "there is no domain %u: see xl list",
			 domid);
		return rc;
	}
	rc = refuse_domain(&domain, error, room);
	if (!rc)
		rc = refuse_all(manager, error, room);
	if (!rc)
		rc = stanza_check_all(stanzas, count,
				      (struct sentence){ error, room });
	if (rc)
		return rc;
	if (!tenant)
		tenant = tenant_new(manager, &domain);
	if (!tenant) {
		snprintf(error, room, "the manager is out of memory");
		return -ENOMEM;
	}
	rc = attach_all(tenant, stanzas, count, error, room);
	tenant_free_if_empty(tenant);
	return rc;
}

/* ---- the end ---- */

void tenant_leave_all(struct manager *manager)
{
	while (manager->tenants) {
		struct tenant *tenant = manager->tenants;

		while (tenant->devices) {
			struct device *device = tenant->devices;

			device_leave(device);
			carveout_leave(&device->carveout);
			device_free(device);
		}
		tenant_unlink(tenant);
	}
}
