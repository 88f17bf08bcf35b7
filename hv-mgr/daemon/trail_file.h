/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The measured log: a file of entries, each chained to the one before it, which
 * outlives the manager.  All of its room is there from its first moment, and it
 * is mapped: to write an entry takes no system call and cannot fail, and the
 * entry is there as a whole or not at all, whenever the manager is killed.
 *
 * The file is TRAIL_LINES lines of TRAIL_LINE octets, the last of them a line
 * feed; entry NUMBER, from 1 on, is in line NUMBER % TRAIL_LINES, where it takes
 * the place of the one that was TRAIL_LINES before it.  A line that begins with
 * NUL has no entry.  Others are, and then blanks to the end:
 *
 *   HASH BEFORE TEXT
 *
 * BEFORE is the HASH of entry NUMBER - 1 (of the first one zeros), and
 *
 *   HASH = SHA-256(BEFORE || SHA-256(TEXT))
 *
 * in binary: what a TPM makes of a PCR that is extended by SHA-256(TEXT).  TEXT
 * is one line of words with a blank between each two:
 *
 *   NUMBER TIME EVENT STATE KEY NAME DOMAIN DETAILS
 *
 * TIME is of the wall clock, in ms since 1970; STATE the carveout's from then
 * on; KEY its UUID/DOMID/DEVICE, or a guest's UUID/DOMID; DOMAIN the guest's
 * name (what is no printable ASCII, blanks and % are %XX); what does not apply
 * is "-".  DETAILS may be missing, are KEY=VALUE, and why=, the last of them,
 * goes to the end of the text.  Events are in daemon/trail.h.
 */
#ifndef DAEMON_TRAIL_FILE_H
#define DAEMON_TRAIL_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/sha256.h"

#define TRAIL_LINE 512
#ifndef TRAIL_LINES /* tests have fewer */
#define TRAIL_LINES 512
#endif
#define TRAIL_BYTES ((size_t)TRAIL_LINE * TRAIL_LINES)
#define TRAIL_HEX (2 * SHA256_SIZE)
/* With the end: behind the two hashes, and before the line feed. */
#define TRAIL_TEXT_MAX (TRAIL_LINE - 2 * (TRAIL_HEX + 1))

typedef char trail_line[TRAIL_LINE];

/* ---- what stands in it ---- */

struct trail_entry {
	uint64_t number;
	uint8_t hash[SHA256_SIZE], before[SHA256_SIZE];
	char text[TRAIL_TEXT_MAX];
};

/* false: there is no such thing in this line.  Whether its hash is right:
 * trail_entry_is_true(). */
bool trail_entry_read(const trail_line line, struct trail_entry *entry);
bool trail_entry_is_true(const struct trail_entry *entry);

struct trail_words {
	uint64_t number, time; /* ms */
	char event[16], state[16], key[64], name[40], domain[80];
	const char *details; /* in the text; "" if there are none */
};
bool trail_words_read(const char *text, struct trail_words *words);

/* The entry of this number, if it is there. */
bool trail_find(const trail_line *lines, uint64_t number,
		struct trail_entry *entry);

/* ---- whether it holds ---- */

struct trail_check {
	uint64_t first, last;	   /* numbers; last 0: there is no entry */
	uint8_t head[SHA256_SIZE]; /* the last one's hash; zeros: none */
	char problem[160];	   /* the first that was found; "": it holds */
};
void trail_check(const trail_line *lines, struct trail_check *check);

/* ---- writing it ---- */

struct trail_file {
	trail_line *lines; /* NULL: it is not open */
	uint64_t last;	   /* number of the newest entry; 0: there is none */
	uint8_t head[SHA256_SIZE]; /* its hash, or zeros */
	struct trail_check found;  /* when it was opened */
};

/*
 * Map it, with all of its room, and look where it goes on: behind the highest
 * number that it has, whatever else is wrong with it.  Before the sandbox is
 * closed.  0 or a negated errno; -ENOSPC: there is no room for it.
 */
int trail_file_open(struct trail_file *file);
void trail_file_close(struct trail_file *file);

/* TEXT from EVENT on; what is too long is cut. */
void trail_file_append(struct trail_file *file, const char *rest);

#endif
