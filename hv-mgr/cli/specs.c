// SPDX-License-Identifier: GPL-2.0-only
#include "cli/specs.h"

#include <errno.h>

static int parse_each(struct cli *cli, const char *where,
		      const char *const *specs, size_t count,
		      struct stanza *stanzas)
{
	char error[256];

	for (size_t i = 0; i < count; i++)
		if (stanza_parse(specs[i], &stanzas[i], SENTENCE(error)))
			return cli_fail(cli, CLI_USAGE, EINVAL, "%s %zu: %s",
					where, i + 1, error);
	return 0;
}

int specs_parse(struct cli *cli, const char *where, const char *const *specs,
		size_t count, struct stanza stanzas[STANZAS_MAX])
{
	char error[256];
	size_t room = count < STANZAS_MAX ? count : STANZAS_MAX;
	int code = parse_each(cli, where, specs, room, stanzas);
	int rc;

	if (code)
		return code;
	/* Of too many it says only that. */
	rc = stanza_check_all(stanzas, count, SENTENCE(error));
	return rc ? cli_fail(cli, CLI_USAGE, -rc, "%s: %s", where, error) : 0;
}

int specs_check(struct cli *cli, const char *where, const char *const *specs,
		size_t count)
{
	struct stanza stanzas[STANZAS_MAX];

	return specs_parse(cli, where, specs, count, stanzas);
}

struct json_object *specs_request(const char *domain, const char *const *specs,
				  size_t count)
{
	struct json_object *request = cli_request("attach", domain, NULL);
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < count; i++)
		json_object_array_add(array, json_object_new_string(specs[i]));
	json_object_object_add(request, "specs", array);
	return request;
}
