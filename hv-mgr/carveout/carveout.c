// SPDX-License-Identifier: GPL-2.0-only
/*
 * Requests on a carveout: each is checked against the state table and the
 * limits, recorded, and only then done.  Slow parts are in work.c.
 */
#include "carveout/carveout.h"

#include <errno.h>
#include <string.h>

#include "carveout/internal.h"
#include "range.h"

static uint64_t page_up(uint64_t bytes)
{
	return (bytes + RANGE_PAGE_SIZE - 1) & ~(RANGE_PAGE_SIZE - 1);
}

int carveout_init(struct carveout *carveout,
		  const struct carveout_config *config,
		  const struct carveout_owner *owner, struct backing *backing,
		  void *buffer, bool scrub_first)
{
	int rc;

	memset(carveout, 0, sizeof(*carveout));
	carveout->config = *config;
	carveout->owner = owner;
	carveout->buffer = buffer;
	carveout->state = CARVEOUT_EMPTY;
	rc = measure_open(&carveout->measure);
	if (rc)
		return rc;
	carveout->backing = backing;
	if (scrub_first) {
		carveout->dirty = config->size;
		carveout_start_scrub(carveout, CARVEOUT_EMPTY);
	}
	return 0;
}

int carveout_resume(struct carveout *carveout, enum carveout_state state,
		    uint64_t length, const uint8_t *digest,
		    const struct backing_window *windows, unsigned int count)
{
	int rc = 0;

	for (unsigned int i = 0; i < count; i++) {
		struct backing_window window = windows[i];

		if (carveout->backing->ops->withdraw(carveout->backing,
						     &window))
			rc = -EIO;
	}
	if (state == CARVEOUT_SEALED) {
		carveout->state = CARVEOUT_SEALED;
		carveout->length = length;
		carveout->dirty = page_up(length);
		memcpy(carveout->digest, digest, sizeof(carveout->digest));
		return rc;
	}
	carveout->dirty = carveout->config.size;
	if (state != CARVEOUT_EMPTY)
		carveout_fail(carveout, -ECANCELED,
			      "the manager was restarted during the load");
	else
		carveout_start_scrub(carveout, CARVEOUT_EMPTY);
	return rc;
}

void carveout_destroy(struct carveout *carveout)
{
	carveout_withdraw_all(carveout);
	carveout->backing->ops->destroy(carveout->backing);
	measure_close(&carveout->measure);
}

void carveout_leave(struct carveout *carveout)
{
	carveout_withdraw_all(carveout);
	carveout->backing->ops->leave(carveout->backing);
	measure_close(&carveout->measure);
}

int carveout_record(struct carveout *carveout)
{
	return carveout->owner->record(carveout, carveout->owner->context);
}

/* ---- windows ---- */

static struct carveout_window *find_window(struct carveout *carveout,
					   uint32_t id)
{
	for (unsigned int i = 0; i < CARVEOUT_WINDOWS; i++)
		if (carveout->windows[i].state != WINDOW_FREE &&
		    carveout->windows[i].id == id)
			return &carveout->windows[i];
	return NULL;
}

static struct carveout_window *free_window(struct carveout *carveout)
{
	for (unsigned int i = 0; i < carveout->config.windows_max; i++)
		if (carveout->windows[i].state == WINDOW_FREE)
			return &carveout->windows[i];
	return NULL;
}

unsigned int carveout_windows_open(const struct carveout *carveout)
{
	unsigned int open = 0;

	for (unsigned int i = 0; i < CARVEOUT_WINDOWS; i++)
		open += carveout->windows[i].state != WINDOW_FREE;
	return open;
}

static bool overlaps_open(const struct carveout *carveout, uint64_t offset,
			  uint64_t length)
{
	for (unsigned int i = 0; i < CARVEOUT_WINDOWS; i++) {
		const struct carveout_window *window = &carveout->windows[i];

		if (window->state != WINDOW_FREE &&
		    range_overlaps(offset, length, window->memory.offset,
				   window->memory.length))
			return true;
	}
	return false;
}

static int check_window(const struct carveout *carveout, uint64_t offset,
			uint64_t length)
{
	if (!range_page_aligned(offset) || !range_page_aligned(length))
		return -EINVAL;
	if (!length || length > carveout->config.window_max)
		return -EINVAL;
	if (!range_within(offset, length, carveout->config.size))
		return -ENOSPC;
	if (overlaps_open(carveout, offset, length))
		return -EBUSY;
	return 0;
}

