// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/uuid.h"
#include "daemon/vaults.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/sha256.h"
#include "daemon/device.h"
#include "daemon/store.h"
#include "daemon/tenant.h"

/* Domains asked for in one hypercall. */
#define AT_ONCE 256

static const uint8_t prefix[4] = { 'h', 'v', 'm', 'g' };
/* RFC 9562: version 8 is of one's own making, where what toolstacks make is 4
 * or 1. */
enum { VERSION = 6, VARIANT = 8 };

struct hv_handle vaults_handle(const struct hv_handle *guest, hv_domid domid,
			       const char *name)
{
	struct hv_handle handle;
	char text[80 + STANZA_NAME_MAX];
	uint8_t digest[SHA256_SIZE];
	int length = snprintf(text, sizeof(text), "%s/%u/%s",
			      uuid_text(guest).text, domid, name);

	sha256_of(text, (size_t)length, digest);
	memcpy(handle.byte, digest, sizeof(handle.byte));
	memcpy(handle.byte, prefix, sizeof(prefix));
	handle.byte[VERSION] = (uint8_t)(0x80 | (digest[VERSION] & 0x0f));
	handle.byte[VARIANT] = (uint8_t)(0x80 | (digest[VARIANT] & 0x3f));
	return handle;
}

bool vaults_is_ours(const struct hv_domain *domain)
{
	const uint8_t *handle = domain->handle.byte;

	return domain->lifeless && !memcmp(handle, prefix, sizeof(prefix)) &&
	       handle[VERSION] >> 4 == 8 && handle[VARIANT] >> 6 == 2;
}

/* What it is called comes last: who finds it by that finds the rest. */
static int write_nodes(struct xs_handle *xs, const struct device *device)
{
	struct store_path domain =
		store_path("/local/domain/%u", device->vault);
	struct store_path libxl = store_path("/libxl/%u", device->vault);
	int rc;

	rc = store_write(xs, XBT_NULL, libxl.text, "type", "pvh");
	if (!rc)
		rc = store_write(xs, XBT_NULL, domain.text, "control/shutdown",
				 "%s", "");
	if (!rc)
		rc = store_write(xs, XBT_NULL, domain.text, "name", "%s/%s",
				 device->tenant->name, device->stanza.name);
	return rc;
}

static struct store_path shutdown_path(hv_domid vault)
{
	return store_path("/local/domain/%u/control/shutdown", vault);
}

int vaults_publish(struct device *device)
{
	struct xs_handle *xs = device->tenant->manager->xs;
	struct hv_store_ring ring;
	int rc;

	rc = vault_store_ring(device->carveout.backing, &ring);
	if (!rc)
		rc = write_nodes(xs, device);
	if (rc)
		return rc;
	if (!xs_introduce_domain(xs, device->vault, ring.frame.n, ring.port))
		return -errno;
	return xs_watch(xs, shutdown_path(device->vault).text, VAULTS_TOKEN) ?
		       0 :
		       -errno;
}

void vaults_unpublish(struct xs_handle *xs, hv_domid vault)
{
	xs_unwatch(xs, shutdown_path(vault).text, VAULTS_TOKEN);
	store_remove(xs, XBT_NULL, store_path("/local/domain/%u", vault).text);
	store_remove(xs, XBT_NULL, store_path("/libxl/%u", vault).text);
}

void vaults_shutdown_asked(struct manager *manager, const char *path)
{
	unsigned int length;
	char *asked = xs_read(manager->xs, XBT_NULL, path, &length);

	if (asked && length)
		xs_write(manager->xs, XBT_NULL, path, "", 0);
	free(asked);
}

/* Our mappings keep its domid from being another's as long as it is open. */
bool vaults_lives(struct manager *manager, hv_domid vault)
{
	struct hv_domain domain;
	int rc = hv_domain_get(manager->hv, vault, &domain);

	return rc ? rc != -ESRCH : !domain.dying;
}

static void drop_stray(struct manager *manager, const struct hv_domain *domain)
{
	log_warning("vault %u (%s) belongs to no carveout: destroyed",
		    domain->domid, uuid_text(&domain->handle).text);
	vaults_unpublish(manager->xs, domain->domid);
	hv_domain_destroy(manager->hv, domain->domid);
}

bool vaults_drop_strays(struct manager *manager)
{
	struct hv_domain domains[AT_ONCE];
	hv_domid first = 0;
	bool more = false;
	int found;

	do {
		found = hv_domain_list(manager->hv, first, domains, AT_ONCE);
		for (int i = 0; i < found; i++) {
			const struct hv_domain *domain = &domains[i];

			if (!vaults_is_ours(domain) || domain->dying ||
			    manager->domids->vault[domain->domid])
				continue;
			drop_stray(manager, domain);
			more = true;
		}
		if (found > 0)
			first = (hv_domid)(domains[found - 1].domid + 1);
	} while (found == AT_ONCE);
	return more || found < 0;
}
