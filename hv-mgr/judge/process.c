// SPDX-License-Identifier: GPL-2.0-only
#include "judge/process.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#define PROGRAM HVMGR_LIBEXEC "/" JUDGE_PROGRAM

/* In the child.  It has the socket in the place of its input, and stderr. */
static void become_judge(int socket)
{
	char name[] = JUDGE_PROGRAM, path[] = "PATH=/usr/bin:/bin";
	char *arguments[] = { name, NULL }, *environment[] = { path, NULL };

	if (dup2(socket, STDIN_FILENO) == STDIN_FILENO &&
	    dup2(STDERR_FILENO, STDOUT_FILENO) == STDOUT_FILENO &&
	    !close_range(STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC))
		execve(PROGRAM, arguments, environment);
	_exit(127);
}

int judge_start(void)
{
	int ends[2];
	pid_t child;

	if (access(PROGRAM, X_OK))
		return -errno;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends))
		return -errno;
	child = fork();
	if (!child)
		become_judge(ends[1]);
	close(ends[1]);
	if (child > 0)
		return ends[0];
	close(ends[0]);
	return -EAGAIN;
}

int judge_ask(int fd, const struct judge_question *question)
{
	return send(fd, question, sizeof(*question), MSG_NOSIGNAL) ==
			       sizeof(*question) ?
		       0 :
		       -errno;
}

static void make_printable(char *text, size_t size)
{
	text[size - 1] = '\0';
	for (; *text; text++)
		if (*text < ' ' || *text > '~')
			*text = '?';
}

int judge_take(int fd, struct judge_answer *answer)
{
	ssize_t length = recv(fd, answer, sizeof(*answer), MSG_DONTWAIT);

	if (length < 0 && (errno == EAGAIN || errno == EINTR))
		return -EAGAIN;
	if (length != sizeof(*answer))
		return -ENOTCONN;
	make_printable(answer->why, sizeof(answer->why));
	return 0;
}
