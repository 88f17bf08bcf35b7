// SPDX-License-Identifier: GPL-2.0-only
#include "backing/pool.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "backing/frames.h"
#include "base/log.h"
#include "base/log_limit.h"

#define SCRUB_PAGES 512U /* 2 MiB a step */
/*
 * Content under windows of one guest that is kept aside, in dom0's memory, for
 * when they are discarded: four of the largest windows.
 */
#define SAVED_MAX (8ULL << 20)

struct pooled {
	struct backing backing;
	struct pool_place place;
};

static struct pooled *pooled_of(struct backing *backing)
{
	return (struct pooled *)backing;
}

static struct hv_memory *memory_of(const struct pooled *pooled)
{
	return pooled->place.pool->memory;
}

static uint32_t pages_in(uint64_t bytes)
{
	return (uint32_t)(bytes >> HV_PAGE_SHIFT);
}

static gfn_t gfn_at(const struct pooled *pooled, uint64_t offset)
{
	return gfn_add(pooled->place.base, offset >> HV_PAGE_SHIFT);
}

static mfn_t mfn_at(const struct pooled *pooled, uint64_t offset)
{
	return mfn_add(pooled->place.first, offset >> HV_PAGE_SHIFT);
}

/* The index in the pool of the page at an offset of the carveout. */
static uint64_t page_at(const struct pooled *pooled, uint64_t offset)
{
	return mfn_at(pooled, offset).n - pooled->place.pool->space.first.n;
}

/* ---- bytes in place ---- */

/*
 * Nobody here makes cache lines of the pool: guests have it as Device memory,
 * and so do we.  But others have it mapped cacheable: the firmware that ran
 * before Xen may have left dirty lines, which would be written over what is
 * put there now; Xen maps all RAM (setup_mm()) and a core may fetch from there
 * at any time, so that somebody who later uses the content by a cacheable
 * mapping would see it as it was.  Hence a flush before and one after.
 */
static int put_pages(struct hv_memory *memory, uint64_t page, uint32_t count,
		     const void *bytes)
{
	int rc;

	rc = hv_memory_flush(memory, page, count);
	if (!rc && bytes)
		rc = hv_memory_write(memory, page, count, bytes);
	else if (!rc)
		rc = hv_memory_zero(memory, page, count);
	if (!rc)
		rc = hv_memory_flush(memory, page, count);
	return rc;
}

/* bytes NULL: zeros. */
static int put(struct pooled *pooled, uint64_t offset, uint32_t length,
	       const void *bytes)
{
	return put_pages(memory_of(pooled), page_at(pooled, offset),
			 pages_in(length), bytes);
}

/* ---- the guest's ways to the frames ---- */

static int permit(const struct pooled *pooled, uint64_t offset, uint32_t count,
		  bool allow)
{
	struct guest *guest = pooled->place.guest;

	return hv_iomem_permit(guest->hv, guest->domid, mfn_at(pooled, offset),
			       count, allow);
}

static uint32_t unmap(const struct pooled *pooled, uint64_t offset,
		      uint32_t count)
{
	struct guest *guest = pooled->place.guest;

	return hv_iomem_unmap(guest->hv, guest->domid, gfn_at(pooled, offset),
			      mfn_at(pooled, offset), count);
}

/*
 * An unmap stopped at this frame: the guest has put something of its own there,
 * and ours is not there any more.  Out with it, so that Xen looks again, and
 * says that it is a hole.
 */
static bool unmap_replaced(const struct pooled *pooled, uint64_t offset)
{
	struct guest *guest = pooled->place.guest;

	if (hv_strip(guest->hv, guest->domid, gfn_at(pooled, offset), 1) != 1)
		frames_evict(guest, gfn_at(pooled, offset));
	return unmap(pooled, offset, 1) == 1;
}

/* Returns how many frames resisted; *replaced: the guest had put something in
 * the place of some. */
