// SPDX-License-Identifier: GPL-2.0-only
/*
 * Any octets as what has arrived on the control socket so far, in which the
 * daemon looks for a request, and its client for a reply.
 */
#include <errno.h>

#include "control/control.h"
#include "fuzz.h"

/* false: escapes have made its JSON longer than what it was read from. */
static bool send_on(struct control_message *message)
{
	struct control_message again;
	void *octets;
	long length = control_encode(message->json, message->data,
				     message->data_length, CONTROL_REQUEST_MAX,
				     &octets);

	require(length > 0 || length == -EMSGSIZE);
	if (length < 0)
		return false;
	require(control_decode(octets, (size_t)length, CONTROL_REQUEST_MAX,
			       &again) == length);
	free(octets);
	require(again.data_length == message->data_length);
	control_message_free(message);
	*message = again;
	return true;
}

/*
 * What is taken for a message is one: it is the same when it is sent on.  From
 * then on: json-c takes some numbers that are none (08e), and prints others
 * (08).  As text: it takes NaN, which is equal to nothing.
 */
static void check_message(struct control_message *message)
{
	char *text;

	if (send_on(message)) {
		text = strdup(json_object_to_json_string(message->json));
		require(!send_on(message) ||
			!strcmp(text,
				json_object_to_json_string(message->json)));
		free(text);
	}
	control_message_free(message);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct control_message message;
	long used = control_decode(data, size, CONTROL_REQUEST_MAX, &message);

	require(used <= (long)size);
	if (used > 0) {
		check_message(&message);
		require(!control_decode(data, (size_t)used - 1,
					CONTROL_REQUEST_MAX, &message));
	}
	require(!message.json && !message.data);
	return 0;
}
