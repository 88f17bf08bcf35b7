/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How dom0 has commands run in a guest: through the guest's own xenstore
 * directory data/lab, which needs neither a network nor a console.
 *
 *	ready		by the agent: it is listening
 *	text/ID/1 ...	pieces of a shell script, from the second on
 *	go/ID		"PIECES " and the first piece; written last: run it
 *	out/ID/1 ...	pieces of what it printed (as much as OUTPUT_MAX), from
 *			the second on
 *	done/ID		"STATUS PIECES " and the first piece; written last: it
 *			has ended.  STATUS: the exit status, or 128 and the
 *			signal
 *
 * While it runs, JOBS/ID/group in the guest holds its process group.
 *
 * To start a process is what costs under emulation, and a dynamically linked
 * one costs several times as much: hence one static program on either side.
 */
#ifndef CHANNEL_H
#define CHANNEL_H

#include <stdbool.h>
#include <stddef.h>

#define CHANNEL "data/lab"
#define JOBS "/run/lab"

/* A guest's value ends at 2 KiB (xenstored's quota). */
#define PIECE_MAX 1900
#define OUTPUT_MAX 49152
#define SCRIPT_MAX (1 << 20)

struct xs_handle;

/* Room for any path of the channel. */
struct node {
	char path[128];
};

/* A command of a guest's: TOP is the guest's channel, as seen from here. */
struct channel_job {
	struct xs_handle *xs;
	const char *top, *id;
};

enum channel_way {
	CHANNEL_COMMAND, /* in go and text */
	CHANNEL_RESULT,	 /* in done and out */
};

/* Where the text of a way appears last: what the other side watches. */
struct node channel_last(const struct channel_job *job, enum channel_way way);

/* A text in pieces, behind HEAD.  False: xenstore takes no more. */
bool channel_send(const struct channel_job *job, enum channel_way way,
		  const char *head, const char *text, size_t size);

/*
 * Take a text out of the channel, where it stays no longer.  `number`: where
 * the head's goes; NULL where there is no head.  Returns the text, to be freed,
 * ending in a 0 that `size` does not count; NULL: there is none.
 */
char *channel_take(const struct channel_job *job, enum channel_way way,
		   long *number, size_t *size);

#endif
