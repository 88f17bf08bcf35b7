// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/cmd.h"
#include "cli/show.h"
#include "cli/watch.h"
#include "state.h"

/* The name as it is shown, or NULL. */
static const char *find_state(const char *name)
{
	if (!strcasecmp(name, SHOW_VERIFIED))
		return SHOW_VERIFIED;
	if (!strcasecmp(name, SHOW_REJECTED))
		return SHOW_REJECTED;
	for (int i = 1; i < CARVEOUT_STATES; i++) {
		const char *state = carveout_state_name((enum carveout_state)i);

		if (!strcasecmp(state, name))
			return state;
	}
	return NULL;
}

int cmd_status(struct cli *cli, const struct args *args)
{
	const char *domain = args->count > 0 ? args->at[0] : NULL;
	const char *name = args->count > 1 ? args->at[1] : NULL;
	const char *until = args->option[STATUS_UNTIL];

	if (until) {
		until = find_state(until);
		if (!until)
			return cli_fail(
				cli, CLI_USAGE, EINVAL,
				"--until %.40s: a state is EMPTY, LOADING, SEALED, FAILED, VERIFIED or REJECTED",
				args->option[STATUS_UNTIL]);
	}
	if (until || args->option[STATUS_WATCH])
		return watch(cli, domain, name, until);
	return cli_run(cli, cli_request("status", domain, name), show_status);
}
