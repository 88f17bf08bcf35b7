// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>

#include "cli/cli.h"
#include "cli/cmd.h"
#include "cli/help.h"

int cmd_help(struct cli *cli, const struct args *args)
{
	const struct command *command;

	if (!args->count) {
		help_all(stdout);
		return CLI_OK;
	}
	command = command_find(args->at[0]);
	if (!command)
		return cli_fail(
			cli, CLI_USAGE, EINVAL,
			"%.40s: no such command (hv-mgr --help lists them)",
			args->at[0]);
	help_command(stdout, command);
	return CLI_OK;
}
