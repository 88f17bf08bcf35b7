/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One manager a host, whatever socket each would listen on: two would withdraw
 * each other's windows.
 */
#ifndef DAEMON_LOCK_H
#define DAEMON_LOCK_H

#define LOCK_FILE "/run/hv-mgr.lock"

/*
 * Take the lock for the rest of this process's life; however that ends, the
 * kernel gives it to the next.  Waits some seconds for one that is ending.
 * -EADDRINUSE: another process keeps it.  Other errors are logged.
 */
int lock_take(const char *path);

#endif
