// SPDX-License-Identifier: GPL-2.0-only
#include "cli/output.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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

static int write_all(int fd, const char *data, size_t length)
{
	while (length) {
		ssize_t done = write(fd, data, length);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return errno;
		data += done;
		length -= (size_t)done;
	}
	return 0;
}

static int write_as_it_is(const char *file, const void *data, size_t length)
{
	int fd = open(file, O_WRONLY | O_CLOEXEC), error;

	if (fd < 0)
		return errno;
	error = write_all(fd, data, length);
	if (close(fd) && !error)
		error = errno;
	return error;
}

/* mkostemp() is for secrets, which this is not. */
static int set_mode(int fd)
{
	mode_t mask = umask(0);

	umask(mask);
	return fchmod(fd, 0666 & ~mask) ? errno : 0;
}

static int write_new(const char *file, const void *data, size_t length)
{
	char temporary[PATH_MAX];
	int fd, error;

	if (snprintf(temporary, sizeof(temporary), "%s.XXXXXX", file) >=
	    (int)sizeof(temporary))
		return ENAMETOOLONG;
	fd = mkostemp(temporary, O_CLOEXEC);
	if (fd < 0)
		return errno;
	error = write_all(fd, data, length);
	if (!error)
		error = set_mode(fd);
	/* A file that is full may say so only when it is closed. */
	if (close(fd) && !error)
		error = errno;
	if (!error && rename(temporary, file))
		error = errno;
	if (error)
		unlink(temporary);
	return error;
}

int output_write(struct cli *cli, const char *file, const void *data,
		 size_t length)
{
	struct stat status;
	int error;

	if (!file)
		error = write_all(STDOUT_FILENO, data, length);
	else if (!stat(file, &status) && !S_ISREG(status.st_mode))
		error = write_as_it_is(file, data, length);
	else
		error = write_new(file, data, length);
	if (!error)
		return 0;
	return cli_fail(cli, error == ENOSPC ? CLI_NO_SPACE : CLI_FAILED, error,
			"cannot write %s: %s", file ? file : "standard output",
			strerror(error));
}
