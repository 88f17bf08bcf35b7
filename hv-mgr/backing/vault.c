// SPDX-License-Identifier: GPL-2.0-only
#include "backing/vault.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "backing/frames.h"
#include "base/log.h"
#include "base/log_limit.h"

struct vault {
	struct backing backing;
	struct vault_place place;
	struct hv_vault *store;
	hv_domid domid;
};

static struct vault *vault_of(struct backing *backing)
{
	return (struct vault *)backing;
}

static struct hv *hv_of(const struct vault *vault)
{
	return vault->place.guest->hv;
}

static hv_domid guest_of(const struct vault *vault)
{
	return vault->place.guest->domid;
}

static uint32_t pages_in(uint64_t bytes)
{
	return (uint32_t)(bytes >> HV_PAGE_SHIFT);
}

static gfn_t frame_at(const struct vault *vault, uint64_t offset)
{
	return gfn_add(vault->place.base, offset >> HV_PAGE_SHIFT);
}

/* ---- taking frames away ---- */

static int strip_window(struct vault *vault, struct backing_window *window)
{
	return frames_strip_all(vault->place.guest,
				frame_at(vault, window->offset),
				pages_in(window->length));
}

static int pin(struct vault *vault, struct backing_window *window)
{
	return hv_map(hv_of(vault), guest_of(vault),
		      frame_at(vault, window->offset), pages_in(window->length),
		      &window->pin);
}

static void unpin(struct vault *vault, struct backing_window *window)
{
	if (window->pin)
		hv_unmap(hv_of(vault), window->pin, pages_in(window->length));
	window->pin = NULL;
}

/*
 * Wipe what we pinned, then let go: these pages go back to Xen's heap, which
 * gives them to others as they are.
 */
static void unpin_wiped(struct vault *vault, struct backing_window *window)
{
	if (window->pin)
		explicit_bzero(window->pin, window->length);
	unpin(vault, window);
}

/*
 * Wipe a window that cannot be pinned whole, because the guest punched holes
 * into it: whatever is still there, page by page, before and after it is
 * stripped (see vault_withdraw()).
 */
static void wipe_by_page(struct vault *vault, struct backing_window *window)
{
	gfn_t gfn = frame_at(vault, window->offset);
	void *page;

	for (uint32_t i = 0; i < pages_in(window->length); i++) {
		if (hv_map(hv_of(vault), guest_of(vault), gfn_add(gfn, i), 1,
			   &page))
			continue;
		explicit_bzero(page, HV_PAGE_SIZE);
		frames_strip(vault->place.guest, gfn_add(gfn, i), 1);
		explicit_bzero(page, HV_PAGE_SIZE);
		hv_unmap(hv_of(vault), page, 1);
	}
}

/*
 * Xen scrubs the pages of a dying domain itself: only let go of them.
 * A pinned window is wiped twice: before the strip, so that a manager that is
 * killed right after it leaves blank pages in Xen's heap, and after, because a
 * vCPU may have written meanwhile.
 */
static int vault_withdraw(struct backing *backing,
			  struct backing_window *window)
{
	struct vault *vault = vault_of(backing);
	bool scrubbed = vault->place.guest->scrubs_freed_pages;
	int rc;

	if (guest_is_gone(vault->place.guest)) {
		unpin_wiped(vault, window);
		return 0;
	}
	if (!scrubbed && !window->pin && pin(vault, window))
		wipe_by_page(vault, window);
	if (window->pin)
		explicit_bzero(window->pin, window->length);
	rc = strip_window(vault, window);
	unpin_wiped(vault, window);
	return rc;
}

int vault_withdraw_lost(const struct vault_place *place,
			struct backing_window *window)
{
	struct vault vault = { .place = *place };

	return vault_withdraw(&vault.backing, window);
}

static void vault_hand_over_window(struct backing *backing,
				   struct backing_window *window)
{
	unpin(vault_of(backing), window);
}

/* ---- opening ---- */

static int no_memory(struct vault *vault, uint32_t done, uint32_t count)
{
	if (log_allowed(&vault->place.guest->log, guest_of(vault)))
		log_warning(
			"domain %u carveout %s: no memory for a window: %u of %u pages",
			guest_of(vault), vault->place.name, done, count);
	return -ENOMEM;
}

