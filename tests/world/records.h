/* SPDX-License-Identifier: GPL-2.0-only */
/* The file of the manager's records, in memory, and what others do to it. */
#ifndef TESTS_WORLD_RECORDS_H
#define TESTS_WORLD_RECORDS_H

#include "daemon/record_file.h"

/* There is none. */
void records_boot(void);

/* As they are now.  It is taken back by the next call of any of these. */
const struct record_file *records_look(void);
/* How many there are. */
unsigned int records_count(void);

/* What is there now is there again. */
void records_save(void);
void records_restore(void);

/* The file is cut at that length; 0: as if it had been removed. */
void records_cut(size_t bytes);

/* In place of what the n-th says, of those that there are; NULL: it is gone. */
void records_spoil(unsigned int n, const char *text);
/* In that of the guest, or of its first device (not NULL: that). */
void records_put(const char *device, const char *text);
/* In the slot that says what the file is. */
void records_head(const char *key, const char *boot);

#endif
