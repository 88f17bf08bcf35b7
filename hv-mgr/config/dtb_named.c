// SPDX-License-Identifier: GPL-2.0-only
#include "config/dtb_named.h"

#include <errno.h>
#include <libfdt.h>
#include <string.h>

/* No board's tree has half of that; Xen looks at nothing below 16
 * (device_tree_for_each_node()). */
#define DEPTH_MAX 32
/* Windows looked at, of all nodes together: some 0.1 s. */
#define STEPS_MAX 10000000

#define CELL sizeof(fdt32_t)

enum view {
	SHOWS_NOTHING,
	SHOWS_WINDOWS,
	SHOWS_ALL, /* its children's addresses are those of its own bus */
};

/* A node, as what is below it sees it. */
struct bus {
	int node;
	struct dtb_cells cells; /* as dtb_raw_cells() */
	enum view view;
	bool plain; /* in /reserved-memory or /chosen */
	const uint8_t *windows;
	int length;
};

struct walk {
	const void *fdt;
	struct bus bus[DEPTH_MAX]; /* 0: the root */
	unsigned int steps;
	dtb_named_fn *each;
	void *context;
	struct sentence error;
};

static bool is_named(const void *fdt, int node, const char *name)
{
	size_t length = strlen(name);
	const char *found = fdt_get_name(fdt, node, NULL);

	return found && !strncmp(found, name, length) &&
	       (!found[length] || found[length] == '@');
}

/* Xen goes by one or the other, or both, from version to version
 * (device_tree_is_memory_node()). */
bool dtb_is_memory(const void *fdt, int node)
{
	const char *type = dtb_string(fdt, node, "device_type");

	return (type && !strcmp(type, "memory")) ||
	       is_named(fdt, node, "memory");
}

static bool are_addresses(struct dtb_cells cells)
{
	return cells.address >= 1 && cells.address <= 2 && cells.size >= 1 &&
	       cells.size <= 2;
}

/* What a node is to those below it; its parent is there already. */
static void enter(struct walk *walk, int node, int depth)
{
	const struct bus *parent = &walk->bus[depth - 1];
	struct bus *bus = &walk->bus[depth];

	*bus = (struct bus){ .node = node, .cells = parent->cells };
	dtb_raw_cells(walk->fdt, node, &bus->cells);
	bus->plain =
		parent->plain ||
		(depth == 1 && (is_named(walk->fdt, node, "reserved-memory") ||
				is_named(walk->fdt, node, "chosen")));
	bus->windows = fdt_getprop(walk->fdt, node, "ranges", &bus->length);
	if (bus->plain || (bus->windows && !bus->length))
		bus->view = SHOWS_ALL;
	else if (bus->windows)
		bus->view = SHOWS_WINDOWS;
}

/* A window: at `from` for who is behind it, at `to` before it. */
struct window {
	uint64_t from, to, size;
};

/* How long one is; 0: it cannot be read. */
static size_t window_width(const struct bus *bus)
{
	int to = bus[-1].cells.address, size = bus->cells.size;
	int from = bus->cells.address;

	if (from < 1 || from > 4 || to < 1 || to > 2 || size < 1 || size > 2)
		return 0;
	return CELL * (size_t)(from + to + size);
}

/* One of four cells begins with what is no address. */
static struct window window_at(const struct bus *bus, const uint8_t *at)
{
	int to = bus[-1].cells.address, from = bus->cells.address;
	struct window window = { 0 };

	if (from <= 2)
		window.from = dtb_number(at, from);
	window.to = dtb_number(at + CELL * (size_t)from, to);
	window.size =
		dtb_number(at + CELL * (size_t)(from + to), bus->cells.size);
	return window;
}

/* From addresses behind a bus to those before it, as Linux does: the window is
 * the first one with the first byte in it (of/address.c, of_translate_one()). */
