// SPDX-License-Identifier: GPL-2.0-only
#include "config/number.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>

static unsigned int digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return (unsigned int)(c - '0');
	c = (char)tolower((unsigned char)c);
	return c >= 'a' && c <= 'f' ? (unsigned int)(c - 'a' + 10) : 99;
}

static unsigned int suffix_shift(char suffix)
{
	switch (toupper((unsigned char)suffix)) {
	case 'K':
		return 10;
	case 'M':
		return 20;
	case 'G':
		return 30;
	default:
		return 0;
	}
}

static bool has_hex_prefix(const char *text, size_t length)
{
	return length > 2 && text[0] == '0' &&
	       tolower((unsigned char)text[1]) == 'x';
}

/*
 * strtoull() would take a sign, blanks before it, and octal: here 010M is ten
 * mebibytes.
 */
bool number_parse(const char *text, size_t length, uint64_t *number)
{
	bool hex = has_hex_prefix(text, length);
	unsigned int base = hex ? 16 : 10, digit, shift;
	size_t first = hex ? 2 : 0, i = first;

	*number = 0;
	for (; i < length; i++) {
		digit = digit_value(text[i]);
		if (digit >= base)
			break;
		if (__builtin_mul_overflow(*number, base, number) ||
		    __builtin_add_overflow(*number, digit, number))
			return false;
	}
	if (i == first)
		return false;
	if (i == length)
		return true;
	shift = suffix_shift(text[i]);
	if (i + 1 < length || !shift)
		return false;
	return !__builtin_mul_overflow(*number, 1ULL << shift, number);
}

struct number_text number_text(uint64_t number)
{
	static const char suffixes[] = "GMK";
	struct number_text text;
	const char *suffix = suffixes;

	while (*suffix && (!number || number % (1ULL << suffix_shift(*suffix))))
		suffix++;
	number >>= suffix_shift(*suffix);
	snprintf(text.text, sizeof(text.text), "%" PRIu64 "%.1s", number,
		 suffix);
	return text;
}
