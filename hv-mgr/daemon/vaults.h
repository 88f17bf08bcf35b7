/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Vaults as domains that other people see: their handles, and what xenstore and
 * xl know of them.
 */
#ifndef DAEMON_VAULTS_H
#define DAEMON_VAULTS_H

#include "backing/vault.h"
#include "daemon/manager.h"

/*
 * The handle of the vault for a guest's carveout: four bytes that say whose it
 * is, and a hash of the guest's UUID and domid and the carveout's name.  It is
 * given at creation, so that a vault whose manager was killed before it wrote a
 * record can still be told.
 */
struct hv_handle vaults_handle(const struct hv_handle *guest, hv_domid domid,
			       const char *name);

/*
 * By its handle, and by what a guest cannot be, whatever UUID it was given.
 */
bool vaults_is_ours(const struct hv_domain *domain);

/*
 * Make xl treat the vault as a domain that it knows: a name for `xl list`,
 * GUEST/CARVEOUT, which is in no guest's way: xl opens a log by a guest's name
 * (libxl_create_logfile()), so that there is none with a slash; a
 * type, without which libxl takes it for an HVM domain with no PV drivers,
 * where `xl shutdown -a` stops; an introduction to xenstored, so that its end
 * is announced to those who wait for it (`xl shutdown -a -w`).
 */
int vaults_publish(struct device *device);
void vaults_unpublish(struct xs_handle *xs, hv_domid vault);

/*
 * xl asks a domain to shut down by writing its control/shutdown, and waits for
 * it to be emptied.  A vault agrees, and goes when its guest goes.
 */
#define VAULTS_TOKEN "vault"
void vaults_shutdown_asked(struct manager *manager, const char *path);

/* It is there, as far as Xen says. */
bool vaults_lives(struct manager *manager, hv_domid vault);

/* Destroy vaults that no device of ours owns.  true: there may be more. */
bool vaults_drop_strays(struct manager *manager);

#endif
