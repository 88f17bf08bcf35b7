/* SPDX-License-Identifier: GPL-2.0-only */
/* In place of hv-mgr/daemon/record_fd.c: a file in memory. */
#ifndef TESTS_MEMORY_FILE_H
#define TESTS_MEMORY_FILE_H

/* An empty one in place of what there was. */
void memory_file_new(void);
/* Its descriptor, which stays the file's. */
int memory_file(void);
/* It grows no more. */
void memory_file_full(void);

#endif
