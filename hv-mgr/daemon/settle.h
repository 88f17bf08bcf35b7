/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the hypervisor or xenstored refused when it was to be done, and nobody
 * waits for: tried again until it is done.
 */
#ifndef DAEMON_SETTLE_H
#define DAEMON_SETTLE_H

#include "daemon/manager.h"

/* There is something of this tenant's; settle_tenant() tries again if it is
 * time, and may free the tenant. */
bool settle_owes(const struct tenant *tenant);
void settle_tenant(struct tenant *tenant);

/*
 * Look for what is in our name and nobody's.  Milliseconds until that is to be
 * done again; -1: there is nothing.
 */
int64_t settle_strays(struct manager *manager);

#endif
