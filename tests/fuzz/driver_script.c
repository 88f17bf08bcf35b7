// SPDX-License-Identifier: GPL-2.0-only
#include "driver_script.h"

static const uint8_t *script;
static size_t left;

void script_begin(const uint8_t *octets, size_t length)
{
	script = octets;
	left = length;
}

bool script_is_over(void)
{
	return !left;
}

const uint8_t *script_take(size_t length)
{
	const uint8_t *taken = script;

	if (length > left)
		return NULL;
	script += length;
	left -= length;
	return taken;
}

u8 next8(void)
{
	const uint8_t *octet = script_take(1);

	return octet ? *octet : 0;
}

u32 next32(void)
{
	u32 value = 0;

	for (int i = 0; i < 4; i++)
		value = value << 8 | next8();
	return value;
}
