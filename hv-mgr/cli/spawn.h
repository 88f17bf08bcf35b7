/* SPDX-License-Identifier: GPL-2.0-only */
/* Running xl. */
#ifndef CLI_SPAWN_H
#define CLI_SPAWN_H

#include <stdbool.h>
#include <stddef.h>

/* For tests: the program to run instead of the xl in PATH. */
#define SPAWN_XL_VARIABLE "XL"

/*
 * Run xl with argv, whose [0] is set here, and wait.  quiet: what it says on
 * stdout goes to stderr.  Returns its exit status, 128 and more for a signal,
 * or a negated errno if it could not be run.
 */
int spawn_xl(const char **argv, bool quiet);

/*
 * The same, with the last line of its stdout in line.  What it says on stderr
 * is not shown: a "no" is an answer.
 */
int spawn_xl_line(const char **argv, char *line, size_t size);

#endif
