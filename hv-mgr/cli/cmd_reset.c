// SPDX-License-Identifier: GPL-2.0-only
#include "cli/cli.h"
#include "cli/cmd.h"
#include "cli/show.h"

int cmd_reset(struct cli *cli, const struct args *args)
{
	return cli_run(cli, cli_request("reset", args->at[0], args->at[1]),
		       show_outcome);
}
