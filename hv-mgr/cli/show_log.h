/* SPDX-License-Identifier: GPL-2.0-only */
/* The measured log, as text and as JSON. */
#ifndef CLI_SHOW_LOG_H
#define CLI_SHOW_LOG_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stdio.h>

#include "daemon/trail_file.h"

struct log_read {
	trail_line *lines;
	struct trail_check check;
	/* Only what is about these; NULL: about all.  A domain by its domid, its
	 * UUID, or the name that it had. */
	const char *domain, *name;
};

void show_log(const struct log_read *log, FILE *to); /* a table */
void show_log_check(const struct log_read *log, FILE *to);
void show_log_head(const struct log_read *log, FILE *to);

/* What these say; entries: and all of those.  The caller's. */
struct json_object *json_log(const struct log_read *log, bool entries);

#endif
