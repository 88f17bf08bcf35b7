// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/content.h"

#include <errno.h>
#include <stdio.h>

#include "backing/pool.h"
#include "backing/vault.h"
#include "daemon/device.h"
#include "daemon/pools.h"
#include "daemon/tenant.h"
#include "daemon/vaults.h"

/* What a stanza may ask for, a vault can hold and a carveout keep count of. */
_Static_assert(STANZA_SIZE_MAX <= HV_VAULT_PAGES_MAX * HV_PAGE_SIZE,
	       "the largest carveout in a vault");
_Static_assert(STANZA_SIZE_MAX <= (uint64_t)CHUNKS_MAX * CARVEOUT_CHUNK,
	       "the largest carveout in chunks");
/* The manager's memory holds a window. */
_Static_assert(STANZA_WINDOW_MAX <= CARVEOUT_CHUNK, "the largest window");

static bool is_pooled(const struct device *device)
{
	return device->stanza.backing == STANZA_POOL;
}

/* ---- places ---- */

static struct vault_place vault_place(const struct device *device)
{
	return (struct vault_place){
		.guest = &device->tenant->guest,
		.name = device->stanza.name,
		.base = gfn_of_gpa(device->carveout.config.base),
		.size = device->stanza.size,
		.handle = vaults_handle(&device->tenant->handle,
					device->tenant->guest.domid,
					device->stanza.name),
	};
}

static struct pool_place pool_place(const struct device *device)
{
	return (struct pool_place){
		.guest = &device->tenant->guest,
		.name = device->stanza.name,
		.pool = device->pool,
		.base = gfn_of_gpa(device->carveout.config.base),
		.first = mfn_of_address(device->stanza.at),
		.size = device->stanza.size,
	};
}

/* ---- making ---- */

static int create_in_pool(struct device *device, struct backing **backing,
			  bool *blank, struct sentence why)
{
	struct pool_frames frames;
	struct pool_place place;
	int rc;

	rc = pools_take(device->tenant->manager, &device->stanza, &frames, why);
	if (rc)
		return rc;
	/* From here on the stanza says where it is, as the record will. */
	device->pool = frames.pool;
	device->stanza.at = frames.first.n << HV_PAGE_SHIFT;
	snprintf(device->stanza.pool, sizeof(device->stanza.pool), "%s",
		 frames.pool->space.name);
	*blank = frames.clean;
	place = pool_place(device);
	rc = pool_create(&place, backing);
	if (!rc)
		return 0;
	pool_space_return(&frames.pool->space, frames.first,
			  device->stanza.size >> HV_PAGE_SHIFT);
	if (rc == -EPERM)
		return sentence_set(
			why, rc,
			"dom0 has no right to the pool's frames: hv-mgr doctor");
	return rc;
}

static void own(struct device *device)
{
	device->tenant->manager->domids->vault[device->vault] = device;
}

void content_disown(struct device *device)
{
	struct device **owner =
		&device->tenant->manager->domids->vault[device->vault];

	if (*owner == device)
		*owner = NULL;
}

/* One that is there already may be what an attach that failed left. */
static int create_vault(struct device *device, struct backing **backing)
{
	struct manager *manager = device->tenant->manager;
	struct vault_place place = vault_place(device);
	int rc = vault_create(&place, backing, &device->vault);

	if (rc == -EEXIST && !manager->records_doubted) {
		vaults_drop_strays(manager);
		rc = vault_create(&place, backing, &device->vault);
	}
	if (!rc)
		own(device);
	return rc;
}

int content_create(struct device *device, struct backing **backing, bool *blank,
		   struct sentence why)
{
	*why.text = '\0';
	if (is_pooled(device))
		return create_in_pool(device, backing, blank, why);
	*blank = device->tenant->guest.scrubs_freed_pages;
	return create_vault(device, backing);
}

/* Those that are there, of the record's; returns how many. */
static unsigned int windows_of(const struct record *record,
			       struct backing_window windows[CARVEOUT_WINDOWS])
{
	unsigned int count = 0;

	for (int i = 0; i < CARVEOUT_WINDOWS; i++)
		if (record->carveout.windows[i].state != WINDOW_FREE)
			windows[count++] = record->carveout.windows[i].memory;
	return count;
}

static int adopt_in_pool(struct device *device, const struct record *record,
			 struct backing **backing)
{
	const struct stanza *stanza = &device->stanza;
	uint64_t pages = stanza->size >> HV_PAGE_SHIFT;
	struct backing_window windows[CARVEOUT_WINDOWS];
	struct pool_place place;
	bool clean;
	int rc;

	device->pool = pools_find(device->tenant->manager, stanza->pool);
	if (!device->pool)
		return -ENOENT;
	place = pool_place(device);
	rc = pool_space_take_at(&device->pool->space, place.first, pages,
				&clean);
	if (rc)
		return rc;
	rc = pool_adopt(&place, windows, windows_of(record, windows), backing);
	if (rc)
		pool_space_return(&device->pool->space, place.first, pages);
	return rc;
}

int content_adopt(struct device *device, const struct record *record,
		  struct backing **backing)
{
	struct vault_place place;

	if (is_pooled(device))
		return adopt_in_pool(device, record, backing);
	device->vault = record->vault;
	own(device);
	place = vault_place(device);
	return vault_adopt(&place, record->vault, backing);
}

void content_withdraw_lost(const struct device *device,
			   const struct record *record)
{
	struct backing_window windows[CARVEOUT_WINDOWS];
	unsigned int count = windows_of(record, windows);
	struct vault_place place;

	if (is_pooled(device))
		return;
	place = vault_place(device);
	for (unsigned int i = 0; i < count; i++)
		vault_withdraw_lost(&place, &windows[i]);
}

/* ---- xenstore: a vault is a domain that others see ---- */

int content_publish(struct device *device)
{
	return is_pooled(device) ? 0 : vaults_publish(device);
}

void content_unpublish(const struct device *device)
{
	if (!is_pooled(device))
		vaults_unpublish(device->tenant->manager->xs, device->vault);
}

bool content_is_left(const struct device *device)
{
	return !is_pooled(device) &&
	       vaults_lives(device->tenant->manager, device->vault);
}

/* A window on a vault is made of the guest's own pages; one on a pool is not. */
uint64_t content_guest_pages(const struct stanza *stanza)
{
	if (stanza->backing == STANZA_POOL)
		return POOL_GUEST_PAGES;
	return (uint64_t)stanza->windows * stanza->window / HV_PAGE_SIZE;
}

struct content_text content_text(const struct device *device)
{
	struct content_text text;

	if (is_pooled(device))
		snprintf(text.text, sizeof(text.text), "%s at 0x%llx",
			 device->stanza.pool, ull(device->stanza.at));
	else
		snprintf(text.text, sizeof(text.text), "vault %u",
			 device->vault);
	return text;
}
