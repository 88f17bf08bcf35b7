/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The control socket: connections of the command line tool, each with one
 * request at a time (control/control.h).
 */
#ifndef DAEMON_SERVER_H
#define DAEMON_SERVER_H

#include <json-c/json.h>

#include "control/control.h"
#include "daemon/device.h"
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

/* Answer the request of a connection.  json stays the caller's. */
void server_reply(struct connection *connection, struct json_object *json,
		  const void *data, uint32_t length);

/* It is a device's loader or waiter: its end concerns devices from now on. */
void server_client_is_known(struct connection *connection);

/* Its request stays as it came, to be run anew when what it waits for is over
 * (struct waiter, again). */
void server_keep_request(struct connection *connection);

/* Tell clients that wait how far slow work is; at most 4 times a second. */
void server_progress(struct device *device);

/* Answer those who waited for a device's slow work (both kinds of waiter), if
 * there is somebody. */
bool server_owes(const struct device *device);
void server_settle(struct device *device);

/* A connection waits for nothing of a tenant's any more. */
void server_forget_waiters(struct tenant *tenant,
			   const struct connection *connection);

/* The device goes: whoever waited for it or was loading it is told. */
void server_forget_device(struct device *device);

#endif
