// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/boot_file.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

bool boot_file_is_there(void)
{
	return !access(BOOT_FILE, F_OK) || errno != ENOENT;
}

int boot_file_make(void)
{
	int fd = open(BOOT_FILE, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW,
		      0600);

	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}
