/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which domain a command means.  Names change (xl rename), and may be another
 * domain's the next moment: they are asked of xenstore each time.
 */
#ifndef DAEMON_NAMES_H
#define DAEMON_NAMES_H

#include "daemon/manager.h"

/*
 * As xl does (libxl_domain_qualifier_to_domid()): digits are a domid, whatever
 * some domain is called; all else is the name that a domain has now.  -ESRCH:
 * no such domain.
 */
int names_resolve(struct manager *manager, const char *text, hv_domid *domid);

/* tenant->name as it is now; it stays what it was if there is none. */
void names_refresh(struct tenant *tenant);

#endif
