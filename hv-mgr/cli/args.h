/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CLI_ARGS_H
#define CLI_ARGS_H

#include "cli/command.h"

#define ARGS_ERROR_MAX 160

struct args_parsed {
	struct args own; /* options of the command, and what is no option */
	const char *global[ARGS_OPTIONS];
	char error[ARGS_ERROR_MAX]; /* the first mistake, or "" */
};

/*
 * Parse argv behind argv[0].  own: the command's options, or NULL: global ones
 * only, and stop at the first argument that is none.  Goes on after a mistake,
 * so that --json is seen wherever it stands.
 */
void args_parse(int argc, char **argv, const struct command_option *own,
		struct args_parsed *parsed);

#endif
