// SPDX-License-Identifier: GPL-2.0-only
#include "config/dtb_file.h"

#include <errno.h>
#include <fcntl.h>
#include <libfdt.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* To its end, but not more than the longest tree and one byte. */
static int read_up(int fd, uint8_t *data, size_t *size)
{
	ssize_t got;

	*size = 0;
	do {
		got = read(fd, data + *size, DTB_SIZE_MAX + 1 - *size);
		if (got > 0)
			*size += (size_t)got;
	} while (got > 0 || (got < 0 && errno == EINTR));
	return got < 0 ? -errno : 0;
}

static int read_file(const char *path, uint8_t *data, size_t *size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), rc;

	if (fd < 0)
		return -errno;
	rc = read_up(fd, data, size);
	close(fd);
	return rc;
}

static int start_dtc(const char *path, int to, pid_t *pid)
{
	const char *argv[] = { "dtc", "-q", "-I", "dts", "-O",
			       "dtb", "--", path, NULL };
	posix_spawn_file_actions_t actions;
	int error = posix_spawn_file_actions_init(&actions);

	if (error)
		return -error;
	error = posix_spawn_file_actions_adddup2(&actions, to, STDOUT_FILENO);
	/* posix_spawnp() copies nothing of argv into our memory. */
	if (!error)
		error = posix_spawnp(pid, argv[0], &actions, NULL,
				     (char *const *)argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	return -error;
}

static int wait_for(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return WIFEXITED(status) && !WEXITSTATUS(status) ? 0 : -EINVAL;
}

/* As the kernel's sources have: dtc knows /include/ only. */
static bool needs_cpp(const uint8_t *source, size_t size)
{
	static const char include[] = "#include";

	return memmem(source, size, include, sizeof(include) - 1);
}

/* What dtc has to say about the source, it says itself, on stderr. */
static int compile(const char *path, uint8_t *data, size_t *size,
		   struct sentence error)
{
	bool cpp = needs_cpp(data, *size);
	int fds[2], rc, read_rc;
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC))
		return sentence_set(error, -errno, "%s", strerror(errno));
	rc = start_dtc(path, fds[1], &pid);
	close(fds[1]);
	if (rc) {
		close(fds[0]);
		return sentence_set(
			error, rc,
			"%s: dtc, which compiles it, cannot be run: %s (Debian: device-tree-compiler)",
			path, strerror(-rc));
	}
	read_rc = read_up(fds[0], data, size);
	/* One that is not read to its end gets a SIGPIPE. */
	close(fds[0]);
	rc = wait_for(pid);
	if (rc || read_rc)
		return sentence_set(
			error, -EINVAL, "%s: dtc could not compile it%s", path,
			cpp ? "; its #include lines want the C preprocessor first: cpp -nostdinc -undef -x assembler-with-cpp -I include FILE.dts -o FILE.pre.dts" :
			      "");
	return 0;
}

static bool is_source(const char *path, const uint8_t *data, size_t size)
{
	static const char tag[] = "/dts-v1/";
	size_t length = strlen(path);

	if (size >= sizeof(fdt32_t) &&
	    fdt32_ld((const fdt32_t *)(const void *)data) == FDT_MAGIC)
		return false;
	return (length > 4 && !strcmp(path + length - 4, ".dts")) ||
	       memmem(data, size, tag, sizeof(tag) - 1);
}

static int check(const char *path, const void *data, size_t size,
		 struct sentence error)
{
	char why[200] = "";

	if (!dtb_check(data, size, (struct sentence){ why, sizeof(why) }))
		return 0;
	return sentence_set(error, -EINVAL, "%s: %s", path, why);
}

int dtb_file_read(const char *path, void **fdt, size_t *size,
		  struct sentence error)
{
	uint8_t *data = malloc(DTB_SIZE_MAX + 1);
	int rc;

	if (!data)
		return sentence_set(error, -ENOMEM, "out of memory");
	rc = read_file(path, data, size);
	if (rc)
		sentence_set(error, rc, "%s: %s", path, strerror(-rc));
	else if (is_source(path, data, *size))
		rc = compile(path, data, size, error);
	if (!rc)
		rc = check(path, data, *size, error);
	if (rc)
		free(data);
	else
		*fdt = data;
	return rc;
}
