// SPDX-License-Identifier: GPL-2.0-only
#include "cli/create_check.h"

#include <errno.h>
#include <inttypes.h>

#include "cli/create_memory.h"
#include "cli/reply.h"
#include "cli/specs.h"
#include "config/placement.h"

/* Where the manager is going to put them, one after the other. */
static int check_places(struct cli *cli, const struct placement_space *space,
			const struct stanza *stanzas, size_t count)
{
	struct placed places[STANZAS_MAX];
	char why[320];

	for (size_t i = 0; i < count; i++) {
		int rc = placement_choose(space, places, i, stanzas[i].gpa,
					  stanzas[i].size, &places[i].base);

		places[i].size = stanzas[i].size;
		if (!rc)
			continue;
		placement_explain(space, stanzas[i].gpa, rc, SENTENCE(why));
		return cli_fail(cli, exit_code_of(-rc), -rc,
				"carveout %zu (%s, %" PRIu64 " bytes): %s",
				i + 1, stanzas[i].name, stanzas[i].size, why);
	}
	return 0;
}

/* The daemon says on which host it is: on arm64 without address_bits. */
static int check_on_host(struct cli *cli, const struct xlcfg *config,
			 const struct stanza *stanzas, struct json_object *info)
{
	unsigned int address_bits =
		(unsigned int)reply_number(info, "address_bits");
	const struct placement_space space =
		address_bits ? placement_x86(address_bits, config->most) :
			       placement_arm64();
	int rc = check_places(cli, &space, stanzas, config->count);

	return rc ? rc : create_memory_check(cli, config, stanzas, info);
}

static bool nobody_serves(int rc)
{
	return rc == -ENOENT || rc == -ECONNREFUSED;
}

int create_check(struct cli *cli, const struct xlcfg *config, bool dry)
{
	CLEAN_MESSAGE struct control_message reply = { 0 };
	CLEAN_JSON struct json_object *request =
		cli_request("info", NULL, NULL);
	struct stanza stanzas[STANZAS_MAX];
	int rc = specs_parse(cli, "carveout",
			     (const char *const *)config->carveouts,
			     config->count, stanzas);

	if (rc)
		return rc;
	rc = cli_try(cli, request, NULL, 0, &reply);
	if (dry && nobody_serves(rc)) {
		cli_note(
			cli,
			"no daemon runs: whether this host has places and memory for the carveouts was not checked");
		return 0;
	}
	if (rc)
		return cli_fail_client(cli, rc);
	rc = cli_check_reply(cli, reply.json);
	return rc ? rc : check_on_host(cli, config, stanzas, reply.json);
}
