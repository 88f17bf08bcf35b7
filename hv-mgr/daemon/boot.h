/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What holds for as long as the host is up: where xenstore is, and that records
 * are not lost.
 */
#ifndef DAEMON_BOOT_H
#define DAEMON_BOOT_H

#include "daemon/manager.h"

/*
 * Records outlive the manager in /run, which is emptied at boot only, unless
 * somebody removes them.  Then guests may have windows that nobody knows, and
 * vaults have content that is nobody's.  It shows by a node in xenstore, which
 * lives as long: where that is and records are not, all that could be somebody's
 * is left as it is, and nobody is given anything, until no guest lives.
 *
 * Returns 0; or a negated errno, after it was logged.
 */
int boot_check(struct manager *manager);

/* The end of a sentence; NULL: all that was recorded is there. */
const char *boot_doubt(const struct manager *manager);

#endif