static uint32_t unmap_all(const struct pooled *pooled, uint64_t offset,
			  uint32_t count, bool *replaced)
{
	uint32_t done = 0, resisted = 0;

	for (;;) {
		done += unmap(pooled,
			      offset + ((uint64_t)done << HV_PAGE_SHIFT),
			      count - done);
		if (done == count)
			return resisted;
		*replaced = true;
		resisted += !unmap_replaced(
			pooled, offset + ((uint64_t)done << HV_PAGE_SHIFT));
		if (++done == count)
			return resisted;
	}
}

/*
 * A frame that the guest refills all the time is passed over, so that it
 * protects none of those behind it.  Then all of it once more, with the guest
 * standing still: what resists now is no guest's doing.
 */
static int unmap_paused(const struct pooled *pooled, uint64_t offset,
			uint32_t count)
{
	struct guest *guest = pooled->place.guest;
	bool replaced;
	uint32_t resisted;

	if (guest_pause(guest))
		return -EIO;
	resisted = unmap_all(pooled, offset, count, &replaced);
	guest_unpause(guest);
	return resisted ? -EIO : 0;
}

/*
 * Take [offset, offset + length) out of the guest's physical map, and its right
 * to it.  -EFAULT: done, but the guest had replaced frames of it; -EIO: some
 * may still be there.
 */
static int take_away(const struct pooled *pooled, uint64_t offset,
		     uint32_t length)
{
	uint32_t count = pages_in(length);
	bool replaced = false;

	if (guest_is_gone(pooled->place.guest))
		return 0;
	if (unmap_all(pooled, offset, count, &replaced) &&
	    unmap_paused(pooled, offset, count))
		return -EIO;
	if (permit(pooled, offset, count, false))
		return -EIO;
	return replaced ? -EFAULT : 0;
}

/* ---- all of the carveout ---- */

/* A range of it, with windows that are left where they are. */
struct sparing {
	const struct backing_window *windows;
	unsigned int count;
};

/*
 * From `at` on: how many bytes lie before the next window that is spared, at
 * most `most`; if `at` lies in one, 0, and *end is its end.
 */
static uint32_t to_next_spared(const struct sparing *sparing, uint64_t at,
			       uint64_t most, uint64_t *end)
{
	for (unsigned int i = 0; i < sparing->count; i++) {
		const struct backing_window *window = &sparing->windows[i];

		*end = window->offset + window->length;
		if (at >= window->offset && at < *end)
			return 0;
		if (window->offset > at && window->offset - at < most)
			most = window->offset - at;
	}
	return (uint32_t)most;
}

/*
 * Take the carveout's frames away, whether they are there or not: Xen has no
 * call that shows what is.  It wants the guest to have the right to what is
 * unmapped (XEN_DOMCTL_memory_mapping), so it gets it for that long.
 */
static int take_all_away(struct pooled *pooled, const struct sparing *sparing)
{
	const uint64_t chunk = SCRUB_PAGES << HV_PAGE_SHIFT;
	uint64_t size = pooled->place.size;
	uint64_t at = 0;
	int rc = 0;

	while (at < size && !guest_is_gone(pooled->place.guest)) {
		uint64_t most = size - at < chunk ? size - at : chunk;
		uint64_t next;
		uint32_t length = to_next_spared(sparing, at, most, &next);

		if (length && (permit(pooled, at, pages_in(length), true) ||
			       take_away(pooled, at, length) == -EIO))
			rc = -EIO;
		at = length ? at + length : next;
	}
	pooled->backing.exposed = rc != 0;
	return rc;
}

/* Nothing is done before the frames that it may still have are taken away. */
static int unexpose(struct pooled *pooled)
{
	const struct sparing nothing = { 0 };

	return pooled->backing.exposed ? take_all_away(pooled, &nothing) : 0;
}

/* ---- one window ---- */