/*
 * May this party write now?  One writer at a time; slow work comes first.
 * The table's answer wins over -EBUSY: a guest whose load was revoked must be
 * told so even while the scrub goes on.
 */
static int check_writer(const struct carveout *carveout,
			enum carveout_request request, enum carveout_who who)
{
	int rc;

	rc = carveout_state_allows(carveout->state, request, who);
	if (rc)
		return rc;
	if (carveout_busy(carveout))
		return -EBUSY;
	if (carveout->state == CARVEOUT_LOADING && carveout->writer != who)
		return -EBUSY;
	return 0;
}

/* The first window or write of a load. */
static void begin_load(struct carveout *carveout, enum carveout_who who)
{
	if (carveout->state == CARVEOUT_LOADING)
		return;
	carveout->state = CARVEOUT_LOADING;
	carveout->writer = who;
	carveout->written = 0;
	carveout->error = 0;
	carveout->why = NULL;
	measure_reset(&carveout->measure);
}

/* Everything below `end` may be other than zero from now on. */
static void note_dirty(struct carveout *carveout, uint64_t end)
{
	if (end > carveout->dirty)
		carveout->dirty = end;
}

static void close_window(struct carveout *carveout,
			 struct carveout_window *window)
{
	window->state = WINDOW_FREE;
	/* A record that still lists the window costs one needless withdrawal. */
	carveout_record(carveout);
}

/*
 * The guest may have written where content lies, and may go on: what is there
 * is scrubbed before the carveout is called EMPTY.
 */
static void fail_with_window(struct carveout *carveout,
			     const struct carveout_window *window, int error,
			     const char *why)
{
	note_dirty(carveout, window->memory.offset + window->memory.length);
	carveout_fail(carveout, error, why);
}

int carveout_open(struct carveout *carveout, uint64_t offset, uint64_t length,
		  bool show_content, uint32_t *id)
{
	struct carveout_window *window;
	int rc;

	rc = check_writer(carveout, CARVEOUT_REQ_OPEN, CARVEOUT_GUEST);
	if (!rc)
		rc = check_window(carveout, offset, length);
	if (rc)
		return rc;
	window = free_window(carveout);
	if (!window)
		return -EBUSY;

	begin_load(carveout, CARVEOUT_GUEST);
	window->memory = (struct backing_window){
		.offset = offset,
		.length = (uint32_t)length,
		.has_content = offset < carveout->dirty,
	};
	window->id = ++carveout->next_window ? carveout->next_window :
					       ++carveout->next_window;
	window->state = WINDOW_OPEN;
	/* Recorded first: killed after the pages are there, they are found. */
	rc = carveout_record(carveout);
	if (!rc)
		rc = carveout->backing->ops->open(
			carveout->backing, &window->memory, show_content);
	if (rc) {
		close_window(carveout, window);
		if (rc == -EIO)
			fail_with_window(
				carveout, window, rc,
				"the hypervisor failed to open a window");
		return rc;
	}
	carveout->counters.windows_opened++;
	*id = window->id;
	return 0;
}

void carveout_withdraw(struct carveout *carveout,
		       struct carveout_window *window)
{
	int rc;

	rc = carveout->backing->ops->withdraw(carveout->backing,
					      &window->memory);
	close_window(carveout, window);
	if (rc)
		fail_with_window(carveout, window, rc,
				 "the hypervisor failed to withdraw a window");
}

void carveout_withdraw_all(struct carveout *carveout)
{
	for (unsigned int i = 0; i < CARVEOUT_WINDOWS; i++)
		if (carveout->windows[i].state != WINDOW_FREE)
			carveout_withdraw(carveout, &carveout->windows[i]);
}

void carveout_disconnected(struct carveout *carveout)
{
	carveout_withdraw_all(carveout);
	if (carveout->state == CARVEOUT_LOADING &&
	    carveout->writer == CARVEOUT_GUEST)
		carveout_fail(carveout, -EPIPE,
			      "the guest's driver went away during the load");
}

/* ---- content ---- */

/* Bytes that are content now; the caller's own copy of them is measured. */
static void account(struct carveout *carveout, uint64_t offset, uint64_t used,
		    const void *bytes)
{
	measure_add(&carveout->measure, offset, bytes, used);
	if (offset + used > carveout->written)
		carveout->written = offset + used;
	carveout->counters.bytes_committed += used;
}

