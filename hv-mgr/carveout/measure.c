// SPDX-License-Identifier: GPL-2.0-only
#include "carveout/measure.h"

#include <errno.h>
#include <string.h>

#include "base/sha256.h"
#include "carveout/hasher.h"

int measure_open(struct measure *measure)
{
	measure->sha256 = sha256_new();
	if (!measure->sha256)
		return -ENOMEM;
	measure_reset(measure);
	return 0;
}

void measure_close(struct measure *measure)
{
	hasher_wait();
	sha256_free(measure->sha256);
	measure->sha256 = NULL;
}

void measure_reset(struct measure *measure)
{
	hasher_wait();
	sha256_begin(measure->sha256);
	measure->upto = 0;
	measure->in_order = true;
}

void measure_forget(struct measure *measure)
{
	measure->in_order = false;
}

void measure_add(struct measure *measure, uint64_t offset, void *bytes,
		 size_t length)
{
	if (offset != measure->upto)
		measure->in_order = false;
	if (!measure->in_order) {
		explicit_bzero(bytes, length);
		return;
	}
	hasher_add(measure->sha256, bytes, length);
	measure->upto += length;
}

bool measure_covers(const struct measure *measure, uint64_t length)
{
	return measure->in_order && measure->upto == length;
}

void measure_finish(struct measure *measure,
		    uint8_t digest[MEASURE_DIGEST_SIZE])
{
	hasher_wait();
	sha256_end(measure->sha256, digest);
}
