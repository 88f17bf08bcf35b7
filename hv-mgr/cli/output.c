// SPDX-License-Identifier: GPL-2.0-only
#include "cli/output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/interrupt.h"

int output_target(struct cli *cli, const char *option, const char **file)
{
	*file = option && strcmp(option, "-") ? option : NULL;
	if (*file)
		return 0;
	if (cli->json)
		return cli_fail(
			cli, CLI_USAGE, EINVAL,
			"standard output cannot take both the device tree and --json: give -o FILE");
	if (isatty(STDOUT_FILENO))
		return cli_fail(
			cli, CLI_USAGE, EINVAL,
			"standard output is a terminal, and a device tree no text: give -o FILE, or pipe it to dtc -I dtb -O dts");
	return 0;
}

static int open_new(struct output *output)
{
	int error = ENAMETOOLONG;

	if (snprintf(output->temporary, sizeof(output->temporary), "%s.XXXXXX",
		     output->file) < (int)sizeof(output->temporary)) {
		output->fd = mkostemp(output->temporary, O_CLOEXEC);
		if (output->fd >= 0)
			return 0;
		error = errno;
	}
	*output->temporary = '\0';
	return error;
}

int output_open(struct output *output, const char *file)
{
	struct stat status;

	output->file = file;
	*output->temporary = '\0';
	output->fd = STDOUT_FILENO;
	if (!file)
		return 0;
	if (stat(file, &status) || S_ISREG(status.st_mode))
		return open_new(output);
	output->fd = open(file, O_WRONLY | O_CLOEXEC);
	return output->fd < 0 ? errno : 0;
}

int output_put(struct output *output, const void *data, size_t length)
{
	const char *at = data;

	while (length) {
		ssize_t done = write(output->fd, at, length);

		if (done < 0 && errno == EINTR && !interrupt_seen())
			continue;
		if (done < 0)
			return errno;
		at += done;
		length -= (size_t)done;
	}
	return 0;
}

/* A file that is full may say so only when it is closed. */
int output_close(struct output *output, bool done)
{
	int error = 0;

	if (!output->file)
		return 0;
	if (close(output->fd))
		error = errno;
	if (!*output->temporary)
		return error;
	if (done && !error && rename(output->temporary, output->file))
		error = errno;
	if (!done || error)
		unlink(output->temporary);
	return error;
}

/* mkostemp() is for secrets, which not all that is written is. */
static int let_read(const struct output *output)
{
	mode_t mask = umask(0);

	umask(mask);
	return *output->temporary && fchmod(output->fd, 0666 & ~mask) ? errno :
									0;
}

static int write_whole(const char *file, const void *data, size_t length)
{
	struct output output;
	int error = output_open(&output, file), closed;

	if (error)
		return error;
	error = output_put(&output, data, length);
	if (!error)
		error = let_read(&output);
	closed = output_close(&output, !error);
	return error ? error : closed;
}

int output_write(struct cli *cli, const char *file, const void *data,
		 size_t length)
{
	int error = write_whole(file, data, length);

	if (!error)
		return 0;
	return cli_fail(cli, error == ENOSPC ? CLI_NO_SPACE : CLI_FAILED, error,
			"cannot write %s: %s", file ? file : "standard output",
			strerror(error));
}
