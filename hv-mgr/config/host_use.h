/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a host's device tree says of its memory: where there is some, and what
 * of it is in use before Xen runs, or never Xen's.
 */
#ifndef CONFIG_HOST_USE_H
#define CONFIG_HOST_USE_H

#include <stddef.h>

#include "config/dtb.h"
#include "config/host_warnings.h"

struct host_range {
	struct dtb_range range; /* ends within 64 bits */
	const char *what;	/* before the node's path, or instead of it */
	int node;		/* negative: none */
};

struct host_use {
	/* By address, those that touch joined; each ends within 64 bits. */
	struct dtb_range *banks;
	size_t bank_count;
	struct host_range *taken; /* in a bank, at least a part of it */
	size_t taken_count;
	struct host_warnings warnings; /* of what is not known */
};

/* More of them is no board's tree; it bounds the time that a search takes. */
#define HOST_BANKS_MAX 64
#define HOST_TAKEN_MAX 512

/*
 * Read a tree that dtb_check() took.  -EINVAL: it is no host's, or something in
 * it cannot be understood, so that nobody knows what is free; -ENOMEM.  Free it
 * in any case.
 */
int host_use_read(const void *fdt, struct host_use *use, struct sentence error);
void host_use_free(struct host_use *use); /* accepts a zeroed one */

/* Take those out, too. */
int host_use_avoid(struct host_use *use, const struct dtb_range *ranges,
		   size_t count, struct sentence error);

/* What of it a range overlaps: the lowest, or NULL. */
const struct host_range *host_use_overlap(const struct host_use *use,
					  struct dtb_range range);

/* What is there, in words. */
#define HOST_WHAT_MAX (DTB_PATH_MAX + 32)
const char *host_use_what(const void *fdt, const struct host_range *taken,
			  char text[HOST_WHAT_MAX]);

/*
 * How the root writes reg of its children, and how /reserved-memory does, or
 * would if there were one.
 */
int host_tree_cells(const void *fdt, struct dtb_cells *root,
		    struct dtb_cells *reserved, struct sentence error);

#endif