/* The window is gone afterwards, whatever becomes of its bytes. */
static int commit_window(struct carveout *carveout,
			 struct carveout_window *window, uint32_t used,
			 const uint32_t *refs)
{
	struct backing_window memory = window->memory;
	int rc;

	note_dirty(carveout, memory.offset + memory.length);
	rc = carveout->backing->ops->commit(carveout->backing, &window->memory,
					    refs, used, carveout->buffer);
	close_window(carveout, window);
	if (!rc)
		account(carveout, memory.offset, used, carveout->buffer);
	explicit_bzero(carveout->buffer, memory.length);
	if (rc)
		carveout_fail(
			carveout, rc,
			rc == -EFAULT ?
				"the guest removed the pages of a window" :
				"the hypervisor failed to take a window");
	else
		carveout->counters.windows_committed++;
	return rc;
}

int carveout_commit(struct carveout *carveout, uint32_t id, uint64_t used,
		    const uint32_t *refs)
{
	struct carveout_window *window = find_window(carveout, id);
	int rc;

	if (window && window->state == WINDOW_LEAVING) {
		carveout_withdraw(carveout, window);
		return -ECANCELED;
	}
	rc = carveout_state_allows(carveout->state, CARVEOUT_REQ_CLOSE,
				   CARVEOUT_GUEST);
	if (rc)
		return rc;
	if (!window)
		return -ENOENT;
	if (used > window->memory.length)
		return -EINVAL;
	return commit_window(carveout, window, (uint32_t)used, refs);
}

int carveout_discard(struct carveout *carveout, uint32_t id)
{
	struct carveout_window *window = find_window(carveout, id);
	int rc;

	if (!window) {
		rc = carveout_state_allows(carveout->state, CARVEOUT_REQ_CLOSE,
					   CARVEOUT_GUEST);
		return rc ? rc : -ENOENT;
	}
	carveout_withdraw(carveout, window);
	return 0;
}

static int store(struct carveout *carveout, uint64_t offset, const void *bytes,
		 uint32_t length)
{
	uint32_t span = (uint32_t)page_up(length);
	uint8_t *buffer = carveout->buffer;
	int rc;

	memcpy(buffer, bytes, length);
	memset(buffer + length, 0, span - length);
	note_dirty(carveout, offset + span);
	rc = carveout->backing->ops->write(carveout->backing, offset, span,
					   buffer);
	if (!rc)
		account(carveout, offset, length, buffer);
	explicit_bzero(buffer, span);
	return rc;
}

int carveout_write(struct carveout *carveout, uint64_t offset,
		   const void *bytes, uint32_t length)
{
	int rc;

	rc = check_writer(carveout, CARVEOUT_REQ_WRITE, CARVEOUT_DOM0);
	if (rc)
		return rc;
	if (!range_page_aligned(offset) || !length || length > CARVEOUT_CHUNK)
		return -EINVAL;
	if (!range_within(offset, length, carveout->config.size))
		return -ENOSPC;
	begin_load(carveout, CARVEOUT_DOM0);
	rc = carveout_record(carveout);
	if (rc)
		return rc;
	rc = store(carveout, offset, bytes, length);
	if (rc)
		carveout_fail(carveout, rc,
			      "the hypervisor failed to write the content");
	return rc;
}

int carveout_read(struct carveout *carveout, uint64_t offset, void *bytes,
		  uint32_t length)
{
	uint64_t first = offset & ~(RANGE_PAGE_SIZE - 1);
	uint64_t span;
	int rc;

	rc = carveout_state_allows(carveout->state, CARVEOUT_REQ_READ,
				   CARVEOUT_DOM0);
	if (rc)
		return rc;
	if (!range_within(offset, length, carveout->length))
		return -EINVAL;
	span = page_up(offset + length) - first;
	if (span > CARVEOUT_CHUNK)
		return -EINVAL;
	rc = carveout->backing->ops->read(carveout->backing, first,
					  (uint32_t)span, carveout->buffer);
	if (!rc)
		memcpy(bytes, (uint8_t *)carveout->buffer + (offset - first),
		       length);
	explicit_bzero(carveout->buffer, span);
	return rc;
}

/* ---- the ends of a load ---- */

/* Ask the front end to let go of an open window, or take it at once. */
static void revoke_window(struct carveout *carveout,
			  struct carveout_window *window, bool at_once)
{
	const struct carveout_owner *owner = carveout->owner;

