// SPDX-License-Identifier: GPL-2.0-only
/*
 * A command line of any words, one a line, with no daemon to ask: it ends with
 * one of the documented codes, and a command is run with as many arguments as
 * its usage says.
 */
#include "cli/cli.h"
#include "cli/cmd.h"
#include "fuzz.h"

#define WORDS 40

/* For the commands that write files or start programs. */
static int run(struct cli *cli, const struct args *args)
{
	const struct command *command = command_find(cli->command);
	int least, most;

	command_arity(command, &least, &most);
	require(args->count >= least && (most < 0 || args->count <= most));
	require(!args->at[args->count] && args->repeats <= ARGS_REPEATS);
	for (int i = 0; i < args->count; i++)
		require(args->at[i]);
	return CLI_OK;
}

#define STAND_IN(name)                                     \
	int name(struct cli *cli, const struct args *args) \
	{                                                  \
		return run(cli, args);                     \
	}
STAND_IN(cmd_create)
STAND_IN(cmd_daemon)
STAND_IN(cmd_doctor)
STAND_IN(cmd_dt_guest)
STAND_IN(cmd_dt_host)
STAND_IN(cmd_image)
STAND_IN(cmd_dump)
STAND_IN(cmd_load)
STAND_IN(cmd_log)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size), *rest = text;
	char *argv[WORDS + 2] = { (char[]){ "hv-mgr" } };
	int argc = 1, code;

	while (argc <= WORDS && rest)
		argv[argc++] = strsep(&rest, "\n");
	code = cli_main(argc, argv);
	require(code == CLI_OK || code == CLI_USAGE || code == CLI_DAEMON);
	free(text);
	return 0;
}