static bool pass_windows(struct walk *walk, const struct bus *bus,
			 uint64_t *address)
{
	size_t width = window_width(bus), count;
	struct window window;

	if (!width || !are_addresses(bus->cells))
		return false;
	count = (size_t)bus->length / width;
	for (size_t i = 0; i < count; i++) {
		walk->steps++;
		window = window_at(bus, bus->windows + i * width);
		if (*address < window.from ||
		    *address - window.from >= window.size)
			continue;
		*address += window.to - window.from;
		return *address >= window.to;
	}
	return false;
}

/* To the processors', from those that a node at this depth gives its children.
 * false: they do not see it. */
static bool translate(struct walk *walk, int depth, uint64_t *address)
{
	for (; depth > 0; depth--) {
		const struct bus *bus = &walk->bus[depth];

		if (bus->view == SHOWS_NOTHING ||
		    (bus->view == SHOWS_WINDOWS &&
		     !pass_windows(walk, bus, address)))
			return false;
	}
	return true;
}

/* A range that a node at this depth gives its children. */
static int tell(struct walk *walk, int node, int depth, struct dtb_range range)
{
	if (!range.size || !translate(walk, depth, &range.address))
		return 0;
	return walk->each(walk->context, node, range);
}

static int refuse(const struct walk *walk, int node)
{
	char path[DTB_PATH_MAX];

	return sentence_set(
		walk->error, -EINVAL,
		"reg of %s does not go with #address-cells and #size-cells of its parent",
		dtb_path(walk->fdt, node, path));
}

static int tell_reg(struct walk *walk, int node, int depth)
{
	const struct bus *parent = &walk->bus[depth - 1];
	struct dtb_reg reg;
	int rc;

	if (!fdt_getprop(walk->fdt, node, "reg", NULL))
		return 0;
	if (!are_addresses(parent->cells))
		return parent->plain ? refuse(walk, node) : 0;
	/* What is no whole range at its end is Linux' and Xen's not either. */
	rc = dtb_reg(walk->fdt, node, parent->cells, &reg);
	if (rc && parent->plain)
		return refuse(walk, node);
	rc = 0;
	for (int i = 0; !rc && i < reg.count; i++)
		rc = tell(walk, node, depth - 1, dtb_reg_at(&reg, i));
	return rc;
}

static int tell_windows(struct walk *walk, int node, int depth)
{
	const struct bus *bus = &walk->bus[depth];
	size_t width = window_width(bus), count;
	struct window window;
	int rc = 0;

	if (bus->view != SHOWS_WINDOWS || !width)
		return 0;
	count = (size_t)bus->length / width;
	for (size_t i = 0; !rc && i < count; i++) {
		window = window_at(bus, bus->windows + i * width);
		if (are_addresses(bus->cells) && window.from == window.to)
			continue;
		rc = tell(walk, node, depth - 1,
			  (struct dtb_range){ window.to, window.size });
	}
	return rc;
}

static int visit(struct walk *walk, int node, int depth)
{
	int rc;

	if (depth >= DEPTH_MAX)
		return sentence_set(walk->error, -EINVAL,
				    "the tree is deeper than %d nodes",
				    DEPTH_MAX);
	enter(walk, node, depth);
	if (depth == 1 && dtb_is_memory(walk->fdt, node) &&
	    dtb_is_enabled(walk->fdt, node))
		return 0;
	rc = tell_reg(walk, node, depth);
	if (!rc)
		rc = tell_windows(walk, node, depth);
	if (!rc && walk->steps > STEPS_MAX)
		rc = sentence_set(
			walk->error, -EINVAL,
			"the tree has too many ranges below ranges: no board's tree is like that");
	return rc;
}

int dtb_each_named(const void *fdt, dtb_named_fn *each, void *context,
		   struct sentence error)
{
	struct walk walk = {
		.fdt = fdt, .each = each, .context = context, .error = error
	};
	int depth = 0, node;
	int rc = dtb_root_cells(fdt, &walk.bus[0].cells, error);

	for (node = fdt_next_node(fdt, 0, &depth);
	     !rc && node >= 0 && depth > 0;
	     node = fdt_next_node(fdt, node, &depth))
		rc = visit(&walk, node, depth);
	return rc;
}
