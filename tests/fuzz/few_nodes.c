// SPDX-License-Identifier: GPL-2.0-only
#include "few_nodes.h"

#include <errno.h>
#include <xenstore.h>

#include "fuzz.h"

static struct node *find(const char *path)
{
	struct node *node = nodes;

	while (node->name && strcmp(strrchr(path, '/') + 1, node->name))
		node++;
	require(node->name);
	return node;
}

void node_set(struct node *node, const uint8_t *value, size_t length)
{
	free(node->value);
	node->value = value ? fuzz_text(value, length) : NULL;
	node->length = (unsigned int)length;
}

void nodes_set(const uint8_t *data, size_t size)
{
	for (struct node *node = nodes; node->name; node++) {
		const uint8_t *end = size ? memchr(data, '\n', size) : NULL;
		size_t length = end && node[1].name ? (size_t)(end - data) :
						      size;

		node_set(node, size ? data : NULL, length);
		length += length < size; /* the newline */
		data += length;
		size -= length;
	}
}

bool xs_write(struct xs_handle *xs, xs_transaction_t t, const char *path,
	      const void *data, unsigned int length)
{
	(void)xs, (void)t;
	node_set(find(path), data, length);
	return true;
}

void *xs_read(struct xs_handle *xs, xs_transaction_t t, const char *path,
	      unsigned int *length)
{
	struct node *node = find(path);

	(void)xs, (void)t;
	errno = ENOENT;
	*length = node->length;
	return node->value ? fuzz_text((void *)node->value, node->length) :
			     NULL;
}

/* Nobody else is there to be in the way of one. */
xs_transaction_t xs_transaction_start(struct xs_handle *xs)
{
	(void)xs;
	return 1;
}

bool xs_transaction_end(struct xs_handle *xs, xs_transaction_t t, bool abort)
{
	(void)xs, (void)t;
	return !abort;
}
