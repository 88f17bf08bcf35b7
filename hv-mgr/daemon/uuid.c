// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/uuid.h"

#include <stdio.h>
#include <string.h>

struct uuid_text uuid_text(const struct hv_handle *handle)
{
	struct uuid_text uuid;
	char *out = uuid.text;

	for (int i = 0; i < 16; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*out++ = '-';
		out += sprintf(out, "%02x", handle->byte[i]);
	}
	return uuid;
}

bool uuid_parse(const char *text, struct hv_handle *handle)
{
	const char *at = text;
	int used;

	for (int i = 0; i < 16; i++) {
		if (*at == '-')
			at++;
		if (sscanf(at, "%2hhx%n", &handle->byte[i], &used) != 1)
			return false;
		at += used;
	}
	return !strcmp(text, uuid_text(handle).text);
}
