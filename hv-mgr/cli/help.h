/* SPDX-License-Identifier: GPL-2.0-only */
/* Help, made from the table of commands. */
#ifndef CLI_HELP_H
#define CLI_HELP_H

#include <stdio.h>

#include "cli/command.h"

void help_all(FILE *to);
void help_command(FILE *to, const struct command *command);

#endif
