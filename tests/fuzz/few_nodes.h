/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A xenstore of a few nodes, told by the last part of their paths, whose values
 * a fuzzer gives: libxenstore's xs_read() and xs_write() of it.
 */
#ifndef FEW_NODES_H
#define FEW_NODES_H

#include <stddef.h>
#include <stdint.h>

struct node {
	const char *name;
	char *value; /* NULL: there is no such node */
	unsigned int length;
};

extern struct node nodes[]; /* the fuzzer's; ends with a NULL name */

/*
 * The values, divided by newlines, the last one with all that follows; for
 * what is missing at the end there is no node.
 */
void nodes_set(const uint8_t *data, size_t size);

/* One value.  NULL: there is no such node. */
void node_set(struct node *node, const uint8_t *value, size_t length);

#endif
