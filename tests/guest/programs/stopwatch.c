// SPDX-License-Identifier: GPL-2.0-only
/*
 * stopwatch run COMMAND [ARG]...
 * stopwatch write FILE TEXT
 * stopwatch stream FILE MIB DEVICE
 *
 * How long it takes, in nanoseconds: that COMMAND runs (what it prints goes to
 * standard error); that one write() of TEXT to FILE takes; that so many MiB of
 * FILE are written to DEVICE, a MiB at a time as `dd bs=1M conv=fsync` does it:
 * the second number is what of that the fsync() after the last byte takes.
 *
 * Exit status: the command's; 1 if something failed, which is said; 2 for
 * wrong usage.
 */
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MIB 1048576

static uint64_t now(void)
{
	struct timespec at;

	clock_gettime(CLOCK_MONOTONIC, &at);
	return (uint64_t)at.tv_sec * 1000000000 + (uint64_t)at.tv_nsec;
}

static void say(uint64_t nanoseconds)
{
	printf("%llu\n", (unsigned long long)nanoseconds);
}

static int failed(const char *what)
{
	perror(what);
	return 1;
}

static int run(char **command)
{
	uint64_t begun = now();
	pid_t child = fork();
	int status;

	if (!child) {
		dup2(STDERR_FILENO, STDOUT_FILENO);
		execvp(command[0], command);
		_exit(127);
	}
	if (child < 0 || waitpid(child, &status, 0) < 0)
		return failed(command[0]);
	say(now() - begun);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int write_once(const char *file, const char *text)
{
	int fd = open(file, O_WRONLY);
	uint64_t begun = now();

	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		return failed(file);
	say(now() - begun);
	close(fd);
	return 0;
}

static bool copy(int from, int to, long mib)
{
	static char piece[MIB];

	for (; mib > 0; mib--)
		if (read(from, piece, MIB) != MIB ||
		    write(to, piece, MIB) != MIB)
			return false;
	return true;
}

static int stream(const char *file, long mib, const char *device)
{
	int from = open(file, O_RDONLY);
	uint64_t begun = now(), written;
	int to = open(device, O_WRONLY);

	if (from < 0 || to < 0 || !copy(from, to, mib))
		return failed(device);
	written = now();
	if (fsync(to))
		return failed(device);
	printf("%llu %llu\n", (unsigned long long)(now() - begun),
	       (unsigned long long)(now() - written));
	close(to);
	close(from);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc >= 3 && !strcmp(argv[1], "run"))
		return run(argv + 2);
	if (argc == 4 && !strcmp(argv[1], "write"))
		return write_once(argv[2], argv[3]);
	if (argc == 5 && !strcmp(argv[1], "stream"))
		return stream(argv[2], atol(argv[3]), argv[4]);
	fprintf(stderr, "usage: stopwatch run|write|stream ...\n");
	return 2;
}
