// SPDX-License-Identifier: GPL-2.0-only
#include "cli/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static int wait_for(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* stdout_to: the descriptor that becomes its stdout, or -1: ours.  asked: its
 * stderr is nobody's. */
static int start(const char **argv, int stdout_to, bool asked, pid_t *pid)
{
	posix_spawn_file_actions_t actions;
	const char *program = getenv(SPAWN_XL_VARIABLE);
	int error = posix_spawn_file_actions_init(&actions);

	if (error)
		return -error;
	argv[0] = program && *program ? program : "xl";
	if (stdout_to >= 0)
		error = posix_spawn_file_actions_adddup2(&actions, stdout_to,
							 STDOUT_FILENO);
	if (!error && asked)
		error = posix_spawn_file_actions_addopen(
			&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
	/* posix_spawnp() copies nothing of argv into our memory. */
	if (!error)
		error = posix_spawnp(pid, argv[0], &actions, NULL,
				     (char *const *)argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	return -error;
}

int spawn_xl(const char **argv, bool quiet)
{
	pid_t pid;
	int rc = start(argv, quiet ? STDERR_FILENO : -1, false, &pid);

	return rc ? rc : wait_for(pid);
}

/* To its end: a writer must not find the pipe closed. */
static void read_last_line(int fd, char *line, size_t size)
{
	size_t used = 0;
	bool ended = false;
	char c;
	ssize_t got;

	while ((got = read(fd, &c, 1)) > 0 || (got < 0 && errno == EINTR)) {
		if (got < 0)
			continue;
		used = ended ? 0 : used;
		ended = c == '\n';
		if (!ended && used + 1 < size)
			line[used++] = c;
	}
	line[used] = '\0';
}

int spawn_xl_line(const char **argv, char *line, size_t size)
{
	int fds[2], rc;
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC))
		return -errno;
	rc = start(argv, fds[1], true, &pid);
	close(fds[1]);
	if (!rc) {
		read_last_line(fds[0], line, size);
		rc = wait_for(pid);
	}
	close(fds[0]);
	return rc;
}
