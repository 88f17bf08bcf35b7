// SPDX-License-Identifier: GPL-2.0-only
#include "cli/progress.h"

#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "cli/text.h"

#define QUIET_MS 1000
#define REDRAW_MS 200

void progress_begin(struct progress *progress, bool visible)
{
	*progress = (struct progress){
		.visible = visible && isatty(STDERR_FILENO),
		.begun = clock_ms(),
	};
}

void progress_show(struct progress *progress, const char *what,
		   uint64_t position, uint64_t end)
{
	char at[TEXT_BYTES_MAX];
	uint64_t now = clock_ms();

	if (!progress->visible || now - progress->begun < QUIET_MS ||
	    now - progress->drawn_at < REDRAW_MS)
		return;
	fprintf(stderr, "\r\033[K%-8s ", what);
	if (end)
		text_bar(stderr, position, end);
	else
		fputs(text_bytes(position, at), stderr);
	fprintf(stderr, "  %s/s",
		text_bytes(position * 1000 / (now - progress->begun), at));
	progress->drawn_at = now;
	progress->drawn = true;
}

void progress_end(struct progress *progress)
{
	if (progress->drawn)
		fputs("\r\033[K", stderr);
	progress->drawn = false;
}
