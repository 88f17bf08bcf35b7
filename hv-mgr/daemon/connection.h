/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A client of the control socket, as the commands see it: what it is answered.
 * How it comes and goes is the server's.
 */
#ifndef DAEMON_CONNECTION_H
#define DAEMON_CONNECTION_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>

struct device;
struct loop;
struct server;

struct connection {
	struct connection *next;
	struct server *server;
	struct loop *loop;
	int fd;
	uint8_t *in; /* in_room bytes, while there is something in it */
	size_t in_room, in_length;
	size_t in_used; /* that were ever written: to be wiped */
	uint8_t *out;
	size_t out_length, out_sent;
	bool known;	   /* to devices: it has loaded or waited */
	bool waiting;	   /* its request is not answered yet */
	bool kept;	   /* and is still in `in`, to be run again */
	bool dead;	   /* it cannot be answered any more */
	uint64_t moved_at; /* ms: when something came, went, or was queued */
	uint64_t progress_at;
};

/* Answer its request.  json stays the caller's. */
void connection_reply(struct connection *connection, struct json_object *json,
		      const void *data, uint32_t length);

/* Tell it how far a device's slow work is; at most 4 times a second. */
void connection_tell_progress(struct connection *connection,
			      const struct device *device);

/* It is a device's loader or waiter: its end concerns devices from now on. */
void connection_is_known(struct connection *connection);

/* Its request stays as it came, to be run anew when what it waits for is over:
 * connection_run_again(). */
void connection_keep_request(struct connection *connection);
void connection_run_again(struct connection *connection);

/*
 * Send what is queued, as far as the socket takes it; the rest goes when poll
 * says so.  False: the connection is dead.
 */
bool connection_flush(struct connection *connection);

/* Wipe and free a buffer of which so much was ever written. */
void connection_wipe(uint8_t **buffer, size_t length);

#endif
