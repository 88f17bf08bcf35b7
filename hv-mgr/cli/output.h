/* SPDX-License-Identifier: GPL-2.0-only */
/* Files that commands make. */
#ifndef CLI_OUTPUT_H
#define CLI_OUTPUT_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "cli/cli.h"

/*
 * "-" and none are standard output: NULL.  Returns 0, or an exit code, told, if
 * it cannot take something that is no text: a terminal, or with --json.
 */
int output_target(struct cli *cli, const char *option, const char **file);

/*
 * A file that is written piece by piece.  A new one has another name until its
 * end, so that a failure leaves what was there, and nobody else may read it; a
 * device or a pipe is written as it is, and never removed.
 */
struct output {
	const char *file;	  /* NULL: standard output */
	char temporary[PATH_MAX]; /* beside file; "": not used */
	int fd;
};

/* These return 0 or an errno.  After one that failed to open there is nothing
 * to close; EINTR: the person wants it to end. */
int output_open(struct output *output, const char *file);
int output_put(struct output *output, const void *data, size_t length);
/* done: it is whole; else nothing of it stays. */
int output_close(struct output *output, bool done);

/* All at once, readable as umask says.  Returns 0, or an exit code, told. */
int output_write(struct cli *cli, const char *file, const void *data,
		 size_t length);

#endif