	carveout->counters.windows_revoked++;
	if (at_once) {
		carveout_withdraw(carveout, window);
		return;
	}
	window->state = WINDOW_LEAVING;
	window->deadline = owner->now(owner->context) + owner->grace;
	owner->leaving(carveout, window->id, -ECANCELED, owner->context);
}

static void revoke_windows(struct carveout *carveout, bool at_once)
{
	for (unsigned int i = 0; i < CARVEOUT_WINDOWS; i++) {
		struct carveout_window *window = &carveout->windows[i];

		if (window->state == WINDOW_OPEN ||
		    (window->state == WINDOW_LEAVING && at_once))
			revoke_window(carveout, window, at_once);
	}
}

void carveout_fail(struct carveout *carveout, int error, const char *why)
{
	carveout->state = CARVEOUT_FAILED;
	carveout->error = error;
	carveout->why = why;
	carveout->counters.loads_failed++;
	revoke_windows(carveout, false);
	carveout_start_scrub(carveout, CARVEOUT_FAILED);
	carveout_record(carveout);
}

int carveout_seal(struct carveout *carveout, enum carveout_who who,
		  uint64_t length, const uint8_t *digest)
{
	int rc;

	rc = carveout_state_allows(carveout->state, CARVEOUT_REQ_SEAL, who);
	if (rc)
		return rc;
	if (carveout_busy(carveout) || carveout_windows_open(carveout))
		return -EBUSY;
	/* dom0 may end a guest's load, but a guest not one of dom0's. */
	if (who == CARVEOUT_GUEST && carveout->writer != who)
		return -EBUSY;
	if (!length)
		return -EINVAL;
	if (length > carveout->config.size)
		return -ENOSPC;
	carveout->length = length;
	carveout->has_expected = digest != NULL;
	if (digest)
		memcpy(carveout->expected, digest, sizeof(carveout->expected));
	return carveout_start_seal(carveout);
}

/* A guest may reset what its own load made; the stanza may let it do more. */
static int check_reset(const struct carveout *carveout, enum carveout_who who)
{
	if (carveout->state == CARVEOUT_SEALED && who == CARVEOUT_GUEST &&
	    carveout->config.guest_reset)
		return 0;
	if (carveout->state == CARVEOUT_LOADING && who == CARVEOUT_GUEST &&
	    carveout->writer != who)
		return -EBUSY;
	return carveout_state_allows(carveout->state, CARVEOUT_REQ_RESET, who);
}

static int done_or_in_progress(const struct carveout *carveout,
			       enum carveout_request request)
{
	return carveout_done(carveout, request) ? 0 : -EINPROGRESS;
}

/*
 * The record says FAILED until the scrub is done: a manager that is killed on
 * the way finishes it.
 */
int carveout_reset(struct carveout *carveout, enum carveout_who who)
{
	int rc;

	rc = check_reset(carveout, who);
	if (rc)
		return rc;
	if (who == CARVEOUT_GUEST)
		carveout_withdraw_all(carveout);
	else
		revoke_windows(carveout, false);
	carveout->state = CARVEOUT_FAILED;
	rc = carveout_record(carveout);
	if (rc)
		return rc;
	carveout_start_scrub(carveout, CARVEOUT_EMPTY);
	return done_or_in_progress(carveout, CARVEOUT_REQ_RESET);
}

int carveout_abort(struct carveout *carveout, enum carveout_who who,
		   const char *why)
{
	int rc;

	rc = carveout_state_allows(carveout->state, CARVEOUT_REQ_ABORT, who);
	if (rc)
		return rc;
	if (carveout->state != CARVEOUT_LOADING)
		return 0;
	if (carveout->writer != who)
		return -EBUSY;
	carveout_withdraw_all(carveout);
	carveout_fail(carveout, -ECANCELED, why);
	return done_or_in_progress(carveout, CARVEOUT_REQ_ABORT);
}

int carveout_revoke(struct carveout *carveout, bool at_once)
{
	int rc;

	rc = carveout_state_allows(carveout->state, CARVEOUT_REQ_REVOKE,
				   CARVEOUT_DOM0);
	if (rc)
		return rc;
	revoke_windows(carveout, at_once);
	if (carveout->state == CARVEOUT_LOADING)
		carveout_fail(carveout, -ECANCELED, "revoked from dom0");
	return done_or_in_progress(carveout, CARVEOUT_REQ_REVOKE);
}
