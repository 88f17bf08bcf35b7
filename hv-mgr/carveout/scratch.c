// SPDX-License-Identifier: GPL-2.0-only
#include "carveout/scratch.h"

#include "base/phase.h"
#include "carveout/hasher.h"
#include "range.h"

void *scratch_take(struct scratch *scratch, size_t length)
{
	size_t span = range_page_up(length);
	uint64_t begun = phase_begin();
	uint8_t *bytes;

	if (span > SCRATCH_SIZE - scratch->next)
		scratch->next = 0;
	bytes = scratch->bytes + scratch->next;
	scratch->next += span;
	hasher_wait_for(bytes, span);
	phase_end(PHASE_HASH, begun);
	return bytes;
}
