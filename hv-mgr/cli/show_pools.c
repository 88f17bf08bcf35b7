// SPDX-License-Identifier: GPL-2.0-only
#include "cli/show_pools.h"

#include <inttypes.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/reply.h"
#include "cli/text.h"
#include "range.h"

#define COLUMNS 78
#define COLUMNS_MIN 20
#define BAR_MAX 256

static const char *or_dash(const char *text)
{
	return text ? text : "-";
}

static struct json_object *array(struct json_object *object, const char *key)
{
	struct json_object *list;

	if (!json_object_object_get_ex(object, key, &list) ||
	    !json_object_is_type(list, json_type_array))
		return NULL;
	return list;
}

static size_t length(struct json_object *list)
{
	return list ? json_object_array_length(list) : 0;
}

/* How wide a bar is between its brackets: it ends with its line. */
static unsigned int bar_width(FILE *to)
{
	struct winsize window;
	int fd = fileno(to);
	unsigned int columns = COLUMNS;

	if (fd >= 0 && !ioctl(fd, TIOCGWINSZ, &window) &&
	    window.ws_col >= COLUMNS_MIN)
		columns = window.ws_col;
	columns -= 4;
	return columns < BAR_MAX ? columns : BAR_MAX;
}

/*
 * Where a byte of the pool is in a bar.  Doubles: size * width may be more than
 * 64 bits hold.
 */
static unsigned int cell_of(uint64_t offset, uint64_t size, unsigned int width)
{
	return (unsigned int)((double)offset / (double)size * width);
}

/* A carveout has at least one #, so that none is overlooked. */
static void mark(char *bar, unsigned int width, struct json_object *pool,
		 struct json_object *carveout)
{
	uint64_t size = reply_number(pool, "size");
	uint64_t start = reply_number(carveout, "address") -
			 reply_number(pool, "address");
	uint64_t bytes = reply_number(carveout, "size");
	unsigned int last;

	if (!bytes || !range_within(start, bytes, size))
		return;
	last = cell_of(start + bytes - 1, size, width);
	for (unsigned int i = cell_of(start, size, width);
	     i <= last && i < width; i++)
		bar[i] = '#';
}

static void show_bar(struct json_object *pool, FILE *to)
{
	struct json_object *list = array(pool, "carveouts");
	unsigned int width = bar_width(to);
	char bar[BAR_MAX];

	memset(bar, '.', sizeof(bar));
	for (size_t i = 0; i < length(list); i++)
		mark(bar, width, pool, json_object_array_get_idx(list, i));
	fprintf(to, "  [%.*s]\n", (int)width, bar);
}

static void show_carveouts(struct json_object *pool, FILE *to)
{
	struct json_object *list = array(pool, "carveouts");
	char size[TEXT_BYTES_MAX];

	for (size_t i = 0; i < length(list); i++) {
		struct json_object *c = json_object_array_get_idx(list, i);

		fprintf(to,
			"  %-14s 0x%-12" PRIx64 " %8s  %s (domain %" PRIu64
			")\n",
			or_dash(reply_string(c, "name")),
			reply_number(c, "address"),
			text_bytes(reply_number(c, "size"), size),
			or_dash(reply_string(c, "domain")),
			reply_number(c, "domid"));
	}
}

static void show_state(struct json_object *pool, FILE *to)
{
	uint64_t dirty = reply_number(pool, "dirty");
	char text[TEXT_BYTES_MAX];

	if (reply_string(pool, "problem"))
		fputs("broken\n", to);
	else if (dirty)
		fprintf(to, "ok, %s to scrub\n", text_bytes(dirty, text));
	else
		fputs("ok\n", to);
}

static void show_pool(struct json_object *pool, FILE *to)
{
	char size[TEXT_BYTES_MAX], free_[TEXT_BYTES_MAX],
		largest[TEXT_BYTES_MAX];
	const char *problem = reply_string(pool, "problem");

	fprintf(to, "%-16s 0x%-12" PRIx64 " %8s %8s %8s %6" PRIu64 " ",
		or_dash(reply_string(pool, "name")),
		reply_number(pool, "address"),
		text_bytes(reply_number(pool, "size"), size),
		text_bytes(reply_number(pool, "free"), free_),
		text_bytes(reply_number(pool, "largest"), largest),
		reply_number(pool, "ranges"));
	show_state(pool, to);
	if (problem) {
		text_wrap(to, 2, problem);
		return;
	}
	show_bar(pool, to);
	show_carveouts(pool, to);
}

void show_pools(struct json_object *reply, FILE *to)
{
	struct json_object *list = array(reply, "pools");
	const char *problem = reply_string(reply, "problem");

	fprintf(to, "%-16s %-14s %8s %8s %8s %6s %s\n", "Name", "Address",
		"Size", "Free", "Largest", "Ranges", "State");
	for (size_t i = 0; i < length(list); i++)
		show_pool(json_object_array_get_idx(list, i), to);
	if (problem)
		text_wrap(to, 0, problem);
}
