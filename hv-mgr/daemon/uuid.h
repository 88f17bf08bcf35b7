/* SPDX-License-Identifier: GPL-2.0-only */
/* A domain's UUID as people write it. */
#ifndef DAEMON_UUID_H
#define DAEMON_UUID_H

#include <stdbool.h>

#include "hv/hv.h"

/* "01234567-89ab-...": 36 characters and the end. */
struct uuid_text {
	char text[37];
};
struct uuid_text uuid_text(const struct hv_handle *handle);
/* What is not as uuid_text() writes it is none. */
bool uuid_parse(const char *text, struct hv_handle *handle);

#endif
