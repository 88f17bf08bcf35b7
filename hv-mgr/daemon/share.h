/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a guest gets of the manager's time when it is its turn: as much for one
 * carveout as for many.
 */
#ifndef DAEMON_SHARE_H
#define DAEMON_SHARE_H

#include "daemon/manager.h"

/*
 * One bounded step for one of its devices, each of which has its turn, and what
 * was refused is tried again.  The tenant may be freed.
 */
void share_take(struct tenant *tenant);

/* Milliseconds until there is something to do for it; -1: nothing. */
int64_t share_wait(const struct tenant *tenant);

#endif
