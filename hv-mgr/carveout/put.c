// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bytes that the guest hands over in pages of its own: no window comes or goes.
 *
 * They are copied once, into private memory, and what is kept and measured is
 * that.
 */
#include <errno.h>
#include <string.h>

#include "base/phase.h"
#include "carveout/carveout.h"
#include "carveout/internal.h"
#include "range.h"

static int check_put(const struct carveout *carveout, uint64_t offset,
		     uint32_t length)
{
	int rc;

	rc = carveout_check_guest(carveout, CARVEOUT_REQ_WRITE);
	if (rc)
		return rc;
	if (!range_page_aligned(offset) || length > carveout->config.window_max)
		return -EINVAL;
	if (!range_within(offset, length, carveout->config.size))
		return -ENOSPC;
	return carveout_overlaps_window(carveout, offset,
					range_page_up(length)) ?
		       -EBUSY :
		       0;
}

/* The guest may write all of these pages meanwhile: each is copied once. */
static int fetch(struct carveout *carveout, uint32_t directory, uint64_t span,
		 uint8_t *bytes)
{
	const struct backing_ops *ops = carveout->backing->ops;
	uint32_t refs[CARVEOUTIF_WINDOW_PAGES];
	uint32_t pages = (uint32_t)(span / RANGE_PAGE_SIZE);
	uint64_t begun = phase_begin();
	int rc;

	if (!pages)
		return 0;
	rc = ops->fetch(carveout->backing, &directory, 1, bytes);
	if (rc)
		return rc;
	memcpy(refs, bytes, pages * sizeof(*refs));
	rc = ops->fetch(carveout->backing, refs, pages, bytes);
	phase_end(PHASE_FETCH, begun);
	return rc;
}

static int take(struct carveout *carveout, uint64_t offset, uint8_t *bytes,
		uint32_t length)
{
	carveout_begin_load(carveout, CARVEOUT_GUEST);
	if (length)
		return carveout_store(carveout, offset, bytes, length);
	carveout_record(carveout);
	return 0;
}

int carveout_put(struct carveout *carveout, uint64_t offset, uint32_t length,
		 uint32_t directory)
{
	uint64_t span = range_page_up(length);
	uint8_t *bytes;
	int rc;

	rc = check_put(carveout, offset, length);
	if (rc)
		return rc;
	bytes = scratch_take(carveout->scratch, span);
	rc = fetch(carveout, directory, span, bytes);
	if (!rc)
		return take(carveout, offset, bytes, length);
	explicit_bzero(bytes, span);
	return rc;
}

int carveout_fetch(struct carveout *carveout, uint32_t directory, void *to,
		   uint32_t length)
{
	uint64_t span = range_page_up(length);
	uint8_t *bytes = scratch_take(carveout->scratch, span);
	int rc = fetch(carveout, directory, span, bytes);

	if (!rc)
		memcpy(to, bytes, length);
	explicit_bzero(bytes, span);
	return rc;
}
