/* SPDX-License-Identifier: GPL-2.0-only */
/* What a person has to know of a pool that is planned. */
#ifndef CONFIG_HOST_WARNINGS_H
#define CONFIG_HOST_WARNINGS_H

#define HOST_WARNINGS_MAX 4

struct host_warnings {
	char at[HOST_WARNINGS_MAX][200]; /* those that are not empty */
};

/* One that finds no room is not told. */
__attribute__((format(printf, 2, 3))) void
host_warn(struct host_warnings *warnings, const char *format, ...);

#endif
