// SPDX-License-Identifier: GPL-2.0-only
#include "carveout/chunks.h"

#include <string.h>

#include "range.h"

static uint64_t bit_of(uint64_t chunk)
{
	return 1ULL << chunk % 64;
}

static bool has(const struct chunks *chunks, uint64_t chunk)
{
	return chunks->bits[chunk / 64] & bit_of(chunk);
}

/* One more than the last chunk that the range touches. */
static uint64_t end_of(uint64_t offset, uint64_t length)
{
	return length ? (offset + length - 1) / CARVEOUT_CHUNK + 1 : 0;
}

void chunks_add(struct chunks *chunks, uint64_t offset, uint64_t length)
{
	uint64_t end = range_page_up(offset + length);

	for (uint64_t i = offset / CARVEOUT_CHUNK; i < end_of(offset, length);
	     i++)
		chunks->bits[i / 64] |= bit_of(i);
	if (length && end > chunks->end)
		chunks->end = end;
}

void chunks_clear(struct chunks *chunks)
{
	memset(chunks, 0, sizeof(*chunks));
}

bool chunks_has(const struct chunks *chunks, uint64_t offset)
{
	return has(chunks, offset / CARVEOUT_CHUNK);
}

bool chunks_touch(const struct chunks *chunks, uint64_t offset, uint64_t length)
{
	return chunks_next(chunks, offset, offset + length) < offset + length;
}

uint64_t chunks_next(const struct chunks *chunks, uint64_t offset, uint64_t end)
{
	while (offset < end && !chunks_has(chunks, offset))
		offset += CARVEOUT_CHUNK - offset % CARVEOUT_CHUNK;
	return offset < end ? offset : end;
}

uint64_t chunks_end(const struct chunks *chunks)
{
	return chunks->end;
}
