/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The control socket: connections of the command line tool, each with one
 * request at a time (control/control.h).
 */
#ifndef DAEMON_SERVER_H
#define DAEMON_SERVER_H

#include "daemon/manager.h"

/*
 * Listen on a socket that only root may open; the caller has the lock.
 * -EADDRINUSE: somebody listens there already; other errors are logged.
 * server_stop() accepts NULL, and leaves the socket's name to the next manager:
 * a manager in its sandbox can remove no file.
 */
int server_start(struct manager *manager, const char *path);
void server_stop(struct server *server);

/*
 * Hang up on clients that stopped half-way.  Returns the milliseconds until the
 * next one may be one; -1: there is none.
 */
int64_t server_turn(struct server *server);

#endif
