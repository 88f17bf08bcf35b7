// SPDX-License-Identifier: GPL-2.0-only
#include "control/client.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

struct client {
	int fd;
};

const char *client_socket_path(const char *path)
{
	if (!path)
		path = getenv(CLIENT_SOCKET_VARIABLE);
	return path && *path ? path : CONTROL_SOCKET;
}

/* EAGAIN: its time is over. */
static int gone(int error)
{
	switch (error) {
	case ECONNRESET:
		return -EPIPE;
	case EAGAIN:
		return -ETIMEDOUT;
	default:
		return -error;
	}
}

/* Of each send() and recv(), and of connect(): a daemon that does not turn any
 * more does not accept either. */
static void limit_silence(int fd)
{
	const char *text = getenv(CLIENT_SILENCE_VARIABLE);
	long ms = text ? strtol(text, NULL, 10) : CONTROL_SILENCE_MS;
	const struct timeval time = { ms / 1000, ms % 1000 * 1000 };

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof(time));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &time, sizeof(time));
}

static int connect_to(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd, error;

	if (strlen(path) >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	strcpy(address.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	limit_silence(fd);
	if (!connect(fd, (struct sockaddr *)&address, sizeof(address)))
		return fd;
	error = errno;
	close(fd);
	return gone(error);
}

int client_open(const char *path, struct client **client)
{
	int fd = connect_to(client_socket_path(path));

	if (fd < 0)
		return fd;
	*client = malloc(sizeof(**client));
	if (!*client) {
		close(fd);
		return -ENOMEM;
	}
	(*client)->fd = fd;
	return 0;
}

void client_close(struct client *client)
{
	if (!client)
		return;
	close(client->fd);
	free(client);
}

/* MSG_NOSIGNAL: a daemon that died is an error to tell, not a signal. */
static int send_all(int fd, const uint8_t *octets, size_t length)
{
	while (length) {
		ssize_t sent = send(fd, octets, length, MSG_NOSIGNAL);

		if (sent < 0 && errno == EINTR)
			continue;
		if (sent < 0)
			return gone(errno);
		octets += sent;
		length -= (size_t)sent;
	}
	return 0;
}

static int receive_all(int fd, uint8_t *octets, size_t length)
{
	while (length) {
		ssize_t got = recv(fd, octets, length, 0);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return gone(errno);
		if (!got)
			return -EPIPE;
		octets += got;
		length -= (size_t)got;
	}
	return 0;
}

static int send_message(int fd, struct json_object *request, const void *data,
			uint32_t data_length)
{
	void *buffer = NULL;
	long length = control_encode(request, data, data_length,
				     CONTROL_REQUEST_MAX, &buffer);
	int rc;

	if (length < 0)
		return (int)length;
	rc = send_all(fd, buffer, (size_t)length);
	explicit_bzero(buffer, (size_t)length);
	free(buffer);
	return rc;
}

/* ---- receiving ---- */

#define ROOM_FIRST (64U << 10)

struct body {
	uint8_t *octets;
	size_t length, room;
};

/* It may be content, which is nobody else's. */
static void wipe(struct body *body)
{
	if (body->octets)
		explicit_bzero(body->octets, body->room);
	free(body->octets);
}

/* Room grows with what has come, whatever was announced. */
static int make_room(struct body *body, size_t most)
{
	struct body larger = { .length = body->length,
			       .room = body->room ? 2 * body->room :
						    ROOM_FIRST };

	if (larger.room > most)
		larger.room = most;
	larger.octets = malloc(larger.room);
	if (!larger.octets)
		return -ENOMEM;
	if (body->length)
		memcpy(larger.octets, body->octets, body->length);
	wipe(body);
	*body = larger;
	return 0;
}

static int receive_rest(int fd, struct body *body, size_t length)
{
	int rc;

	for (;;) {
		rc = receive_all(fd, body->octets + body->length,
				 body->room - body->length);
		if (rc)
			return rc;
		body->length = body->room;
		if (body->length == length)
			return 0;
		rc = make_room(body, length);
		if (rc)
			return rc;
	}
}

/* control_decode() checks the lengths again, with everything else. */
static int receive_body(int fd, const uint32_t header[2],
			struct control_message *message)
{
	const size_t size = 2 * sizeof(header[0]);
	size_t length = size + header[0] + header[1];
	struct body body = { .room = 0 };
	long decoded = make_room(&body, length);

	if (decoded)
		return (int)decoded;
	memcpy(body.octets, header, size);
	body.length = size;
	decoded = receive_rest(fd, &body, length);
	if (!decoded)
		decoded = control_decode(body.octets, body.length,
					 CONTROL_REPLY_MAX, message);
	wipe(&body);
	return decoded < 0 ? (int)decoded : 0;
}

static int receive_message(int fd, struct control_message *message)
{
	uint32_t header[2];
	int rc = receive_all(fd, (uint8_t *)header, sizeof(header));

	if (rc)
		return rc;
	if (header[0] > CONTROL_REPLY_MAX || header[1] > CONTROL_DATA_MAX)
		return -EPROTO;
	return receive_body(fd, header, message);
}

/* The next message that is no progress. */
static int receive_reply(int fd, client_progress *progress, void *context,
			 struct control_message *reply)
{
	struct json_object *told;
	int rc;

	for (;;) {
		rc = receive_message(fd, reply);
		if (rc)
			return rc;
		if (!json_object_object_get_ex(reply->json, "progress", &told))
			return 0;
		if (progress)
			progress(told, context);
		control_message_free(reply);
	}
}

int client_request(struct client *client, struct json_object *request,
		   const void *data, uint32_t data_length,
		   client_progress *progress, void *context,
		   struct control_message *reply)
{
	int rc = send_message(client->fd, request, data, data_length);

	*reply = (struct control_message){ 0 };
	/*
	 * A daemon that hangs up on a request has said why first: EPIPE on
	 * sending does not mean that there is nothing to read.
	 */
	if (rc && rc != -EPIPE)
		return rc;
	rc = receive_reply(client->fd, progress, context, reply);
	if (rc)
		return rc;
	if (json_object_object_get_ex(reply->json, "ok", NULL))
		return 0;
	control_message_free(reply);
	return -EPROTO;
}

void client_explain(int error, const char *path, char *text, size_t size)
{
	path = client_socket_path(path);
	switch (-error) {
	case ENOENT:
	case ECONNREFUSED:
		snprintf(
			text, size,
			"no daemon is running on %s (start it: systemctl start hv-mgr, or hv-mgr daemon)",
			path);
		return;
	case EACCES:
	case EPERM:
		snprintf(text, size,
			 "may not talk to the daemon on %s: only root may",
			 path);
		return;
	case EPIPE:
		snprintf(
			text, size,
			"the daemon on %s went away before it answered (its log says why: journalctl -u hv-mgr)",
			path);
		return;
	case ETIMEDOUT:
		snprintf(
			text, size,
			"the daemon on %s has said nothing for %d s: it may be stopped, or hang (systemctl status hv-mgr; systemctl restart hv-mgr loses no sealed content)",
			path, CONTROL_SILENCE_MS / 1000);
		return;
	case EPROTO:
		snprintf(
			text, size,
			"what answers on %s is no hv-mgr daemon, or one of another version",
			path);
		return;
	default:
		snprintf(text, size, "cannot talk to the daemon on %s: %s",
			 path, strerror(-error));
	}
}
