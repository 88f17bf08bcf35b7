// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/settle.h"

#include "base/clock.h"
#include "daemon/device.h"
#include "daemon/record.h"
#include "daemon/recover.h"
#include "daemon/tenant.h"
#include "daemon/vaults.h"

#define AGAIN_MS 1000

/* As long as a record is doubted, what seems to be nobody's may be its. */
static bool owes(const struct manager *manager)
{
	bool sure = !manager->records_doubted;

	if (manager->strays && sure)
		return true;
	for (const struct tenant *t = manager->tenants; t; t = t->next) {
		if (guest_owes(&t->guest) ||
		    ((!t->devices || t->found_paused) && sure))
			return true;
		for (const struct device *d = t->devices; d; d = d->next)
			if (d->carveout.backing->exposed)
				return true;
	}
	return false;
}

static void settle_tenant(struct tenant *tenant)
{
	for (struct device *d = tenant->devices; d; d = d->next)
		carveout_settle(&d->carveout);
	recover_pause(tenant);
	if (!tenant_is_exposed(tenant))
		guest_settle(&tenant->guest);
	tenant_free_if_empty(tenant);
}

/* What is refused now is found the next time: until there is nothing. */
static void drop_strays(struct manager *manager)
{
	bool more = device_drop_strays(manager);

	more |= vaults_drop_strays(manager);
	more |= record_drop_strays(manager);
	manager->strays = more;
}

int64_t settle(struct manager *manager)
{
	uint64_t now = clock_ms();
	struct tenant *next;

	if (!owes(manager))
		return -1;
	if (now < manager->settle_at)
		return (int64_t)(manager->settle_at - now);
	manager->settle_at = now + AGAIN_MS;
	for (struct tenant *t = manager->tenants; t; t = next) {
		next = t->next;
		settle_tenant(t);
	}
	if (!manager->records_doubted)
		drop_strays(manager);
	return owes(manager) ? AGAIN_MS : -1;
}
