// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/names.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/store.h"
#include "daemon/tenant.h"

#define BATCH 64

static char *read_name(struct xs_handle *xs, hv_domid domid)
{
	struct store_path path = store_path("/local/domain/%u/name", domid);
	unsigned int length;

	return xs_read(xs, XBT_NULL, path.text, &length);
}

static bool is_called(struct xs_handle *xs, hv_domid domid, const char *name)
{
	char *found = read_name(xs, domid);
	bool same = found && !strcmp(found, name);

	free(found);
	return same;
}

/* Of those whose name was that before, most often one still is it. */
static int find_tenant(struct manager *manager, const char *name,
		       hv_domid *domid)
{
	for (struct tenant *t = manager->tenants; t; t = t->next) {
		if (strcmp(t->name, name) != 0 ||
		    !is_called(manager->xs, t->guest.domid, name))
			continue;
		*domid = t->guest.domid;
		return 0;
	}
	return -ESRCH;
}

static int find_domain(struct manager *manager, const char *name,
		       hv_domid *domid)
{
	struct hv_domain domains[BATCH];
	hv_domid first = 0;
	int count;

	while ((count = hv_domain_list(manager->hv, first, domains, BATCH)) >
	       0) {
		for (int i = 0; i < count; i++) {
			*domid = domains[i].domid;
			if (is_called(manager->xs, *domid, name))
				return 0;
		}
		first = (hv_domid)(*domid + 1);
	}
	return -ESRCH;
}

int names_resolve(struct manager *manager, const char *text, hv_domid *domid)
{
	struct hv_domain domain;
	size_t digits = strspn(text, "0123456789");
	unsigned long n;

	if (!*text)
		return -ESRCH;
	if (text[digits])
		return find_tenant(manager, text, domid) ?
			       find_domain(manager, text, domid) :
			       0;
	n = strtoul(text, NULL, 10);
	if (n >= DOMIDS)
		return -ESRCH;
	*domid = (hv_domid)n;
	return hv_domain_get(manager->hv, *domid, &domain);
}

void names_refresh(struct tenant *tenant)
{
	char *name = read_name(tenant->manager->xs, tenant->guest.domid);

	if (name && *name)
		snprintf(tenant->name, sizeof(tenant->name), "%s", name);
	free(name);
}
