// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>

#include "cli/cli.h"
#include "cli/cmd.h"
#include "daemon/daemon.h"

/* daemon.h says what its errors mean; here they are no carveout's. */
static enum cli_exit code_of_daemon(int error)
{
	switch (error) {
	case 0:
		return CLI_OK;
	case EADDRINUSE:
		return CLI_DAEMON;
	case EACCES:
	case EPERM:
	case ENOENT:
		return CLI_NOT_DOM0;
	case ENOMEM:
	case ENOSPC:
		return CLI_NO_SPACE;
	case EPROTO:
	case ENOTSUP:
	case EEXIST:
	case ENAMETOOLONG:
		return CLI_NEVER;
	default:
		return CLI_FAILED;
	}
}

int cmd_daemon(struct cli *cli, const struct args *args)
{
	const struct daemon_options options = {
		.socket_path = client_socket_path(cli->socket),
		.detach = args->option[DAEMON_DETACH],
		.journal = args->option[DAEMON_JOURNAL],
	};

	/* It has logged why. */
	return (int)code_of_daemon(-daemon_run(&options));
}
