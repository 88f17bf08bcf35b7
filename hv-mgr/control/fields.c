// SPDX-License-Identifier: GPL-2.0-only
#include "control/fields.h"

void field_number(struct json_object *object, const char *key, uint64_t n)
{
	json_object_object_add(object, key, json_object_new_uint64(n));
}

void field_string(struct json_object *object, const char *key, const char *text)
{
	json_object_object_add(object, key,
			       text ? json_object_new_string(text) : NULL);
}

void field_bool(struct json_object *object, const char *key, bool b)
{
	json_object_object_add(object, key, json_object_new_boolean(b));
}
