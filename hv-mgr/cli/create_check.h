/* SPDX-License-Identifier: GPL-2.0-only */
/* What can be known of a guest and its carveouts before there is either. */
#ifndef CLI_CREATE_CHECK_H
#define CLI_CREATE_CHECK_H

#include "cli/cli.h"
#include "config/xlcfg.h"

/*
 * The stanzas, their places and the host's memory.  dry: that no daemon runs is
 * no error, but then it cannot be asked about this host.  Returns 0, or an exit
 * code, told.
 */
int create_check(struct cli *cli, const struct xlcfg *config, bool dry);

#endif
