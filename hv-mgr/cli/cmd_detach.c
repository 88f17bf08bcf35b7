// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>

#include "cli/cli.h"
#include "cli/cmd.h"

/* A name that a script's variable did not hold must not mean all. */
int cmd_detach(struct cli *cli, const struct args *args)
{
	const char *all = args->option[DETACH_ALL];
	struct json_object *request;

	if (!all == !args->at[1])
		return cli_fail(
			cli, CLI_USAGE, EINVAL,
			"give the NAME of a carveout, or --all for all of the guest's");
	request = cli_request("detach", args->at[0], args->at[1]);
	if (all)
		json_object_object_add(request, "all",
				       json_object_new_boolean(true));
	if (args->option[DETACH_NOW])
		json_object_object_add(request, "now",
				       json_object_new_boolean(true));
	return cli_run(cli, request, NULL);
}
