/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The command line's end of the control socket: one request, then its reply,
 * waited for.  control.h says what is in them.
 */
#ifndef CONTROL_CLIENT_H
#define CONTROL_CLIENT_H

#include "control/control.h"

/* For tests: the path of the socket, when none is given. */
#define CLIENT_SOCKET_VARIABLE "HV_MGR_SOCKET"

/* For tests: milliseconds instead of CONTROL_SILENCE_MS. */
#define CLIENT_SILENCE_VARIABLE "HV_MGR_SILENCE_MS"

struct client;

/* path, or else what the environment says, or else CONTROL_SOCKET. */
const char *client_socket_path(const char *path);

/* A negated errno: -ENOENT and -ECONNREFUSED mean that no daemon runs. */
int client_open(const char *path, struct client **client);
void client_close(struct client *client); /* accepts NULL */

/* Called with the "progress" object of each message that carries one. */
typedef void client_progress(struct json_object *progress, void *context);

/*
 * Send a request and wait for its reply, which the caller frees.  Returns 0
 * also if the reply is a refusal.  -EPIPE: the daemon went away; -ETIMEDOUT: it
 * says nothing; -EPROTO: it said what is no reply; -EINTR is not returned.
 * progress may be NULL.
 */
int client_request(struct client *client, struct json_object *request,
		   const void *data, uint32_t data_length,
		   client_progress *progress, void *context,
		   struct control_message *reply);

/*
 * What a negated errno of client_open() or client_request() means to a person,
 * and what to do.
 */
void client_explain(int error, const char *path, char *text, size_t size);

#endif
