// SPDX-License-Identifier: GPL-2.0-only
#include "dice.h"

#include <stdlib.h>
#include <time.h>

#include "cmocka_all.h"
#include "range.h"

static uint64_t state;

void dice_start(void)
{
	const char *given = getenv("HV_MGR_TEST_SEED");

	state = given ? strtoull(given, NULL, 0) : (uint64_t)time(NULL);
	print_message("HV_MGR_TEST_SEED=%llu\n", (unsigned long long)state);
}

/* SplitMix64: any seed is a good one. */
uint64_t dice_any(void)
{
	uint64_t z = state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

uint64_t dice_below(uint64_t limit)
{
	return dice_any() % limit;
}

int dice_percent(unsigned int percent)
{
	return dice_below(100) < percent;
}

uint64_t dice_edge(const uint64_t *marks, size_t count)
{
	static const uint64_t beside[] = {
		0, 1, (uint64_t)-1, RANGE_PAGE_SIZE, -RANGE_PAGE_SIZE,
	};

	return marks[dice_below(count)] +
	       beside[dice_below(sizeof(beside) / sizeof(beside[0]))];
}
