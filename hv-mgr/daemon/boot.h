/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What holds for as long as the host is up: where xenstore is, and that it has
 * not forgotten.
 */
#ifndef DAEMON_BOOT_H
#define DAEMON_BOOT_H

#include "daemon/manager.h"

/*
 * Records outlive the manager in xenstore, which lives as long as the host is
 * up, unless xenstored dies and comes back empty.  Then guests may have windows
 * that nobody knows, and vaults have content that is nobody's.  It shows by a
 * file that lives as long, /run being emptied at boot only: where that is and
 * /hv-mgr is not, all that could be somebody's is left as it is, and nobody is
 * given anything, until no guest lives.
 *
 * Returns 0; or a negated errno, after it was logged.
 */
int boot_check(struct manager *manager);

/* The end of a sentence; NULL: xenstore has all that was recorded. */
const char *boot_doubt(const struct manager *manager);

#endif
