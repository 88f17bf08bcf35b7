/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One manager a host, whatever socket each would listen on: two would withdraw
 * each other's windows.
 */
#ifndef DAEMON_LOCK_H
#define DAEMON_LOCK_H

#define LOCK_FILE "/run/hv-mgr.lock"

/*
 * One that was killed has the lock until Linux has taken down what it mapped,
 * which takes a while where that are a guest's pages.
 */
#define LOCK_PATIENCE_MS 5000

/*
 * Take the lock for the rest of this process's life; however that ends, the
 * kernel gives it to the next.  Waits up to `patience_ms` for one that is
 * ending. -EADDRINUSE: another process keeps it.  Other errors are logged.
 */
int lock_take(const char *path, int patience_ms);

#endif
