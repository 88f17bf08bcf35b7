// SPDX-License-Identifier: GPL-2.0-only
#include "dom0.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "cmocka_all.h"
#include "control/control.h"
#include "host.h"

static char directory[] = "/tmp/hv-mgr-world.XXXXXX";
static char path[sizeof(directory) + 16];

static void clean_up(void)
{
	unlink(path);
	rmdir(directory);
}

const char *dom0_socket(void)
{
	if (!*path) {
		assert_non_null(mkdtemp(directory));
		snprintf(path, sizeof(path), "%s/socket", directory);
		atexit(clean_up);
	}
	return path;
}

void dom0_hang_up(void)
{
	if (host.dom0.fd)
		close(host.dom0.fd);
	host.dom0.fd = 0;
	host.dom0.length = 0;
}

void dom0_ask(const char *format, ...)
{
	va_list args;

	assert_true(dom0_answered());
	va_start(args, format);
	vsnprintf(host.dom0.request, sizeof(host.dom0.request), format, args);
	va_end(args);
	host.dom0.asked = 0;
}

bool dom0_answered(void)
{
	return !*host.dom0.request;
}

/* ---- the socket ---- */

static bool send_request(void)
{
	struct json_object *json = json_tokener_parse(host.dom0.request);
	void *buffer;
	long length;
	bool sent;

	assert_non_null(json);
	length = control_encode(json, NULL, 0, CONTROL_REQUEST_MAX, &buffer);
	json_object_put(json);
	assert_true(length > 0);
	sent = send(host.dom0.fd, buffer, (size_t)length, MSG_NOSIGNAL) ==
	       length;
	free(buffer);
	return sent;
}

static void connect_and_ask(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	strcpy(address.sun_path, dom0_socket());
	host.dom0.fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_true(host.dom0.fd > 0);
	if (connect(host.dom0.fd, (struct sockaddr *)&address,
		    sizeof(address)) ||
	    !send_request())
		dom0_hang_up();
	else
		host.dom0.asked++;
}

/* A refusal is a number, and a sentence. */
static int error_of(struct json_object *json)
{
	struct json_object *value;

	assert_true(json_object_object_get_ex(json, "error", &value));
	assert_non_null(strchr(json_object_get_string(value), ' '));
	assert_true(json_object_object_get_ex(json, "errno", &value));
	assert_true(json_object_get_int(value) > 0);
	return json_object_get_int(value);
}

/* What was answered, unless it is but a word on progress. */
static void take(const struct control_message *message)
{
	struct json_object *value;

	if (!json_object_object_get_ex(message->json, "ok", &value))
		return;
	host.dom0.error = 0;
	if (!json_object_get_boolean(value))
		host.dom0.error = error_of(message->json);
	assert_true(message->data_length <= sizeof(host.dom0.data));
	if (message->data_length)
		memcpy(host.dom0.data, message->data, message->data_length);
	*host.dom0.request = '\0';
}

static void decode(void)
{
	struct dom0 *dom0 = &host.dom0;
	struct control_message message = { 0 };
	long used;

	while ((used = control_decode(dom0->reply, dom0->length,
				      CONTROL_REPLY_MAX, &message)) > 0) {
		take(&message);
		control_message_free(&message);
		dom0->length -= (size_t)used;
		memmove(dom0->reply, dom0->reply + used, dom0->length);
	}
	assert_int_equal(used, 0);
	if (dom0_answered())
		dom0_hang_up();
}

void dom0_step(void)
{
	struct dom0 *dom0 = &host.dom0;
	ssize_t got;

	if (dom0_answered() || !host.alive)
		return;
	if (!dom0->fd) {
		connect_and_ask();
		return;
	}
	got = recv(dom0->fd, dom0->reply + dom0->length,
		   sizeof(dom0->reply) - dom0->length, MSG_DONTWAIT);
	if (got < 0 && errno == EAGAIN)
		return;
	if (got <= 0) {
		dom0_hang_up();
		return;
	}
	dom0->length += (size_t)got;
	decode();
}
