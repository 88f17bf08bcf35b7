// SPDX-License-Identifier: GPL-2.0-only
#include "channel.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xenstore.h>

/* The last of a way's nodes, and the directory of the others. */
static const struct {
	const char *last, *rest;
} names[] = {
	[CHANNEL_COMMAND] = { "go", "text" },
	[CHANNEL_RESULT] = { "done", "out" },
};

static struct node node_of(const struct channel_job *job, const char *kind)
{
	struct node node;

	snprintf(node.path, sizeof(node.path), "%s/%s/%s", job->top, kind,
		 job->id);
	return node;
}

struct node channel_last(const struct channel_job *job, enum channel_way way)
{
	return node_of(job, names[way].last);
}

static struct node piece_of(const struct channel_job *job, enum channel_way way,
			    size_t piece)
{
	struct node node;

	snprintf(node.path, sizeof(node.path), "%s/%s/%s/%zu", job->top,
		 names[way].rest, job->id, piece);
	return node;
}

static size_t piece_size(size_t size, size_t piece)
{
	size_t left = size - piece * PIECE_MAX;

	return left < PIECE_MAX ? left : PIECE_MAX;
}

bool channel_send(const struct channel_job *job, enum channel_way way,
		  const char *head, const char *text, size_t size)
{
	size_t pieces = size ? (size + PIECE_MAX - 1) / PIECE_MAX : 1, first;
	char value[64 + PIECE_MAX];

	for (size_t i = 1; i < pieces; i++) {
		if (!xs_write(job->xs, XBT_NULL, piece_of(job, way, i).path,
			      text + i * PIECE_MAX,
			      (unsigned int)piece_size(size, i)))
			return false;
	}
	first = (size_t)snprintf(value, 64, "%s%zu ", head, pieces);
	memcpy(value + first, text, piece_size(size, 0));
	return xs_write(job->xs, XBT_NULL, channel_last(job, way).path, value,
			(unsigned int)(first + piece_size(size, 0)));
}

/* Append a node's value; false: there is none, or the text is too long. */
static bool append(struct xs_handle *xs, const char *path, char *text,
		   size_t *size)
{
	unsigned int length;
	char *value = xs_read(xs, XBT_NULL, path, &length);
	bool fits = value && length <= SCRIPT_MAX - *size;

	if (fits) {
		memcpy(text + *size, value, length);
		*size += length;
		text[*size] = '\0';
	}
	free(value);
	return fits;
}

/* Drop the head's numbers; false: they are not there. */
static bool split(char *text, size_t *size, long *number, size_t *pieces)
{
	char *end = text, *next;
	long count;

	if (number) {
		*number = strtol(text, &end, 10);
		if (end == text || *end != ' ')
			return false;
	}
	count = strtol(end, &next, 10);
	if (next == end || *next != ' ' || count < 1 ||
	    count > SCRIPT_MAX / PIECE_MAX)
		return false;
	*pieces = (size_t)count;
	next++;
	*size -= (size_t)(next - text);
	memmove(text, next, *size + 1);
	return true;
}

char *channel_take(const struct channel_job *job, enum channel_way way,
		   long *number, size_t *size)
{
	char *text = malloc(SCRIPT_MAX + 1);
	size_t pieces = 0;

	*size = 0;
	if (!text)
		return NULL;
	if (!append(job->xs, channel_last(job, way).path, text, size) ||
	    !split(text, size, number, &pieces))
		goto none;
	for (size_t i = 1; i < pieces; i++) {
		if (!append(job->xs, piece_of(job, way, i).path, text, size))
			goto none;
	}
	if (pieces > 1)
		xs_rm(job->xs, XBT_NULL, node_of(job, names[way].rest).path);
	xs_rm(job->xs, XBT_NULL, channel_last(job, way).path);
	return text;
none:
	free(text);
	return NULL;
}
