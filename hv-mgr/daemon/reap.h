/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Domains that are gone: xenstored says that there is one, and not which.
 */
#ifndef DAEMON_REAP_H
#define DAEMON_REAP_H

#include "daemon/manager.h"

/* @releaseDomain fired, once or often: domains are looked at from the first. */
void reap_begin(struct manager *manager);

/*
 * Look at the next of them, a bounded number, and release what belongs to those
 * that are gone.  true: there are more.
 */
bool reap_step(struct manager *manager);

#endif
