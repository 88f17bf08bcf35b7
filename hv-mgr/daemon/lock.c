// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"

#define STEP_MS 50

static int failed(const char *path, int error)
{
	log_error("cannot lock %s: %s; start the daemon as root", path,
		  strerror(error));
	return -error;
}

/* 0 or an errno. */
static int lock_with_patience(int fd, int patience_ms)
{
	const struct timespec step = { .tv_nsec = STEP_MS * 1000000L };

	for (int waited = 0; flock(fd, LOCK_EX | LOCK_NB); waited += STEP_MS) {
		if (errno != EWOULDBLOCK || waited >= patience_ms)
			return errno;
		if (!waited)
			log_warning(
				"another daemon is there: waiting up to %.1f s for it to end",
				patience_ms / 1000.0);
		nanosleep(&step, NULL);
	}
	return 0;
}

/* The file stays when the lock goes: one that is removed could be locked by
 * somebody who opened it before, and its successor by another. */
int lock_take(const char *path, int patience_ms)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	int error;

	if (fd < 0)
		return failed(path, errno);
	error = lock_with_patience(fd, patience_ms);
	if (!error)
		return 0;
	close(fd);
	return error == EWOULDBLOCK ? -EADDRINUSE : failed(path, error);
}
