// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/tenant.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "config/placement.h"
#include "daemon/boot.h"
#include "daemon/content.h"
#include "daemon/device.h"
#include "daemon/failure.h"
#include "daemon/label.h"
#include "daemon/store.h"
#include "daemon/trail.h"
#include "daemon/turns.h"
#include "daemon/vaults.h"
#include "daemon/xenbus.h"

/*
 * While an earlier manager's pause stands, its note does.  Noted is whether the
 * guest was running before, so that a next manager knows if there is a pause of
 * ours to undo.
 */
static int note_pause(void *context, bool paused)
{
	struct tenant *tenant = context;
	struct hv_domain domain = { 0 };
	int rc = 0;

	if (tenant->found_paused)
		return 0;
	if (paused)
		rc = hv_domain_get(tenant->guest.hv, tenant->guest.domid,
				   &domain);
	if (rc)
		return rc;
	tenant->recorded.pause = !paused       ? RECORD_NOT_PAUSED :
				 domain.paused ? RECORD_NESTED :
						 RECORD_OURS;
	return record_tenant(tenant);
}

static void note_allowance(void *context, uint64_t baseline, uint64_t now,
			   uint64_t most)
{
	struct tenant *tenant = context;

	tenant->recorded.allowance.baseline = baseline;
	tenant->recorded.allowance.now = now;
	tenant->recorded.allowance.most = most;
	record_tenant(tenant);
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

	turns_remove(tenant);
	trail_end(tenant);
	if (manager->domids->guest[tenant->guest.domid] == tenant)
		manager->domids->guest[tenant->guest.domid] = NULL;
	while (*link != tenant)
		link = &(*link)->next;
	*link = tenant->next;
	free(tenant);
}

bool tenant_lives(const struct hv_domain *domain,
		  const struct hv_handle *handle)
{
	return !memcmp(&domain->handle, handle, sizeof(*handle)) &&
	       !domain->dying && !domain->gone_down;
}

/* Where Xen does not say, it lives. */
static bool is_gone(const struct tenant *tenant)
{
	struct hv_domain domain;
	int rc;

	rc = hv_domain_get(tenant->guest.hv, tenant->guest.domid, &domain);
	return rc ? rc == -ESRCH : !tenant_lives(&domain, &tenant->handle);
}

/* Not while a record of its is doubted, or something of it is to be put right,
 * unless that went with it. */
void tenant_free_if_empty(struct tenant *tenant)
{
	bool stays = tenant->manager->records_doubted ||
		     guest_owes(&tenant->guest);

	if (tenant->devices || (stays && !is_gone(tenant)))
		return;
	record_forget_guest(tenant->manager, &tenant->handle,
			    tenant->guest.domid);
	tenant_unlink(tenant);
}

/* ---- attaching ---- */

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
			struct sentence error)
{
	const char *problem = *why ? why : attach_problem(rc);
	struct failure failure = failure_of(rc);

	if (!problem) {
		problem = failure.text;
		log_error("%s: attach fails: %s",
			  label_of(tenant->guest.domid, stanza->name).text,
			  problem);
	}
	return sentence_set(error, rc,
			    "carveout %s (%llu bytes) for domain %s: %s",
			    stanza->name, ull(stanza->size), tenant->name,
			    problem);
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
			const struct stanza *stanza, uint64_t *base,
			struct sentence why)
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
		placement_explain(&space, stanza->gpa, rc, why);
	return rc;
}

static int attach_one(struct tenant *tenant, const struct stanza *stanza,
		      struct sentence error)
{
	struct device *device = NULL;
	struct stanza placed = *stanza;
	char why[320] = "";
	int rc;

	if (tenant_device(tenant, stanza->name))
		return attach_error(
			-EEXIST, tenant, stanza,
			"the domain has one of this name already: detach it first, or choose another name",
			error);
	rc = choose_place(tenant, stanza, &placed.gpa, SENTENCE(why));
	if (!rc) {
		device = device_new(tenant, free_number(tenant), &placed);
		rc = device ? device_build(device, SENTENCE(why)) : -ENOMEM;
	}
	if (rc) {
		if (device)
			device_free(device);
		return attach_error(rc, tenant, stanza, why, error);
	}
	log_info("%s attached: %llu bytes at 0x%llx, %s",
		 label_of_device(device).text, ull(stanza->size),
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

/* ---- detaching ---- */

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

static int refuse_all(const struct manager *manager, struct sentence error)
{
	const char *doubt = boot_doubt(manager);

	if (!doubt)
		return 0;
	return sentence_set(error, -EBUSY, "%s", doubt);
}

static int refuse_domain(const struct hv_domain *domain, struct sentence error)
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
	return sentence_set(error, -EINVAL,
			    "domain %u cannot have carveouts: %s",
			    domain->domid, why);
}

static int begin_record(struct tenant *tenant, struct sentence error)
{
	int rc;

	if (record_in_doubt(tenant))
		return sentence_set(
			error, -EBUSY,
			"domain %s had carveouts whose records cannot be read, as the daemon's log says, and another could be put over them: destroy the domain, or put that right, and restart the manager",
			tenant->name);
	rc = record_tenant(tenant);
	return rc ? sentence_set(error, rc, "domain %s: %s", tenant->name,
				 RECORD_NO_ROOM) :
		    0;
}

static int attach_all(struct tenant *tenant, const struct stanza *stanzas,
		      size_t count, struct sentence error)
{
	size_t done = 0;
	int rc = 0;

	if (count_devices(tenant) > STANZAS_MAX - count)
		return sentence_set(
			error, -ENOSPC,
			"domain %s would have more than %d carveouts",
			tenant->name, STANZAS_MAX);
	rc = begin_record(tenant, error);
	if (rc)
		return rc;
	while (!rc && done < count)
		rc = attach_one(tenant, &stanzas[done++], error);
	/* The newest come first in the list: take back what was just made. */
	for (done -= rc ? 1 : 0; rc && done; done--)
		device_dismantle(tenant->devices);
	return rc;
}

int tenant_attach(struct manager *manager, hv_domid domid,
		  const struct stanza *stanzas, size_t count,
		  struct sentence error)
{
	struct tenant *tenant = find_living(manager, domid);
	struct hv_domain domain;
	int rc;

	rc = hv_domain_get(manager->hv, domid, &domain);
	if (rc)
		return sentence_set(
			error, rc, "there is no domain %u: see xl list", domid);
	rc = refuse_domain(&domain, error);
	if (!rc)
		rc = refuse_all(manager, error);
	if (!rc)
		rc = stanza_check_all(stanzas, count, error);
	if (rc)
		return rc;
	if (!tenant)
		tenant = tenant_new(manager, &domain);
	if (!tenant)
		return sentence_set(error, -ENOMEM,
				    "the manager is out of memory");
	rc = attach_all(tenant, stanzas, count, error);
	tenant_free_if_empty(tenant);
	return rc;
}

/* ---- the end ---- */

void tenant_hand_over_all(struct manager *manager)
{
	while (manager->tenants) {
		struct tenant *tenant = manager->tenants;

		while (tenant->devices) {
			struct device *device = tenant->devices;

			xenbus_hand_over(device);
			carveout_hand_over(&device->carveout);
			device_free(device);
		}
		tenant_unlink(tenant);
	}
}
