/* SPDX-License-Identifier: GPL-2.0-only */
/* Carveouts, pools and the host as the JSON of control/control.h. */
#ifndef DAEMON_REPORT_H
#define DAEMON_REPORT_H

#include <json-c/json.h>

#include "daemon/manager.h"

/* New objects, the caller's.  NULL: out of memory. */
struct json_object *report_device(const struct device *device);
struct json_object *report_progress(const struct device *device);
/* Into a reply: every pool of the host, the broken ones too, and what is wrong
 * with the tree that they are described in. */
void report_pools(const struct manager *manager, struct json_object *reply);
/* Into a reply: the host, this manager, and where its time went. */
void report_host(const struct manager *manager, struct json_object *reply);

#endif
