// SPDX-License-Identifier: GPL-2.0-only
#include "base/decimal.h"

#include <errno.h>

int decimal_read(const char *text, uint64_t max, uint64_t *number)
{
	uint64_t n = 0;

	if (!*text)
		return -EINVAL;
	for (const char *c = text; *c; c++) {
		uint64_t digit = (uint64_t)(*c - '0');

		if (*c < '0' || *c > '9')
			return -EINVAL;
		if (n > max / 10 || digit > max - n * 10)
			return -ERANGE;
		n = n * 10 + digit;
	}
	*number = n;
	return 0;
}
