/* SPDX-License-Identifier: GPL-2.0-only */
/* In place of hv-mgr/daemon/record_fd.c: files in memory. */
#ifndef TESTS_MEMORY_FILE_H
#define TESTS_MEMORY_FILE_H

/* Empty ones in place of what there was. */
void memory_file_new(void);
/* The descriptor of the records', which stays the file's; the trail's. */
int memory_file(void);
int memory_trail(void);
/* They grow no more. */
void memory_file_full(void);

#endif
