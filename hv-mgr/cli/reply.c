// SPDX-License-Identifier: GPL-2.0-only
#include "cli/reply.h"

static struct json_object *field(struct json_object *object, const char *key,
				 enum json_type type)
{
	struct json_object *value;

	/* False also for what is no object, or NULL. */
	if (!json_object_object_get_ex(object, key, &value) ||
	    !json_object_is_type(value, type))
		return NULL;
	return value;
}

const char *reply_string(struct json_object *object, const char *key)
{
	struct json_object *value = field(object, key, json_type_string);

	return value ? json_object_get_string(value) : NULL;
}

uint64_t reply_number(struct json_object *object, const char *key)
{
	return json_object_get_uint64(field(object, key, json_type_int));
}

bool reply_bool(struct json_object *object, const char *key)
{
	return json_object_get_boolean(field(object, key, json_type_boolean));
}

size_t reply_count(struct json_object *reply)
{
	struct json_object *all = field(reply, "carveouts", json_type_array);

	return all ? json_object_array_length(all) : 0;
}

struct json_object *reply_carveout(struct json_object *reply, size_t i)
{
	return json_object_array_get_idx(
		field(reply, "carveouts", json_type_array), i);
}
