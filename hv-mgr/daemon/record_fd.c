// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/record_fd.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

int record_fd_open(const char *path)
{
	int fd = open(path,
		      O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW,
		      0600);

	return fd < 0 ? -errno : fd;
}

int record_fd_boot(struct boot_id *boot)
{
	const ssize_t length = sizeof(boot->text) - 1;
	int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	ssize_t got;

	if (fd < 0)
		return -errno;
	got = read(fd, boot->text, (size_t)length);
	close(fd);
	boot->text[length] = '\0';
	return got == length ? 0 : -EIO;
}
