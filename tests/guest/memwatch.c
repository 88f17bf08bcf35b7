// SPDX-License-Identifier: GPL-2.0-only
/*
 * memwatch COMMAND [ARG]...
 *
 * Run a command and print by how much MemAvailable fell at most while it ran,
 * in KiB: what it cost the guest beyond what the kernel could take back at
 * once (page cache is reclaimable and does not count).  Looks as often as it
 * can.  Exit status: the command's.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static long available_kib(int meminfo)
{
	char text[1024];
	ssize_t length = pread(meminfo, text, sizeof(text) - 1, 0);
	const char *line;

	if (length < 0)
		return -1;
	text[length] = '\0';
	line = strstr(text, "MemAvailable:");
	return line ? atol(line + strlen("MemAvailable:")) : -1;
}

int main(int argc, char **argv)
{
	int meminfo = open("/proc/meminfo", O_RDONLY);
	long before, now, least;
	unsigned long looks = 0;
	int status;
	pid_t child;

	if (argc < 2 || meminfo < 0)
		return 2;
	before = least = available_kib(meminfo);
	child = fork();
	if (!child) {
		execvp(argv[1], argv + 1);
		_exit(127);
	}
	while (!waitpid(child, &status, WNOHANG)) {
		now = available_kib(meminfo);
		if (now < least)
			least = now;
		looks++;
		usleep(2000);
	}
	printf("before %ld drop %ld looks %lu\n", before, before - least,
	       looks);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
