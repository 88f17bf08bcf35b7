/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the hypervisor or xenstored refused when it was to be done, and nobody
 * waits for: tried again until it is done.
 */
#ifndef DAEMON_SETTLE_H
#define DAEMON_SETTLE_H

#include "daemon/manager.h"

/* Milliseconds until there is something to try again; -1: there is nothing. */
int64_t settle(struct manager *manager);

#endif
