// SPDX-License-Identifier: GPL-2.0-only
#include "config/sentence.h"

#include <stdarg.h>
#include <stdio.h>

int sentence_set(struct sentence sentence, int rc, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(sentence.text, sentence.size, format, args);
	va_end(args);
	return rc;
}
