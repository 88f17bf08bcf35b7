/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A bar on stderr for what takes long: only on a terminal, and only from its
 * second second on.
 */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress {
	bool visible; /* is there somebody to see it? */
	bool drawn;
	uint64_t begun, drawn_at; /* ms */
};

void progress_begin(struct progress *progress, bool visible);
/* end 0: not known. */
void progress_show(struct progress *progress, const char *what,
		   uint64_t position, uint64_t end);
void progress_end(struct progress *progress); /* wipes the bar off */

#endif
