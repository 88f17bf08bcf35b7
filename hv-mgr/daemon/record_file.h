/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A file of small texts that outlive the manager: mapped, so that to change one
 * takes no system call, and one store, at which it changes as a whole.  A
 * process that is killed has made all of its stores up to that moment, or none
 * that came after: Linux keeps the page.  It need not outlive the host.
 */
#ifndef DAEMON_RECORD_FILE_H
#define DAEMON_RECORD_FILE_H

#include <assert.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/record_fd.h"

#define RECORD_KEY_MAX 60
#define RECORD_TEXT_MAX 2016

struct record_slot {
	_Atomic uint32_t current; /* text 1 or 2; 0: the slot is free */
	char key[RECORD_KEY_MAX];
	char text[2][RECORD_TEXT_MAX];
};
static_assert(sizeof(struct record_slot) == 4096, "the file's format");

/* The first slot says what the file is, and of which boot. */
struct record_file {
	int fd;
	struct boot_id boot;
	size_t bytes;		   /* the file's length */
	struct record_slot *slots; /* NULL: it is not open */
	size_t free;		   /* no slot before this one is */
	bool whole;
};

/*
 * Map it.  file->whole: it is as a manager left it since the host came up, and
 * has records; else it has none until record_file_begin().  Returns 0 or a
 * negated errno.
 */
int record_file_open(struct record_file *file);
void record_file_close(struct record_file *file);

/* Empty it.  Not after sandbox_filter_calls().  0 or a negated errno. */
int record_file_begin(struct record_file *file);

/* The next that is in use; after: NULL for the first.  NULL: there is none. */
struct record_slot *record_file_next(const struct record_file *file,
				     const struct record_slot *after);
struct record_slot *record_file_find(const struct record_file *file,
				     const char *key);

/* NULL: there is no room for it.  Texts must be shorter than RECORD_TEXT_MAX,
 * keys than RECORD_KEY_MAX. */
struct record_slot *record_file_add(struct record_file *file, const char *key,
				    const char *text);
void record_file_remove(struct record_file *file, struct record_slot *slot);

const char *record_slot_text(const struct record_slot *slot);
void record_slot_write(struct record_slot *slot, const char *text);

#endif
