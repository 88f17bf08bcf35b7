// SPDX-License-Identifier: GPL-2.0-only
#include "memory_file.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cmocka_all.h"
#include "daemon/record_fd.h"

static int kept;

void memory_file_new(void)
{
	if (kept)
		close(kept);
	kept = memfd_create("records", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	assert_true(kept > 0);
}

int memory_file(void)
{
	return kept;
}

void memory_file_full(void)
{
	assert_int_equal(fcntl(kept, F_ADD_SEALS, F_SEAL_GROW), 0);
}

/* Of its own, with an offset of its own, as open(2) of a path gives it. */
int record_fd_open(void)
{
	char path[32];
	int fd;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", kept);
	fd = open(path, O_RDWR | O_APPEND | O_CLOEXEC);
	assert_true(fd >= 0);
	return fd;
}

int record_fd_boot(struct boot_id *boot)
{
	strcpy(boot->text, "01234567-89ab-cdef-0123-456789abcdef");
	return 0;
}