/* Alone: others that are open stay.  The right may have gone before its frames
 * did, where the hypervisor failed. */
static int take_window_away(const struct pooled *pooled,
			    const struct backing_window *window)
{
	if (pooled->backing.exposed &&
	    permit(pooled, window->offset, pages_in(window->length), true))
		return -EIO;
	return take_away(pooled, window->offset, window->length);
}

/*
 * End a window.  The order: first the frames leave the guest's physical map,
 * and Xen's TLB flush ends every access that was under way; only then are the
 * caches cleaned, as nobody can fill them again.  So there is no need to pause
 * the guest: that is for xc_domain_cacheflush(), which has to come before the
 * unmap, and which leaves out such frames anyway.
 */
static int end_window(struct pooled *pooled, struct backing_window *window)
{
	int rc, flushed;

	if (window->gone)
		return 0;
	rc = take_window_away(pooled, window);
	if (rc == -EIO) {
		pooled->backing.exposed = true;
		log_error(
			"domain %u carveout %s: host frames 0x%llx+%u could not be taken away",
			pooled->place.guest->domid, pooled->place.name,
			(unsigned long long)mfn_at(pooled, window->offset).n,
			pages_in(window->length));
		return rc;
	}
	window->gone = true;
	flushed = hv_memory_flush(memory_of(pooled),
				  page_at(pooled, window->offset),
				  pages_in(window->length));
	return flushed ? flushed : rc;
}

/* ---- content under a window ---- */

static void drop_saved(struct pooled *pooled, struct backing_window *window)
{
	if (!window->pin)
		return;
	hv_buffer_free(window->pin, window->length);
	window->pin = NULL;
	pooled->place.guest->saved -= window->length;
}

/*
 * The window's frames are the content's: a discard must find what was committed
 * there before.  Only a window over committed bytes needs this.
 */
static int save(struct pooled *pooled, struct backing_window *window)
{
	struct guest *guest = pooled->place.guest;
	int rc;

	if (guest->saved + window->length > SAVED_MAX)
		return -ENOMEM;
	window->pin = hv_buffer_alloc(window->length);
	if (!window->pin)
		return -ENOMEM;
	guest->saved += window->length;
	rc = hv_memory_read(memory_of(pooled), page_at(pooled, window->offset),
			    pages_in(window->length), window->pin);
	if (rc)
		drop_saved(pooled, window);
	return rc;
}

/*
 * Without the saved bytes (the manager that had them is gone) what remains is
 * to wipe what the guest wrote, and to say so.
 */
static int restore(struct pooled *pooled, struct backing_window *window)
{
	bool lost = window->has_content && !window->pin;
	int rc;

	rc = put(pooled, window->offset, window->length, window->pin);
	drop_saved(pooled, window);
	if (rc)
		return -EIO;
	return lost ? -ENODATA : 0;
}

/* ---- windows ---- */

static int pool_withdraw(struct backing *backing, struct backing_window *window)
{
	struct pooled *pooled = pooled_of(backing);
	int rc;

	rc = end_window(pooled, window);
	if (rc && rc != -EFAULT) {
		drop_saved(pooled, window);
		return -EIO;
	}
	if (!window->kept)
		return restore(pooled, window);
	drop_saved(pooled, window);
	return 0;
}

static void pool_hand_over_window(struct backing *backing,
				  struct backing_window *window)
{
	drop_saved(pooled_of(backing), window);
}

static int map(struct pooled *pooled, struct backing_window *window)
{
	struct guest *guest = pooled->place.guest;
	uint32_t count = pages_in(window->length);
	uint32_t done;

	done = hv_iomem_map(guest->hv, guest->domid,
			    gfn_at(pooled, window->offset),
			    mfn_at(pooled, window->offset), count);
	if (done == count)
		return 0;
	if (log_allowed(&guest->log, guest->domid))
		log_warning(
			"domain %u carveout %s: no page tables for a window: %u of %u pages",
			guest->domid, pooled->place.name, done, count);
	return -ENOMEM;
}

