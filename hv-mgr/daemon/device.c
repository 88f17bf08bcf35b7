// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/device.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "carveoutif.h"
#include "daemon/content.h"
#include "daemon/examination.h"
#include "daemon/label.h"
#include "daemon/record.h"
#include "daemon/ring.h"
#include "daemon/tenant.h"
#include "daemon/trail.h"
#include "daemon/turns.h"
#include "daemon/vaults.h"
#include "daemon/waiters.h"
#include "daemon/xenbus.h"

/* ---- what a carveout tells its owner ---- */

/* There is room for it: device_build() has made it. */
static void owner_record(struct carveout *carveout, void *context)
{
	struct device *device = context;

	(void)carveout;
	record_device(device);
	trail_note(device);
}

static void owner_leaving(struct carveout *carveout, uint32_t window,
			  int reason, void *context)
{
	const struct device *device = context;

	(void)carveout;
	if (device->ring)
		ring_withdraw(device->ring, window, reason);
}

static uint64_t owner_now(void *context)
{
	(void)context;
	return clock_ms();
}

/* ---- coming and going ---- */

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
	if (stanza->verify.kind != VERIFY_NONE) {
		device->owner.examine = examination_begin;
		device->owner.see = examination_see;
		device->owner.decide = examination_decide;
	}
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
	waiters_answer_gone(device);
	examination_end(device);
	content_disown(device);
	free(device);
}

/*
 * Build a device from the inside out; each step that fails undoes those before
 * it.  The content comes after the reservation, and its record right after it:
 * a vault without a record is an orphan, found by its handle; frames of a pool
 * without one are free.
 */
int device_build(struct device *device, struct sentence why)
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
	rc = content_create(device, &backing, &blank, why);
	if (rc)
		goto release;
	rc = carveout_init(&device->carveout, &config, &device->owner, backing,
			   &device->tenant->manager->scratch, !blank);
	if (rc) {
		backing->ops->destroy(backing);
		goto release;
	}
	rc = record_device(device);
	if (rc)
		sentence_set(why, rc, "%s", RECORD_NO_ROOM);
	if (!rc)
		rc = content_publish(device);
	if (!rc)
		rc = xenbus_publish(device);
	if (!rc) {
		trail_created(device);
		return 0;
	}
	content_unpublish(device);
	carveout_destroy(&device->carveout);
	record_forget_device(device);
release:
	device->tenant->manager->strays = true;
	guest_release(guest, pages, config.size);
	return rc;
}

void device_dismantle(struct device *device)
{
	struct tenant *tenant = device->tenant;
	struct manager *manager = tenant->manager;

	xenbus_disconnect(device);
	manager->strays |= xenbus_unpublish(device) != 0;
	content_unpublish(device);
	if (carveout_destroy(&device->carveout)) {
		manager->records_doubted = true;
		trail_detached(
			device,
			"the hypervisor failed to take it from the guest: nobody else gets it");
	} else {
		record_forget_device(device);
		trail_detached(device, NULL);
	}
	manager->strays |= content_is_left(device);
	guest_release(&tenant->guest, content_guest_pages(&device->stanza),
		      device->stanza.size);
	log_info("%s released", label_of_device(device).text);
	device_free(device);
}

/* ---- what its front end is told ---- */

void device_state_changed(struct device *device)
{
	if (device->ring)
		ring_state_changed(device->ring);
}

void device_check_vault(struct device *device)
{
	const struct tenant *tenant = device->tenant;

	if (device->carveout.error == -ENXIO ||
	    vaults_lives(tenant->manager, device->vault))
		return;
	log_error("%s: its vault, %u, was destroyed from outside",
		  label_of_device(device).text, device->vault);
	carveout_lost(
		&device->carveout,
		"its vault was destroyed from outside: detach it, and attach it again");
	device_state_changed(device);
	turns_wake(device->tenant);
}
