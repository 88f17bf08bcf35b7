/* SPDX-License-Identifier: GPL-2.0-only */
/* Where a sentence about a mistake goes. */
#ifndef CONFIG_SENTENCE_H
#define CONFIG_SENTENCE_H

#include <stddef.h>

struct sentence {
	char *text;
	size_t size;
};

/* For an array of characters. */
#define SENTENCE(array) ((struct sentence){ (array), sizeof(array) })

/* Write it, cut if need be, and return rc. */
__attribute__((format(printf, 3, 4))) int
sentence_set(struct sentence sentence, int rc, const char *format, ...);

#endif
