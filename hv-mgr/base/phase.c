// SPDX-License-Identifier: GPL-2.0-only
#include "base/phase.h"

#include <time.h>

static struct phase_sum sums[PHASES] = {
	[PHASE_FETCH] = { .name = "fetch" },
	[PHASE_STORE] = { .name = "store" },
	[PHASE_HASH] = { .name = "hash" },
	[PHASE_RECORD] = { .name = "record" },
	[PHASE_OPEN] = { .name = "open" },
	[PHASE_KEEP] = { .name = "keep" },
	[PHASE_WITHDRAW] = { .name = "withdraw" },
};

uint64_t phase_begin(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

void phase_end(enum phase phase, uint64_t begun)
{
	sums[phase].ns += phase_begin() - begun;
	sums[phase].count++;
}

struct phase_sum phase_sum(enum phase phase)
{
	return sums[phase];
}
