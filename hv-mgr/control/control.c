// SPDX-License-Identifier: GPL-2.0-only
#include "control/control.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "control/utf8.h"

struct header {
	uint32_t json_length;
	uint32_t data_length;
};

_Static_assert(sizeof(struct header) == 8, "two words on the wire");

void control_message_free(struct control_message *message)
{
	json_object_put(message->json);
	/* It may be firmware that nobody else is to see. */
	if (message->data)
		explicit_bzero(message->data, message->data_length);
	free(message->data);
	*message = (struct control_message){ 0 };
}

/*
 * All of text must be one JSON object, and nothing behind it.  Not by
 * JSON_TOKENER_STRICT, with which json-c 0.18 takes all that is not ASCII for
 * control characters, where a char is signed; so json-c's own liberties, such
 * as comments, are taken, too.
 */
static int parse_object(const char *text, uint32_t length,
			struct json_object **object)
{
	struct json_tokener *tokener;
	struct json_object *parsed;
	bool whole;

	/* Where nothing is to be repaired, it is UTF-8. */
	if (utf8_repaired(text, length, NULL) != length)
		return -EPROTO;
	tokener = json_tokener_new();
	if (!tokener)
		return -ENOMEM;
	parsed = json_tokener_parse_ex(tokener, text, (int)length);
	whole = json_tokener_get_error(tokener) == json_tokener_success &&
		json_tokener_get_parse_end(tokener) == length;
	json_tokener_free(tokener);
	if (!whole || !json_object_is_type(parsed, json_type_object)) {
		json_object_put(parsed);
		return -EPROTO;
	}
	*object = parsed;
	return 0;
}

static int copy_data(const uint8_t *data, uint32_t length,
		     struct control_message *message)
{
	if (!length)
		return 0;
	message->data = malloc(length);
	if (!message->data)
		return -ENOMEM;
	memcpy(message->data, data, length);
	message->data_length = length;
	return 0;
}

long control_decode(const void *buffer, size_t length, uint32_t json_max,
		    struct control_message *message)
{
	const uint8_t *octets = buffer;
	struct header header;
	size_t total;
	int rc;

	*message = (struct control_message){ 0 };
	if (length < sizeof(header))
		return 0;
	memcpy(&header, octets, sizeof(header));
	/* Before anybody waits for, or makes room for, what is announced. */
	if (!header.json_length || header.json_length > json_max ||
	    header.data_length > CONTROL_DATA_MAX)
		return -EPROTO;
	total = sizeof(header) + header.json_length + header.data_length;
	if (length < total)
		return 0;
	octets += sizeof(header);
	rc = parse_object((const char *)octets, header.json_length,
			  &message->json);
	if (!rc)
		rc = copy_data(octets + header.json_length, header.data_length,
			       message);
	if (rc) {
		control_message_free(message);
		return rc;
	}
	return (long)total;
}

long control_encode(struct json_object *json, const void *data,
		    uint32_t data_length, uint32_t json_max, void **buffer)
{
	struct header header = { 0, data_length };
	size_t raw, length;
	const char *text = json_object_to_json_string_length(
		json, JSON_C_TO_STRING_PLAIN, &raw);
	uint8_t *octets;

	if (!text)
		return -ENOMEM;
	length = utf8_repaired(text, raw, NULL);
	if (length > json_max || data_length > CONTROL_DATA_MAX)
		return -EMSGSIZE;
	header.json_length = (uint32_t)length;
	octets = malloc(sizeof(header) + length + data_length);
	if (!octets)
		return -ENOMEM;
	memcpy(octets, &header, sizeof(header));
	utf8_repaired(text, raw, (char *)octets + sizeof(header));
	if (data_length)
		memcpy(octets + sizeof(header) + length, data, data_length);
	*buffer = octets;
	return (long)(sizeof(header) + length + data_length);
}
