// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/reap.h"

#include "daemon/device.h"
#include "daemon/tenant.h"
#include "daemon/vaults.h"

/* Domains in one step, which is one hypercall. */
#define STEP 256

void reap_begin(struct manager *manager)
{
	manager->reaping = true;
	manager->reap_next = 0;
}

/* domain: as Xen has it; NULL: it has none. */
static void look_at(struct manager *manager, hv_domid domid,
		    const struct hv_domain *domain)
{
	struct tenant *tenant = manager->domids->guest[domid];
	struct device *device = manager->domids->vault[domid];

	if (device && (!domain || domain->dying))
		device_check_vault(device);
	if (tenant && (!domain || !tenant_lives(domain, &tenant->handle)))
		tenant_release_if_gone(tenant);
}

bool reap_step(struct manager *manager)
{
	struct hv_domain domains[STEP];
	hv_domid end = DOMIDS;
	int found, i = 0;

	if (!manager->reaping)
		return false;
	found = hv_domain_list(manager->hv, manager->reap_next, domains, STEP);
	if (found == STEP)
		end = (hv_domid)(domains[found - 1].domid + 1);
	/* If that failed, each is asked for by itself. */
	for (hv_domid domid = manager->reap_next; domid < end; domid++)
		look_at(manager, domid,
			i < found && domains[i].domid == domid ? &domains[i++] :
								 NULL);
	manager->reap_next = end;
	manager->reaping = end < DOMIDS;
	return manager->reaping;
}
