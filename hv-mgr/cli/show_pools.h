/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CLI_SHOW_POOLS_H
#define CLI_SHOW_POOLS_H

#include <json-c/json.h>
#include <stdio.h>

/* A reply to pool-list: a line, a bar and the carveouts of each pool. */
void show_pools(struct json_object *reply, FILE *to);

#endif
