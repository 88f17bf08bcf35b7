// SPDX-License-Identifier: GPL-2.0-only
#include "cli/cli.h"
#include "cli/cmd.h"

int cmd_detach(struct cli *cli, const struct args *args)
{
	/* at[1] is NULL if no name is given: all of the domain's. */
	return cli_run(cli, cli_request("detach", args->at[0], args->at[1]),
		       NULL);
}
