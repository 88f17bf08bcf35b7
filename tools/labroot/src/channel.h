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

/* TOP/KIND/ID, and TOP/KIND/ID/PIECE. */
struct node channel_node(const char *top, const char *kind, const char *id);
struct node channel_piece(const char *top, const char *kind, const char *id,
			  size_t piece);

/*
 * A text in pieces: LAST (go or done) gets HEAD, the number of pieces and the
 * first one, REST (text or out) the others.  Both directions of the channel
 * are these two.
 */
bool channel_send(struct xs_handle *xs, const char *top, const char *last,
		  const char *rest, const char *id, const char *head,
		  const char *text, size_t size);

/*
 * Take a text out of the channel, where it stays no longer.  `number`: where
 * the head's goes; NULL where there is no head.  Returns the text, to be freed,
 * ending in a 0 that `size` does not count; NULL: there is none.
 */
char *channel_take(struct xs_handle *xs, const char *top, const char *last,
		   const char *rest, const char *id, long *number,
		   size_t *size);

#endif
