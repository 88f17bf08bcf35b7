// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/log.h"

static int failed(const char *path, int error)
{
	log_error("cannot lock %s: %s; start the daemon as root", path,
		  strerror(error));
	return -error;
}

/* The file stays when the lock goes: one that is removed could be locked by
 * somebody who opened it before, and its successor by another. */
int lock_take(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	int error;

	if (fd < 0)
		return failed(path, errno);
	if (!flock(fd, LOCK_EX | LOCK_NB))
		return 0;
	error = errno;
	close(fd);
	return error == EWOULDBLOCK ? -EADDRINUSE : failed(path, error);
}
