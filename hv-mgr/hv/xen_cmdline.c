// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reads Xen's command line the way parse_params() in xen/common/kernel.c does:
 * options are separated by spaces only, the last one wins, "no-" inverts, and
 * an option with a value that Xen does not understand changes nothing.
 */
#include "xen_cmdline.h"

#include <string.h>

/* A piece of the command line; not NUL-terminated. */
struct span {
	const char *at;
	size_t length;
};

struct option {
	struct span name, value;
	bool inverted;
};

static bool span_is(struct span span, const char *word)
{
	return span.length == strlen(word) &&
	       !memcmp(span.at, word, span.length);
}

/* 1, 0, or -1 for neither: parse_bool() in xen/common/kernel.c. */
static int span_bool(struct span span)
{
	static const struct {
		const char *word;
		int value;
	} words[] = {
		{ "1", 1 },	  { "0", 0 },	  { "on", 1 },
		{ "no", 0 },	  { "yes", 1 },	  { "off", 0 },
		{ "true", 1 },	  { "false", 0 }, { "enable", 1 },
		{ "disable", 0 },
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (span_is(span, words[i].word))
			return words[i].value;
	return -1;
}

/* Cut the next option off *text; false at the end. */
static bool next_option(const char **text, struct option *option)
{
	const char *start = *text + strspn(*text, " ");
	size_t length = strcspn(start, " ");
	const char *equals = memchr(start, '=', length);
	size_t name = equals ? (size_t)(equals - start) : length;

	*text = start + length;
	if (!length)
		return false;
	option->value = (struct span){ start + name, 0 };
	if (equals)
		option->value = (struct span){ equals + 1, length - name - 1 };
	option->inverted = name >= 3 && !memcmp(start, "no-", 3);
	if (option->inverted) {
		start += 3;
		name -= 3;
	}
	option->name = (struct span){ start, name };
	return true;
}

/* parse_params(), OPT_BOOL: "no-x=0" is true. */
static void take_boolean(const struct option *option, bool *setting)
{
	int value = option->value.length ? span_bool(option->value) : 1;

	if (value >= 0)
		*setting = (value != 0) != option->inverted;
}

/* parse_params(), OPT_CUSTOM, and parse_bootscrub_param() in page_alloc.c. */
static void take_bootscrub(const struct option *option,
			   enum xen_bootscrub *setting)
{
	int value = option->value.length ? span_bool(option->value) : 1;

	if (option->inverted) {
		if (!option->value.length)
			*setting = XEN_BOOTSCRUB_OFF;
	} else if (value >= 0) {
		*setting = value ? XEN_BOOTSCRUB_ON : XEN_BOOTSCRUB_OFF;
	} else if (span_is(option->value, "idle")) {
		*setting = XEN_BOOTSCRUB_IDLE;
	}
}

struct xen_cmdline xen_cmdline_parse(const char *text)
{
	struct xen_cmdline line = { false, XEN_BOOTSCRUB_IDLE };
	struct option option;

	while (next_option(&text, &option)) {
		if (span_is(option.name, "scrub-domheap"))
			take_boolean(&option, &line.scrub_domheap);
		else if (span_is(option.name, "bootscrub"))
			take_bootscrub(&option, &line.bootscrub);
	}
	return line;
}

/*
 * Scrubbing at boot "idle" is as good as "on": init_heap_pages() marks every
 * free page PGC_need_scrub, and alloc_heap_pages() scrubs a marked page that
 * the idle loop has not come to yet.  With "off" the heap stays as the reset
 * left it, and scrub-domheap only touches pages that were once allocated.
 */
bool xen_cmdline_scrubs(const char *text, size_t room)
{
	struct xen_cmdline line;
	size_t length = strnlen(text, room);

	if (length + 1 >= room)
		return false;
	line = xen_cmdline_parse(text);
	return line.scrub_domheap && line.bootscrub != XEN_BOOTSCRUB_OFF;
}