static int vault_check_room(struct backing *backing, uint32_t length)
{
	struct vault *vault = vault_of(backing);
	int rc = guest_check_allowance(vault->place.guest, pages_in(length));

	return rc == -ENOMEM ? no_memory(vault, 0, pages_in(length)) : rc;
}

/* Short, the window is what there is: nothing else is to be taken back. */
static int populate_window(struct vault *vault, struct backing_window *window)
{
	gfn_t gfn = frame_at(vault, window->offset);
	uint32_t count = pages_in(window->length);
	uint32_t done = hv_populate(hv_of(vault), guest_of(vault), gfn, count);

	if (done == count)
		return 0;
	window->length = done << HV_PAGE_SHIFT;
	return no_memory(vault, done, count);
}

/* By a buffer of our own: no vault is read into pages of a guest's (hv.h). */
static int show_pinned(struct vault *vault, struct backing_window *window)
{
	void *content = hv_buffer_alloc(window->length);
	int rc;

	if (!content)
		return -ENOMEM;
	rc = hv_vault_read(vault->store, window->offset >> HV_PAGE_SHIFT,
			   pages_in(window->length), content);
	if (!rc)
		memcpy(window->pin, content, window->length);
	hv_buffer_free(content, window->length);
	return rc;
}

static int take_back(struct vault *vault, struct backing_window *window)
{
	return window->length ? vault_withdraw(&vault->backing, window) : 0;
}

static int fill_pinned(struct vault *vault, struct backing_window *window,
		       bool show_content)
{
	int rc = 0;

	if (show_content)
		rc = show_pinned(vault, window);
	else
		memset(window->pin, 0, window->length);
	if (rc)
		return rc;
	return hv_cache_flush(hv_of(vault), guest_of(vault),
			      frame_at(vault, window->offset),
			      pages_in(window->length));
}

/*
 * The pages may hold anybody's old bytes, and the guest knows their frames:
 * it must not run from the moment they are there until they are ours.
 * The pin stays until the close, so that what is taken and wiped then are
 * these pages, whatever the guest puts in their place.
 */
static int open_paused(struct vault *vault, struct backing_window *window,
		       bool show_content)
{
	int rc;

	rc = guest_pause(vault->place.guest);
	if (rc)
		return rc;
	rc = populate_window(vault, window);
	if (!rc)
		rc = pin(vault, window);
	if (!rc)
		rc = fill_pinned(vault, window, show_content);
	/* Somebody's unpause came between: it may have seen what was there. */
	if (!rc && !guest_is_paused(vault->place.guest))
		rc = -EBUSY;
	if (rc && take_back(vault, window)) {
		guest_stay_paused(vault->place.guest);
		return -EIO;
	}
	guest_unpause(vault->place.guest);
	return rc;
}

/* A host that scrubs what is freed hands out blank pages. */
static int open_blank(struct vault *vault, struct backing_window *window)
{
	int rc;

	rc = populate_window(vault, window);
	if (rc && take_back(vault, window))
		rc = -EIO;
	return rc;
}

static int vault_open(struct backing *backing, struct backing_window *window,
		      bool show_content)
{
	struct vault *vault = vault_of(backing);

	if (!show_content && vault->place.guest->scrubs_freed_pages)
		return open_blank(vault, window);
	return open_paused(vault, window, show_content);
}

/* ---- taking the bytes ---- */

/*
 * The path that needs nothing of the guest: pin (if open did not) and copy.
 * The flush is for a guest that maps its window uncached: Xen flushes only
 * frames that are in the p2m, so that it has to come before the strip.
 */
static int copy_pinned(struct vault *vault, struct backing_window *window,
		       uint32_t bytes, void *buffer)
{
	if (!window->pin && pin(vault, window))
		return -EFAULT;
	hv_cache_flush(hv_of(vault), guest_of(vault),
		       frame_at(vault, window->offset),
		       pages_in(window->length));
	memcpy(buffer, window->pin, bytes);
	return 0;
}

/* Copy by the guest's grants; on a host that scrubs, nothing is mapped. */
static int copy(struct vault *vault, struct backing_window *window,
		const uint32_t *refs, uint32_t bytes, void *buffer)
{
	if (window->pin)
		return copy_pinned(vault, window, bytes, buffer);
	if (hv_copy_granted(hv_of(vault), guest_of(vault), refs,
			    pages_in(bytes), buffer))
		return copy_pinned(vault, window, bytes, buffer);
	return 0;
}

