// SPDX-License-Identifier: GPL-2.0-only
#include "memory_file.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cmocka_all.h"
#include "daemon/record_fd.h"

static int records, trail;

static void make(int *kept, const char *name)
{
	if (*kept)
		close(*kept);
	*kept = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
	assert_true(*kept > 0);
}

void memory_file_new(void)
{
	make(&records, "records");
	make(&trail, "trail");
}

int memory_file(void)
{
	return records;
}

int memory_trail(void)
{
	return trail;
}

static void seal(int kept)
{
	assert_int_equal(fcntl(kept, F_ADD_SEALS, F_SEAL_GROW), 0);
}

void memory_file_full(void)
{
	seal(records);
	seal(trail);
}

/* Of its own, with an offset of its own, as open(2) of a path gives it. */
int record_fd_open(const char *path)
{
	int kept = strcmp(path, TRAIL_FILE) ? records : trail;
	char name[32];
	int fd;

	snprintf(name, sizeof(name), "/proc/self/fd/%d", kept);
	fd = open(name, O_RDWR | O_APPEND | O_CLOEXEC);
	assert_true(fd >= 0);
	return fd;
}

int record_fd_boot(struct boot_id *boot)
{
	strcpy(boot->text, "01234567-89ab-cdef-0123-456789abcdef");
	return 0;
}
