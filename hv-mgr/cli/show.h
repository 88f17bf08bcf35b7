/* SPDX-License-Identifier: GPL-2.0-only */
/* Replies as text. */
#ifndef CLI_SHOW_H
#define CLI_SHOW_H

#include <json-c/json.h>
#include <stdint.h>
#include <stdio.h>

void show_list(struct json_object *reply, FILE *to);	/* a table */
void show_status(struct json_object *reply, FILE *to);	/* a block each */
void show_outcome(struct json_object *reply, FILE *to); /* a line each */

/* What a carveout's state is called: SEALED, or VERIFIED. */
#define SHOW_VERIFIED "VERIFIED"
#define SHOW_REJECTED "REJECTED"
const char *show_state_name(struct json_object *carveout);

/* What a carveout is busy with: its work, or being loaded. */
struct show_advance {
	const char *what; /* NULL: it is not busy */
	uint64_t position, end;
};
struct show_advance show_advance(struct json_object *carveout);

#endif
