// SPDX-License-Identifier: GPL-2.0-only
/* The client of a daemon that is not there: control/client.h without sockets. */
#include <errno.h>
#include <stdio.h>

#include "control/client.h"
#include "fuzz.h"
#include "image/root.h"

int client_open(const char *path, struct client **client)
{
	(void)path;
	*client = NULL;
	return -ECONNREFUSED;
}

void client_close(struct client *client)
{
	require(!client);
}

int client_request(struct client *client, struct json_object *request,
		   const void *data, uint32_t data_length,
		   client_progress *progress, void *context,
		   struct control_message *reply)
{
	(void)client, (void)request, (void)data, (void)data_length;
	(void)progress, (void)context, (void)reply;
	abort(); /* nothing is asked of a daemon that is not there */
}

void client_explain(int error, const char *path, char *text, size_t size)
{
	snprintf(text, size, "%s: %d", path ? path : "", error);
}

/* Whatever a command line names is no file. */
int image_root_read(const char *path, uint8_t digest[SHA256_SIZE],
		    struct sentence error)
{
	(void)digest;
	return sentence_set(error, -ENOENT, "%s: there is none", path);
}
