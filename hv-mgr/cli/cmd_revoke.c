// SPDX-License-Identifier: GPL-2.0-only
#include "cli/cli.h"
#include "cli/cmd.h"
#include "cli/show.h"

int cmd_revoke(struct cli *cli, const struct args *args)
{
	struct json_object *request =
		cli_request("revoke", args->at[0], args->at[1]);

	if (args->option[REVOKE_NOW])
		json_object_object_add(request, "now",
				       json_object_new_boolean(true));
	return cli_run(cli, request, show_outcome);
}
