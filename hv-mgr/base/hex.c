// SPDX-License-Identifier: GPL-2.0-only
#include "base/hex.h"

#include <stdio.h>
#include <string.h>

static uint8_t value_of(char digit)
{
	return (uint8_t)(digit <= '9' ? digit - '0' :
					(digit | 0x20) - 'a' + 10);
}

void hex_write(char *text, const uint8_t *bytes, size_t count)
{
	*text = '\0';
	for (size_t i = 0; i < count; i++)
		sprintf(text + 2 * i, "%02x", bytes[i]);
}

bool hex_read(const char *text, uint8_t *bytes, size_t count)
{
	if (strlen(text) != 2 * count ||
	    strspn(text, "0123456789abcdefABCDEF") != 2 * count)
		return false;
	for (size_t i = 0; i < count; i++)
		bytes[i] = (uint8_t)(value_of(text[2 * i]) << 4 |
				     value_of(text[2 * i + 1]));
	return true;
}
