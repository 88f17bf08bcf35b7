// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>

#include "cli/cli.h"
#include "cli/cmd.h"
#include "cli/help.h"

int cmd_help(struct cli *cli, const struct args *args)
{
	const struct command *command;
	int used;

	if (!args->count) {
		help_all(stdout);
		return CLI_OK;
	}
	command = command_match(args->count, args->at, &used);
	if (!command)
		return cli_fail_command(cli, args->at[0]);
	if (used < args->count)
		return cli_fail(cli, CLI_USAGE, EINVAL,
				"%.40s: %s has no such command below it",
				args->at[used], command->name);
	help_command(stdout, command);
	return CLI_OK;
}
