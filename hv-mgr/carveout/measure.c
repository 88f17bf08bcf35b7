// SPDX-License-Identifier: GPL-2.0-only
#include "carveout/measure.h"

#include <errno.h>
#include <gcrypt.h>
#include <string.h>

#include "carveout/hasher.h"

void measure_init(void)
{
	if (gcry_control(GCRYCTL_INITIALIZATION_FINISHED_P))
		return;
	gcry_check_version(NULL);
	gcry_control(GCRYCTL_DISABLE_SECMEM, 0);
	gcry_control(GCRYCTL_INITIALIZATION_FINISHED, 0);
}

int measure_open(struct measure *measure)
{
	measure_init();
	if (gcry_md_open(&measure->md, GCRY_MD_SHA256, 0))
		return -ENOMEM;
	measure_reset(measure);
	return 0;
}

void measure_close(struct measure *measure)
{
	hasher_wait();
	gcry_md_close(measure->md);
	measure->md = NULL;
}

void measure_reset(struct measure *measure)
{
	hasher_wait();
	gcry_md_reset(measure->md);
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
	hasher_add(measure->md, bytes, length);
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
	memcpy(digest, gcry_md_read(measure->md, GCRY_MD_SHA256),
	       MEASURE_DIGEST_SIZE);
}
