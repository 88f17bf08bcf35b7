/* SPDX-License-Identifier: GPL-2.0-only */
/* status --watch */
#ifndef CLI_WATCH_H
#define CLI_WATCH_H

#include "cli/cli.h"

/* Show until interrupted, or all are in state until (NULL: never). */
int watch(struct cli *cli, const char *domain, const char *name,
	  const char *until);

#endif
