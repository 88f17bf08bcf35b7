// SPDX-License-Identifier: GPL-2.0-only
#include "cli/cli.h"
#include "cli/cmd.h"
#include "cli/show_pools.h"

int cmd_pool_list(struct cli *cli, const struct args *args)
{
	(void)args;
	return cli_run(cli, cli_request("pool-list", NULL, NULL), show_pools);
}
