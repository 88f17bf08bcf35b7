// SPDX-License-Identifier: GPL-2.0-only
#include "config/guest_tree.h"

#include <errno.h>
#include <inttypes.h>
#include <libfdt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/guest_plan.h"

#define SYMBOL_MAX (sizeof("carveout_") + STANZA_NAME_MAX)
#define NODE_MAX 40

/* More than a node, its symbol and the properties around them take. */
#define TREE_BYTES(count) (1024 + 512 * (count))

struct writer {
	void *fdt;
	int error; /* libfdt's first, to be looked at once, at the end */
	const struct stanza *stanzas;
	struct placed placed[STANZAS_MAX];
	size_t count;
};

static void keep(struct writer *writer, int error)
{
	if (!writer->error)
		writer->error = error;
}

static void put_string(struct writer *writer, const char *name,
		       const char *value)
{
	keep(writer,
	     fdt_property(writer->fdt, name, value, (int)strlen(value) + 1));
}

static void put_number(struct writer *writer, const char *name, uint32_t value)
{
	keep(writer, fdt_property_u32(writer->fdt, name, value));
}

static void put_cells(struct writer *writer)
{
	put_number(writer, "#address-cells", 2);
	put_number(writer, "#size-cells", 2);
}

static void name_node(const struct writer *writer, size_t i,
		      char name[NODE_MAX])
{
	snprintf(name, NODE_MAX, "carveout@%" PRIx64, writer->placed[i].base);
}

static void put_carveout(struct writer *writer, size_t i)
{
	const struct stanza *stanza = &writer->stanzas[i];
	char name[NODE_MAX];
	uint64_t reg[2];

	fdt64_st(&reg[0], writer->placed[i].base);
	fdt64_st(&reg[1], writer->placed[i].size);
	name_node(writer, i, name);
	keep(writer, fdt_begin_node(writer->fdt, name));
	put_string(writer, "compatible", "hv-mgr,carveout");
	keep(writer, fdt_property(writer->fdt, "reg", reg, sizeof(reg)));
	put_string(writer, "label", stanza->name);
	put_number(writer, "window-size", stanza->window);
	put_number(writer, "phandle", GUEST_TREE_PHANDLE + (uint32_t)i);
	keep(writer, fdt_end_node(writer->fdt));
}

/*
 * Of a simple-bus Linux makes devices, without taking their addresses from
 * anybody (of_platform_populate()), and translates them through its ranges.
 */
static void put_passthrough(struct writer *writer)
{
	keep(writer, fdt_begin_node(writer->fdt, "passthrough"));
	put_string(writer, "compatible", "simple-bus");
	put_cells(writer);
	keep(writer, fdt_property(writer->fdt, "ranges", NULL, 0));
	for (size_t i = 0; i < writer->count; i++)
		put_carveout(writer, i);
	keep(writer, fdt_end_node(writer->fdt));
}

/* "-" is for names, and not for labels. */
static void name_symbol(const struct stanza *stanza, char symbol[SYMBOL_MAX])
{
	snprintf(symbol, SYMBOL_MAX, "carveout_%s", stanza->name);
	for (char *c = symbol; *c; c++)
		if (*c == '-')
			*c = '_';
}

/* a-b and a_b would be the same. */
static bool is_symbol_used(const struct writer *writer, size_t before,
			   const char *symbol)
{
	char other[SYMBOL_MAX];

	for (size_t i = 0; i < before; i++) {
		name_symbol(&writer->stanzas[i], other);
		if (!strcmp(other, symbol))
			return true;
	}
	return false;
}

/*
 * With these, nodes that refer to carveouts can be added by fdtoverlay.  libxl
 * leaves them out.
 */
static void put_symbols(struct writer *writer)
{
	char symbol[SYMBOL_MAX], name[NODE_MAX], path[NODE_MAX + 16];

	keep(writer, fdt_begin_node(writer->fdt, "__symbols__"));
	for (size_t i = 0; i < writer->count; i++) {
		name_symbol(&writer->stanzas[i], symbol);
		if (is_symbol_used(writer, i, symbol))
			continue;
		name_node(writer, i, name);
		snprintf(path, sizeof(path), "/passthrough/%s", name);
		put_string(writer, symbol, path);
	}
	keep(writer, fdt_end_node(writer->fdt));
}

static void put_tree(struct writer *writer, size_t room)
{
	keep(writer, fdt_create(writer->fdt, (int)room));
	keep(writer, fdt_finish_reservemap(writer->fdt));
	keep(writer, fdt_begin_node(writer->fdt, ""));
	put_cells(writer);
	put_passthrough(writer);
	put_symbols(writer);
	keep(writer, fdt_end_node(writer->fdt));
	keep(writer, fdt_finish(writer->fdt));
}

static int write_tree(struct writer *writer, struct dtb_blob *tree,
		      struct sentence error)
{
	size_t room = TREE_BYTES(writer->count);

	writer->fdt = calloc(1, room);
	if (!writer->fdt)
		return sentence_set(error, -ENOMEM, "out of memory");
	put_tree(writer, room);
	if (writer->error) {
		free(writer->fdt);
		return sentence_set(error, -EINVAL,
				    "cannot write the tree (libfdt: %s)",
				    fdt_strerror(writer->error));
	}
	*tree = (struct dtb_blob){ writer->fdt, fdt_totalsize(writer->fdt) };
	return 0;
}

int guest_tree_make(const struct stanza *stanzas, size_t count,
		    struct dtb_blob *tree, struct sentence error)
{
	struct writer writer = { .stanzas = stanzas, .count = count };
	const struct placement_space space = placement_arm64();
	int rc = guest_plan(&space, stanzas, count, writer.placed, error);

	return rc ? rc : write_tree(&writer, tree, error);
}