/* What is not content is zero: the pool's scrub and each withdrawal see to it. */
static int prepare(struct pooled *pooled, struct backing_window *window,
		   bool show_content)
{
	int rc;

	if (!window->has_content)
		return 0;
	rc = save(pooled, window);
	if (!rc && !show_content)
		rc = put(pooled, window->offset, window->length, NULL);
	return rc;
}

/* Memory of a pool's is on nobody's account. */
static int pool_check_room(struct backing *backing, uint32_t length)
{
	(void)backing;
	(void)length;
	return 0;
}

static int pool_open_window(struct backing *backing,
			    struct backing_window *window, bool show_content)
{
	struct pooled *pooled = pooled_of(backing);
	int rc;

	rc = unexpose(pooled);
	if (rc)
		return rc;
	rc = prepare(pooled, window, show_content);
	if (!rc &&
	    permit(pooled, window->offset, pages_in(window->length), true))
		rc = -EIO;
	if (rc) {
		if (window->pin && restore(pooled, window))
			rc = -EIO;
		return rc;
	}
	rc = map(pooled, window);
	if (rc && pool_withdraw(backing, window))
		rc = -EIO;
	return rc;
}

/* Zeros from `used` to the window's end, in place and in the buffer. */
static int blank_tail(struct pooled *pooled, struct backing_window *window,
		      uint32_t used, uint8_t *buffer)
{
	uint32_t page = used & ~(uint32_t)(HV_PAGE_SIZE - 1);
	uint32_t whole = pages_in(used + HV_PAGE_SIZE - 1) << HV_PAGE_SHIFT;
	int rc = 0;

	memset(buffer + used, 0, window->length - used);
	if (page != used)
		rc = put(pooled, window->offset + page, HV_PAGE_SIZE,
			 buffer + page);
	if (!rc && whole != window->length)
		rc = put(pooled, window->offset + whole, window->length - whole,
			 NULL);
	return rc;
}

/*
 * The one read that measuring needs; nothing is copied to stay.  It goes
 * through the caller's buffer, as libraries that hash make accesses of any size
 * and alignment, which Device memory faults on.
 */
static int pool_keep(struct backing *backing, struct backing_window *window,
		     const uint32_t *refs, uint32_t used, void *buffer)
{
	struct pooled *pooled = pooled_of(backing);
	int rc;

	(void)refs;
	rc = end_window(pooled, window);
	if (rc == -EFAULT)
		return rc;
	if (!rc)
		rc = hv_memory_read(memory_of(pooled),
				    page_at(pooled, window->offset),
				    pages_in(used + HV_PAGE_SIZE - 1), buffer);
	if (!rc)
		rc = blank_tail(pooled, window, used, buffer);
	window->kept = !rc;
	return rc ? -EIO : 0;
}

static int pool_fetch(struct backing *backing, const uint32_t *refs,
		      uint32_t count, void *buffer)
{
	const struct guest *guest = pooled_of(backing)->place.guest;

	return hv_copy_granted(guest->hv, guest->domid, refs, count, buffer);
}

/* ---- the content ---- */

static int pool_write(struct backing *backing, uint64_t offset, uint32_t length,
		      const void *buffer)
{
	struct pooled *pooled = pooled_of(backing);
	int rc = unexpose(pooled);

	return rc ? rc : put(pooled, offset, length, buffer);
}

static int pool_read(struct backing *backing, uint64_t offset, uint32_t length,
		     void *buffer)
{
	struct pooled *pooled = pooled_of(backing);
	int rc = unexpose(pooled);

	return rc ? rc :
		    hv_memory_read(memory_of(pooled), page_at(pooled, offset),
				   pages_in(length), buffer);
}

static void pool_settle(struct backing *backing)
{
	unexpose(pooled_of(backing));
}

