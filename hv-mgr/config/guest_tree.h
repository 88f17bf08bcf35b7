/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The partial device tree of a guest that names its carveouts, for the key
 * device_tree of its config.  libxl copies /passthrough and /aliases of it, and
 * nothing else (libxl_arm.c, copy_partial_fdt()).
 */
#ifndef CONFIG_GUEST_TREE_H
#define CONFIG_GUEST_TREE_H

#include <stddef.h>

#include "config/dtb.h"
#include "config/stanza.h"

/*
 * Nodes have these handles, one after the other.  libxl's own interrupt
 * controller is 65000.
 */
#define GUEST_TREE_PHANDLE 0x1000

/*
 * Place the carveouts as guest_plan() does, and write the tree.
 */
int guest_tree_make(const struct stanza *stanzas, size_t count,
		    struct dtb_blob *tree, struct sentence error);

#endif
