// SPDX-License-Identifier: GPL-2.0-only
/*
 * Any octets as what a daemon answers: the command line takes a reply from them
 * or says what is wrong, waits for no more than there is, and makes room for no
 * more than twice of it, whatever is announced.
 */
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "control/client.h"
#include "fuzz.h"

#define ROOM_FIRST (64U << 10)

static size_t largest; /* that was asked for at once */

/* In client.c, in the place of the real one. */
void *noted_malloc(size_t size);
void *noted_malloc(size_t size)
{
	if (size > largest)
		largest = size;
	return malloc(size);
}

/*
 * Where to connect to: a socket whose name is gone already, so that nothing is
 * left behind when this process ends, however it does.
 */
static const char *listen_on(int *listener)
{
	static struct sockaddr_un address = { .sun_family = AF_UNIX };
	static char path[32];

	if (*path)
		return path;
	snprintf(address.sun_path, sizeof(address.sun_path),
		 "/tmp/fuzz_control.%d", getpid());
	*listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	require(!bind(*listener, (void *)&address, sizeof(address)));
	require(!listen(*listener, 1));
	snprintf(path, sizeof(path), "/proc/self/fd/%d",
		 open(address.sun_path, O_PATH | O_CLOEXEC));
	unlink(address.sun_path);
	return path;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int listener;
	struct json_object *request = json_object_new_object();
	struct control_message reply;
	struct client *client;
	char text[128];
	int rc, fd;

	require(!client_open(listen_on(&listener), &client));
	fd = accept(listener, NULL, NULL);
	/* What is more than the socket takes stays unsaid. */
	require(fd >= 0 && send(fd, data, size, MSG_DONTWAIT) >= 0);
	shutdown(fd, SHUT_WR);
	largest = 0;
	rc = client_request(client, request, NULL, 0, NULL, NULL, &reply);
	require(rc <= 0);
	require(largest <= ROOM_FIRST || largest <= 2 * size);
	client_explain(rc, "", text, sizeof(text));
	if (rc)
		require(*text && !reply.json && !reply.data);
	else
		require(json_object_object_get_ex(reply.json, "ok", NULL));
	control_message_free(&reply);
	client_close(client);
	close(fd);
	json_object_put(request);
	return 0;
}
