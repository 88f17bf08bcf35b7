// SPDX-License-Identifier: GPL-2.0-only
#include "control/utf8.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

static const char replacement[] = "\xef\xbf\xbd";

/* By the first octet: how many there are, and the range of the second, which
 * rules out what is too long, surrogates, and all beyond U+10FFFF. */
static const struct {
	uint8_t first, last, octets, low, high;
} leads[] = {
	{ 0x00, 0x7f, 1, 0, 0 },       { 0xc2, 0xdf, 2, 0x80, 0xbf },
	{ 0xe0, 0xe0, 3, 0xa0, 0xbf }, { 0xe1, 0xec, 3, 0x80, 0xbf },
	{ 0xed, 0xed, 3, 0x80, 0x9f }, { 0xee, 0xef, 3, 0x80, 0xbf },
	{ 0xf0, 0xf0, 4, 0x90, 0xbf }, { 0xf1, 0xf3, 4, 0x80, 0xbf },
	{ 0xf4, 0xf4, 4, 0x80, 0x8f },
};

static bool follows(uint8_t octet, unsigned int i, uint8_t low, uint8_t high)
{
	return i == 1 ? octet >= low && octet <= high : octet >> 6 == 2;
}

/* The length of the character that text begins with; 0: it is none. */
static size_t character(const uint8_t *text, size_t length)
{
	size_t lead = 0, i = 1;

	while (lead < sizeof(leads) / sizeof(leads[0]) &&
	       (*text < leads[lead].first || *text > leads[lead].last))
		lead++;
	if (lead == sizeof(leads) / sizeof(leads[0]) ||
	    leads[lead].octets > length)
		return 0;
	while (i < leads[lead].octets &&
	       follows(text[i], (unsigned int)i, leads[lead].low,
		       leads[lead].high))
		i++;
	return i == leads[lead].octets ? i : 0;
}

size_t utf8_repaired(const char *text, size_t length, char *to)
{
	size_t made = 0, octets, taken;

	for (; length; text += taken, length -= taken) {
		const char *from = text;

		octets = taken = character((const uint8_t *)text, length);
		if (!taken) {
			from = replacement;
			octets = sizeof(replacement) - 1;
			taken = 1;
		}
		if (to)
			memcpy(to + made, from, octets);
		made += octets;
	}
	return made;
}
