/* SPDX-License-Identifier: GPL-2.0-only */
/* What a carveout, or a pool, may be called (include/carveoutif.h, 1). */
#ifndef CONFIG_NAME_H
#define CONFIG_NAME_H

#include <stdbool.h>
#include <stddef.h>

bool name_is_right(const char *name, size_t length);

#endif
