// SPDX-License-Identifier: GPL-2.0-only
/*
 * dirty-heap MIB: leave a pattern in MIB of Xen's free memory, as a guest that
 * gives pages back does: fill pages of a domain and free them while it lives.
 * Xen scrubs them only if it was booted with scrub-domheap.  Whoever shows the
 * pattern afterwards shows somebody else's memory.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hv/hv.h"

#define PATTERN 0xd5
#define STEP 512u /* pages */

static const struct hv_handle handle = { { 'd', 'i', 'r', 't' } };

static int fill(struct hv_vault *vault, uint32_t pages)
{
	void *buffer = hv_buffer_alloc(STEP * HV_PAGE_SIZE);
	int rc = 0;

	if (!buffer)
		return -ENOMEM;
	memset(buffer, PATTERN, STEP * HV_PAGE_SIZE);
	for (uint32_t page = 0; !rc && page < pages; page += STEP)
		rc = hv_vault_write(vault, page, STEP, buffer);
	hv_buffer_free(buffer, STEP * HV_PAGE_SIZE);
	return rc;
}

static int dirty(struct hv *hv, uint32_t pages)
{
	struct hv_vault *vault;
	hv_domid domid;
	uint32_t freed = 0;
	int rc;

	rc = hv_vault_create(hv, &handle, pages, &domid);
	if (rc)
		return rc;
	rc = hv_vault_open(hv, domid, &handle, pages, &vault);
	if (!rc) {
		rc = fill(vault, pages);
		hv_vault_close(vault);
	}
	for (uint32_t page = 0; !rc && page < pages; page += STEP)
		freed += hv_strip(hv, domid, (gfn_t){ page }, STEP);
	hv_domain_destroy(hv, domid);
	return rc ? rc : freed == pages ? 0 : -EIO;
}

int main(int argc, char **argv)
{
	uint32_t mib = argc == 2 ? (uint32_t)atoi(argv[1]) : 0;
	struct hv *hv;
	int rc;

	if (!mib || mib % 2) {
		fprintf(stderr, "usage: dirty-heap MIB (an even number)\n");
		return 2;
	}
	rc = hv_open(&hv);
	if (!rc)
		rc = dirty(hv, mib << (20 - HV_PAGE_SHIFT));
	if (rc)
		fprintf(stderr, "dirty-heap: errno %d\n", -rc);
	hv_close(hv);
	return rc ? 1 : 0;
}