/*
 * The guest may write its pages while they are copied, and until they are
 * stripped: what is kept is what the private buffer got, once.  The pages leave
 * after the vault has them, so that a manager that is killed at any point here
 * leaves the bytes with the one or with the other.
 */
static int vault_keep(struct backing *backing, struct backing_window *window,
		      const uint32_t *refs, uint32_t used, void *buffer)
{
	struct vault *vault = vault_of(backing);
	uint32_t pages = pages_in(used + HV_PAGE_SIZE - 1);
	int rc;

	rc = copy(vault, window, refs, pages << HV_PAGE_SHIFT, buffer);
	if (rc)
		return rc;
	memset((uint8_t *)buffer + used, 0, window->length - used);
	rc = hv_vault_write(vault->store, window->offset >> HV_PAGE_SHIFT,
			    pages_in(window->length), buffer);
	window->kept = !rc;
	return rc;
}

static int vault_fetch(struct backing *backing, const uint32_t *refs,
		       uint32_t count, void *buffer)
{
	const struct vault *vault = vault_of(backing);

	return hv_copy_granted(hv_of(vault), guest_of(vault), refs, count,
			       buffer);
}

/* ---- the content ---- */

static int vault_write(struct backing *backing, uint64_t offset,
		       uint32_t length, const void *buffer)
{
	return hv_vault_write(vault_of(backing)->store, offset >> HV_PAGE_SHIFT,
			      pages_in(length), buffer);
}

static int vault_read(struct backing *backing, uint64_t offset, uint32_t length,
		      void *buffer)
{
	return hv_vault_read(vault_of(backing)->store, offset >> HV_PAGE_SHIFT,
			     pages_in(length), buffer);
}

static void vault_hand_over(struct backing *backing)
{
	struct vault *vault = vault_of(backing);

	hv_vault_close(vault->store);
	free(vault);
}

/* It is within nobody's reach. */
static void vault_settle(struct backing *backing)
{
	(void)backing;
}

/* Destroyed before it is left: our mappings keep its domid from being reused. */
static int vault_destroy(struct backing *backing)
{
	struct vault *vault = vault_of(backing);
	int rc;

	rc = hv_domain_destroy(hv_of(vault), vault->domid);
	if (rc && rc != -ESRCH)
		log_error(
			"domain %u carveout %s: its vault, %u, stays: destroy: errno %d; try xl destroy %u",
			guest_of(vault), vault->place.name, vault->domid, -rc,
			vault->domid);
	vault_hand_over(backing);
	return 0;
}

static const struct backing_ops vault_ops = {
	.check_room = vault_check_room,
	.open = vault_open,
	.keep = vault_keep,
	.fetch = vault_fetch,
	.withdraw = vault_withdraw,
	.hand_over_window = vault_hand_over_window,
	.write = vault_write,
	.read = vault_read,
	.destroy = vault_destroy,
	.settle = vault_settle,
	.hand_over = vault_hand_over,
};

int vault_adopt(const struct vault_place *place, hv_domid domid,
		struct backing **backing)
{
	struct vault *vault;
	int rc;

	vault = calloc(1, sizeof(*vault));
	if (!vault)
		return -ENOMEM;
	vault->backing.ops = &vault_ops;
	vault->place = *place;
	vault->domid = domid;
	rc = hv_vault_open(hv_of(vault), domid, &place->handle,
			   pages_in(place->size), &vault->store);
	if (rc) {
		free(vault);
		return rc;
	}
	*backing = &vault->backing;
	return 0;
}

int vault_create(const struct vault_place *place, struct backing **backing,
		 hv_domid *domid)
{
	struct hv *hv = place->guest->hv;
	int rc;

	rc = hv_vault_create(hv, &place->handle, pages_in(place->size), domid);
	if (rc)
		return rc;
	rc = vault_adopt(place, *domid, backing);
	if (rc)
		hv_domain_destroy(hv, *domid);
	return rc;
}

int vault_store_ring(struct backing *backing, struct hv_store_ring *ring)
{
	return hv_vault_store_ring(vault_of(backing)->store, ring);
}
