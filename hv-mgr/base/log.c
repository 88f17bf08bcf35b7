// SPDX-License-Identifier: GPL-2.0-only
#include "base/log.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>

static bool journal_levels;

void log_use_journal_levels(bool on)
{
	journal_levels = on;
}

/* Built in one buffer and written at once, so that lines never mix. */
__attribute__((format(printf, 3, 0))) static void
line(int level, const char *what, const char *format, va_list args)
{
	char text[1024];

	vsnprintf(text, sizeof(text), format, args);
	if (journal_levels)
		fprintf(stderr, "<%d>%s\n", level, text);
	else
		fprintf(stderr, "hv-mgr: %s%s\n", what, text);
}

#define LOG_FUNCTION(name, level, what)          \
	void name(const char *format, ...)       \
	{                                        \
		va_list args;                    \
                                                 \
		va_start(args, format);          \
		line(level, what, format, args); \
		va_end(args);                    \
	}

LOG_FUNCTION(log_error, 3, "error: ")
LOG_FUNCTION(log_warning, 4, "warning: ")
LOG_FUNCTION(log_info, 6, "")