static void pool_hand_over(struct backing *backing)
{
	free(pooled_of(backing));
}

/* Frames that a guest may still reach are lost to the pool, not shared. */
static int pool_destroy(struct backing *backing)
{
	struct pooled *pooled = pooled_of(backing);
	const struct pool_place *place = &pooled->place;
	int rc = unexpose(pooled);

	if (rc)
		log_error(
			"pool %s: %llu pages at frame 0x%llx stay taken: domain %u may still reach them; destroy it and restart the manager",
			place->pool->space.name,
			(unsigned long long)pages_in(place->size),
			(unsigned long long)place->first.n,
			place->guest->domid);
	else
		pool_space_return(&place->pool->space, place->first,
				  pages_in(place->size));
	pool_hand_over(backing);
	return rc;
}

static const struct backing_ops pool_ops = {
	.check_room = pool_check_room,
	.open = pool_open_window,
	.keep = pool_keep,
	.fetch = pool_fetch,
	.withdraw = pool_withdraw,
	.hand_over_window = pool_hand_over_window,
	.write = pool_write,
	.read = pool_read,
	.destroy = pool_destroy,
	.settle = pool_settle,
	.hand_over = pool_hand_over,
};

int pool_create(const struct pool_place *place, struct backing **backing)
{
	struct pooled *pooled = calloc(1, sizeof(*pooled));
	int rc;

	if (!pooled)
		return -ENOMEM;
	pooled->backing.ops = &pool_ops;
	pooled->place = *place;
	/* No right to begin with; and dom0 could give one. */
	rc = permit(pooled, 0, pages_in(place->size), false);
	if (rc) {
		free(pooled);
		return rc;
	}
	*backing = &pooled->backing;
	return 0;
}

/* pool_create() took every right away, and an unmap needs it. */
static int permit_spared(const struct pooled *pooled,
			 const struct sparing *sparing)
{
	int rc = 0;

	for (unsigned int i = 0; !rc && i < sparing->count; i++)
		rc = permit(pooled, sparing->windows[i].offset,
			    pages_in(sparing->windows[i].length), true);
	return rc;
}

int pool_adopt(const struct pool_place *place,
	       const struct backing_window *windows, unsigned int count,
	       struct backing **backing)
{
	const struct sparing sparing = { windows, count };
	struct pooled *pooled;
	int rc;

	rc = pool_create(place, backing);
	if (rc)
		return rc;
	pooled = pooled_of(*backing);
	pooled->backing.exposed = true;
	rc = take_all_away(pooled, &sparing);
	if (!rc)
		rc = permit_spared(pooled, &sparing);
	if (!rc)
		return 0;
	pooled->backing.exposed = true;
	log_error("pool %s: domain %u may still reach frame 0x%llx and on",
		  place->pool->space.name, place->guest->domid,
		  (unsigned long long)place->first.n);
	return 0;
}

/* ---- the pool as a whole ---- */

int pool_open(struct hv *hv, const char *name, mfn_t first, uint64_t pages,
	      struct pool *pool)
{
	int rc;

	rc = pool_space_init(&pool->space, name, first, pages);
	if (rc)
		return rc;
	rc = hv_memory_open(hv, first, pages, &pool->memory);
	if (rc)
		pool_space_free(&pool->space);
	return rc;
}

void pool_close(struct pool *pool)
{
	if (pool->memory)
		hv_memory_close(pool->memory);
	pool->memory = NULL;
	pool_space_free(&pool->space);
}

int pool_scrub(struct pool *pool)
{
	uint64_t page;
	uint32_t count;
	int rc;

	count = (uint32_t)pool_space_dirty(&pool->space, SCRUB_PAGES, &page);
	if (!count)
		return 0;
	rc = put_pages(pool->memory, page, count, NULL);
	if (rc)
		return rc;
	pool_space_cleaned(&pool->space, page, count);
	return pool->space.dirty != 0;
}
