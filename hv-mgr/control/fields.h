/* SPDX-License-Identifier: GPL-2.0-only */
/* Fields of a JSON object that is made. */
#ifndef CONTROL_FIELDS_H
#define CONTROL_FIELDS_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>

void field_number(struct json_object *object, const char *key, uint64_t n);
/* NULL: null. */
void field_string(struct json_object *object, const char *key,
		  const char *text);
void field_bool(struct json_object *object, const char *key, bool b);

#endif
