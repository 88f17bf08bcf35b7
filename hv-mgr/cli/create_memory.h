/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory for a guest's carveouts.  It is Xen's, beside the guest's own, and xl
 * knows nothing of it: where xl takes from dom0 what a guest needs
 * (autoballoon, xl.conf(5)), it takes just that, and nothing is left.
 */
#ifndef CLI_CREATE_MEMORY_H
#define CLI_CREATE_MEMORY_H

#include "cli/cli.h"
#include "config/stanza.h"
#include "config/xlcfg.h"

/*
 * Can there be enough?  info: the daemon's.  Where xl takes nothing from dom0,
 * it must be free now.  Returns 0, or an exit code, told.
 */
int create_memory_check(struct cli *cli, const struct xlcfg *config,
			const struct stanza *stanzas, struct json_object *info);

/*
 * When xl has taken what the guest needs: take what the carveouts need and
 * what is not free from dom0, if that is how xl does it here, and wait for it.
 * Returns 0, or an exit code, told.
 */
int create_memory_take(struct cli *cli, const struct xlcfg *config);

#endif
