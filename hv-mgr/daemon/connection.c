// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/connection.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/crash_point.h"
#include "base/log.h"
#include "control/control.h"
#include "daemon/loop.h"
#include "daemon/report.h"

#define PROGRESS_MS 250

void connection_wipe(uint8_t **buffer, size_t length)
{
	if (*buffer)
		explicit_bzero(*buffer, length);
	free(*buffer);
	*buffer = NULL;
}

/* ---- sending ---- */

bool connection_flush(struct connection *connection)
{
	ssize_t sent;

	while (connection->out_sent < connection->out_length) {
		crash_point();
		sent = send(connection->fd,
			    connection->out + connection->out_sent,
			    connection->out_length - connection->out_sent,
			    MSG_NOSIGNAL | MSG_DONTWAIT);
		if (sent < 0 && errno == EAGAIN) {
			loop_set_events(connection->loop, connection->fd,
					POLLIN | POLLOUT);
			return true;
		}
		if (sent < 0)
			return false;
		connection->out_sent += (size_t)sent;
		connection->moved_at = clock_ms();
	}
	connection_wipe(&connection->out, connection->out_length);
	connection->out_length = 0;
	connection->out_sent = 0;
	loop_set_events(connection->loop, connection->fd, POLLIN);
	return true;
}

/*
 * Sending happens when poll says that the socket takes it.  Until then it has
 * its limit of time, as serve() comes only to who takes something.
 */
static void wake(struct connection *connection)
{
	if (!connection->out_length)
		connection->moved_at = clock_ms();
	loop_set_events(connection->loop, connection->fd, POLLIN | POLLOUT);
}

static int append(struct connection *connection, const void *bytes,
		  size_t length)
{
	uint8_t *grown = malloc(connection->out_length + length);

	if (!grown)
		return -ENOMEM;
	wake(connection);
	if (connection->out_length)
		memcpy(grown, connection->out, connection->out_length);
	memcpy(grown + connection->out_length, bytes, length);
	connection_wipe(&connection->out, connection->out_length);
	connection->out = grown;
	connection->out_length += length;
	return 0;
}

static int queue(struct connection *connection, struct json_object *json,
		 const void *data, uint32_t length)
{
	void *buffer;
	long size;
	int rc;

	size = control_encode(json, data, length, CONTROL_REPLY_MAX, &buffer);
	if (size < 0)
		return (int)size;
	rc = append(connection, buffer, (size_t)size);
	explicit_bzero(buffer, (size_t)size);
	free(buffer);
	return rc;
}

/* Only what asks for lists can be too long: nothing was done that this denies.
 * EMSGSIZE itself is a carveout's, of an image that has another length. */
static int queue_too_long(struct connection *connection)
{
	struct json_object *json = json_object_new_object();
	int rc;

	json_object_object_add(json, "ok", json_object_new_boolean(false));
	json_object_object_add(json, "errno", json_object_new_int(EOVERFLOW));
	json_object_object_add(
		json, "error",
		json_object_new_string(
			"the answer is longer than a reply can be: ask for less, one domain or one carveout"));
	rc = queue(connection, json, NULL, 0);
	json_object_put(json);
	return rc;
}

/*
 * Who waits must not wait for ever.  Without memory for a reply he is hung up
 * on, when his request is through: what he asked for may have been done, and an
 * error would deny it.
 */
void connection_reply(struct connection *connection, struct json_object *json,
		      const void *data, uint32_t length)
{
	int rc = queue(connection, json, data, length);

	connection->waiting = false;
	if (!rc)
		return;
	log_error("a reply to a client could not be made: %s", strerror(-rc));
	if (rc == -EMSGSIZE && !queue_too_long(connection))
		return;
	connection->dead = true;
	wake(connection);
}

void connection_tell_progress(struct connection *connection,
			      const struct device *device)
{
	uint64_t now = clock_ms();
	struct json_object *json;

	if (now - connection->progress_at < PROGRESS_MS)
		return;
	connection->progress_at = now;
	json = report_progress(device);
	/* One that is lost is not missed. */
	(void)queue(connection, json, NULL, 0);
	json_object_put(json);
}

/* ---- its request ---- */

void connection_is_known(struct connection *connection)
{
	connection->known = true;
}

void connection_keep_request(struct connection *connection)
{
	connection->kept = true;
}

/* The server runs it, as if it had come now. */
void connection_run_again(struct connection *connection)
{
	connection->waiting = false;
	connection->moved_at = clock_ms();
	loop_set_events(connection->loop, connection->fd, POLLIN | POLLOUT);
}
