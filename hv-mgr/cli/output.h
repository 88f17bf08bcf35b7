/* SPDX-License-Identifier: GPL-2.0-only */
/* Files that commands make. */
#ifndef CLI_OUTPUT_H
#define CLI_OUTPUT_H

#include <stddef.h>

#include "cli/cli.h"

/*
 * "-" and none are standard output: NULL.  Returns 0, or an exit code, told, if
 * it cannot take something that is no text: a terminal, or with --json.
 */
int output_target(struct cli *cli, const char *option, const char **file);

/*
 * Write all of it.  A file is there when that was done, and else is as it was;
 * a device or a pipe is written as it is.  Returns 0, or an exit code, told.
 */
int output_write(struct cli *cli, const char *file, const void *data,
		 size_t length);

#endif
