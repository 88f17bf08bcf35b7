/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CONFIG_DTB_FILE_H
#define CONFIG_DTB_FILE_H

#include "config/dtb.h"

/*
 * Read a device tree: a blob, or its source, which dtc compiles.  The caller
 * frees *fdt.  -EINVAL with a sentence for what is none, or another negated
 * errno for not being able to read it.
 */
int dtb_file_read(const char *path, void **fdt, size_t *size,
		  struct sentence error);

#endif
