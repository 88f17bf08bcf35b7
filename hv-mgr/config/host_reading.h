/* SPDX-License-Identifier: GPL-2.0-only */
/* A reading of a host's tree, for those who look for what is in use. */
#ifndef CONFIG_HOST_READING_H
#define CONFIG_HOST_READING_H

#include "config/host_use.h"

struct host_reading {
	const void *fdt;
	struct host_use *use; /* with all its banks */
	struct sentence error;
};

/* See struct host_range.  What lies in no bank is no news, and left out. */
int host_take(const struct host_reading *reading, struct dtb_range range,
	      const char *what, int node);

/* What is named in properties of /chosen and of the nodes in it. */
int host_read_chosen(const struct host_reading *reading);

#endif
