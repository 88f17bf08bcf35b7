/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Fields of a JSON object by name.  What is missing, null or of another type is
 * NULL, 0 or false: an older or newer daemon must not crash the command line.
 */
#ifndef CLI_REPLY_H
#define CLI_REPLY_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

const char *reply_string(struct json_object *object, const char *key);
uint64_t reply_number(struct json_object *object, const char *key);
bool reply_bool(struct json_object *object, const char *key);

/* "carveouts" of a reply. */
size_t reply_count(struct json_object *reply);
struct json_object *reply_carveout(struct json_object *reply, size_t i);

#endif
