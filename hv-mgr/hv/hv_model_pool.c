// SPDX-License-Identifier: GPL-2.0-only
/* The model's pool: memory that is nobody's, and a cache above it. */
#include "hv_model_host.h"

#include <stdlib.h>
#include <string.h>

/* Nobody scrubs a pool at boot: whatever ran before left its bytes. */
#define LEFTOVER 0x9d

#define LINE ((size_t)64)

_Static_assert(HV_PAGE_SIZE / LINE == 64, "a page's lines are a uint64_t");

static struct {
	uint64_t pages;
	uint8_t *memory;
	uint8_t *cache;	 /* as large; holds the lines that are dirty */
	uint64_t *dirty; /* one a page: a bit a line */
} pool;

void model_pool_boot(uint64_t pages)
{
	pool.pages = pages;
	pool.memory = model_need(malloc(pages * HV_PAGE_SIZE));
	pool.cache = model_need(malloc(pages * HV_PAGE_SIZE));
	pool.dirty = model_need(calloc(pages, sizeof(*pool.dirty)));
	memset(pool.memory, LEFTOVER, pages * HV_PAGE_SIZE);
}

void model_pool_power_off(void)
{
	free(pool.memory);
	free(pool.cache);
	free(pool.dirty);
	memset(&pool, 0, sizeof(pool));
}

uint64_t model_pool_pages(void)
{
	return pool.pages;
}

uint8_t *model_pool_memory(uint64_t index)
{
	return pool.memory + index * HV_PAGE_SIZE;
}

/* ---- the cache ---- */

static bool line_is_dirty(uint64_t index, size_t line)
{
	return pool.dirty[index] >> line & 1;
}

/* A line that was not there is filled from memory first. */
static void make_dirty(uint64_t index, size_t line)
{
	size_t at = index * HV_PAGE_SIZE + line * LINE;

	if (line_is_dirty(index, line))
		return;
	memcpy(pool.cache + at, pool.memory + at, LINE);
	pool.dirty[index] |= (uint64_t)1 << line;
}

void model_pool_load(uint64_t index, size_t offset, void *to, size_t length)
{
	uint8_t *bytes = to;

	for (size_t i = 0; i < length; i++, offset++) {
		const uint8_t *from = line_is_dirty(index, offset / LINE) ?
					      pool.cache :
					      pool.memory;

		bytes[i] = from[index * HV_PAGE_SIZE + offset];
	}
}

void model_pool_store(uint64_t index, size_t offset, const void *from,
		      size_t length)
{
	if (!length)
		return;
	for (size_t line = offset / LINE; line <= (offset + length - 1) / LINE;
	     line++)
		make_dirty(index, line);
	memcpy(pool.cache + index * HV_PAGE_SIZE + offset, from, length);
}

void model_pool_write_back(uint64_t index)
{
	for (size_t line = 0; line < HV_PAGE_SIZE / LINE; line++) {
		size_t at = index * HV_PAGE_SIZE + line * LINE;

		if (line_is_dirty(index, line))
			memcpy(pool.memory + at, pool.cache + at, LINE);
	}
	pool.dirty[index] = 0;
}

/* ---- the side that tests hold ---- */

void hv_model_evict_caches(void)
{
	for (uint64_t i = 0; i < pool.pages; i++)
		if (pool.dirty[i])
			model_pool_write_back(i);
}

void hv_model_dirty_pool(uint8_t byte)
{
	model_host_config(); /* the machine is up */
	memset(pool.memory, byte, pool.pages * HV_PAGE_SIZE);
}

bool hv_model_host_peek(mfn_t mfn, void *page)
{
	model_host_config();
	if (mfn.n < HV_MODEL_POOL.n || mfn.n - HV_MODEL_POOL.n >= pool.pages)
		return false;
	memcpy(page, model_pool_memory(mfn.n - HV_MODEL_POOL.n), HV_PAGE_SIZE);
	return true;
}
