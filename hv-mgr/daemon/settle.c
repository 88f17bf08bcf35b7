// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/settle.h"

#include "base/clock.h"
#include "daemon/device.h"
#include "daemon/recover.h"
#include "daemon/tenant.h"
#include "daemon/vaults.h"
#include "daemon/xenbus.h"

#define AGAIN_MS 1000

/* ---- of one tenant ---- */

/* As long as a record is doubted, what seems to be nobody's may be its. */
bool settle_owes(const struct tenant *tenant)
{
	bool sure = !tenant->manager->records_doubted;

	if (guest_owes(&tenant->guest) ||
	    ((!tenant->devices || tenant->found_paused) && sure))
		return true;
	for (const struct device *d = tenant->devices; d; d = d->next)
		if (d->carveout.backing->exposed)
			return true;
	return false;
}

void settle_tenant(struct tenant *tenant)
{
	uint64_t now = clock_ms();

	if (!settle_owes(tenant) || now < tenant->settle_at)
		return;
	tenant->settle_at = now + AGAIN_MS;
	for (struct device *d = tenant->devices; d; d = d->next)
		carveout_settle(&d->carveout);
	recover_pause(tenant);
	if (!tenant_is_exposed(tenant))
		guest_settle(&tenant->guest);
	tenant_free_if_empty(tenant);
}

/* ---- of nobody's ---- */

/* What is refused now is found the next time: until there is nothing. */
static void drop_strays(struct manager *manager)
{
	bool more = xenbus_drop_strays(manager);

	more |= vaults_drop_strays(manager);
	manager->strays = more;
}

int64_t settle_strays(struct manager *manager)
{
	uint64_t now = clock_ms();

	if (!manager->strays || manager->records_doubted)
		return -1;
	if (now < manager->settle_at)
		return (int64_t)(manager->settle_at - now);
	manager->settle_at = now + AGAIN_MS;
	drop_strays(manager);
	return manager->strays ? AGAIN_MS : -1;
}
