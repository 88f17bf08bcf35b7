// SPDX-License-Identifier: GPL-2.0-only
#include "client.h"

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

#define ROOM (16 << 20)
#define TURNS 2000

int client_open(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	strcpy(address.sun_path, dom0_socket());
	assert_int_equal(
		connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

void client_say(int fd, const char *text, const void *data, uint32_t length)
{
	struct json_object *json = json_tokener_parse(text);
	void *octets;
	long size;

	assert_non_null(json);
	size = control_encode(json, data, length, CONTROL_REQUEST_MAX, &octets);
	json_object_put(json);
	assert_true(size > 0);
	assert_int_equal(send(fd, octets, (size_t)size, MSG_NOSIGNAL), size);
	free(octets);
}

static bool is_progress(const struct control_message *message)
{
	return json_object_object_get_ex(message->json, "progress", NULL);
}

/* The next reply; what comes before it of progress is not wanted. */
struct json_object *client_hear_while(void (*step)(void), int fd)
{
	uint8_t *octets = malloc(ROOM);
	struct control_message message = { 0 };
	size_t length = 0;

	for (int i = 0; i < TURNS && !message.json; i++) {
		ssize_t got;
		long used;

		step();
		got = recv(fd, octets + length, ROOM - length, MSG_DONTWAIT);
		length += got > 0 ? (size_t)got : 0;
		used = control_decode(octets, length, CONTROL_REPLY_MAX,
				      &message);
		assert_true(used >= 0);
		if (!used || !is_progress(&message))
			continue;
		control_message_free(&message);
		length -= (size_t)used;
		memmove(octets, octets + used, length);
	}
	free(octets);
	assert_non_null(message.json);
	return message.json;
}

struct json_object *client_hear(int fd)
{
	return client_hear_while(host_turn, fd);
}

int client_error(struct json_object *reply)
{
	struct json_object *value;
	int error = 0;

	if (json_object_object_get_ex(reply, "errno", &value))
		error = json_object_get_int(value);
	json_object_put(reply);
	return error;
}

/* The errno that was answered. */
int client_ask(int fd, const void *data, uint32_t length, const char *format,
	       ...)
{
	char text[512];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	client_say(fd, text, data, length);
	return client_error(client_hear(fd));
}
