// SPDX-License-Identifier: GPL-2.0-only
/*
 * Requests on a carveout: each is checked against the state table and the
 * limits, recorded, and only then done.  Slow parts are in work.c.
 */
#include "carveout/carveout.h"

#include <errno.h>
#include <string.h>

#include "base/phase.h"
#include "carveout/internal.h"
#include "range.h"

const char carveout_revoked[] = "revoked from dom0";

int carveout_init(struct carveout *carveout,
		  const struct carveout_config *config,
		  const struct carveout_owner *owner, struct backing *backing,
		  struct scratch *scratch, bool scrub_first)
{
	int rc;

	memset(carveout, 0, sizeof(*carveout));
	carveout->config = *config;
	carveout->owner = owner;
	carveout->scratch = scratch;
	carveout->state = CARVEOUT_EMPTY;
	rc = measure_open(&carveout->measure);
	if (rc)
		return rc;
	carveout->backing = backing;
	if (scrub_first) {
		carveout_note_dirty(carveout, 0, config->size);
		carveout_start_scrub(carveout, CARVEOUT_EMPTY);
	}
	return 0;
}

int carveout_destroy(struct carveout *carveout)
{
	for (unsigned int i = 0; i < CARVEOUT_WINDOWS; i++)
		if (carveout->windows[i].state != WINDOW_FREE)
			carveout_withdraw(carveout, &carveout->windows[i]);
	measure_close(&carveout->measure);
	return carveout->backing->ops->destroy(carveout->backing);
}

void carveout_record(struct carveout *carveout)
{
	const struct carveout_owner *owner = carveout->owner;
	uint64_t begun = phase_begin();

	owner->record(carveout, owner->context);
	phase_end(PHASE_RECORD, begun);
}

/* ---- writers ---- */

/*
 * May this party write now?  One writer at a time; slow work comes first.
 * The table's answer wins over -EBUSY: a guest whose load was revoked must be
 * told so even while the scrub goes on.
 */
int carveout_check_writer(const struct carveout *carveout,
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

int carveout_check_guest(const struct carveout *carveout,
			 enum carveout_request request)
{
	int rc = carveout_check_writer(carveout, request, CARVEOUT_GUEST);

	if (rc)
		return rc;
	/* Else it would go on with a load whose beginning dom0 has scrubbed. */
	return carveout->state == CARVEOUT_EMPTY && carveout->guest_loads ?
		       -ECANCELED :
		       0;
}

void carveout_begin_load(struct carveout *carveout, enum carveout_who who)
{
	if (carveout->state == CARVEOUT_LOADING)
		return;
	carveout->state = CARVEOUT_LOADING;
	carveout->writer = who;
	if (who == CARVEOUT_GUEST)
		carveout->guest_loads = true;
	carveout->written = 0;
	carveout->error = 0;
	carveout->why = NULL;
	measure_reset(&carveout->measure);
}

void carveout_note_dirty(struct carveout *carveout, uint64_t offset,
			 uint64_t length)
{
	chunks_add(&carveout->dirty, offset, length);
}

enum carveout_state carveout_state_for_guest(const struct carveout *carveout)
{
	if (carveout->state == CARVEOUT_EMPTY && carveout->guest_loads)
		return CARVEOUT_FAILED;
	return carveout->state;
}

void carveout_disconnected(struct carveout *carveout)
{
	bool loading = carveout->state == CARVEOUT_LOADING &&
		       carveout->writer == CARVEOUT_GUEST;

	carveout->guest_loads = false;
	if (loading)
		carveout_fail(carveout, -EPIPE,
			      "the guest's driver went away during the load",
			      true);
	else
		carveout_revoke_windows(carveout, true);
}

/* ---- content ---- */

static void note_written(struct carveout *carveout, uint64_t end)
{
	if (end > carveout->written)
		carveout->written = end;
}

/* Bytes that are content now; this copy of them is measured, and wiped. */
static void account(struct carveout *carveout, uint64_t offset, uint64_t used,
		    void *bytes)
{
	uint64_t begun = phase_begin();

	measure_add(&carveout->measure, offset, bytes, used);
	phase_end(PHASE_HASH, begun);
	carveout->counters.bytes_committed += used;
}

static int fail_commit(struct carveout *carveout,
		       struct carveout_window *window, int rc)
{
	/* It is not asked back: its CLOSE is being answered. */
	window->state = WINDOW_GOING;
	carveout_fail(carveout, rc,
		      rc == -EFAULT ?
			      "the guest removed the pages of a window" :
			      "the hypervisor failed to take a window",
		      false);
	carveout_withdraw(carveout, window);
	return rc;
}

/*
 * First the bytes are kept, then the window goes: whoever is killed in between
 * leaves them where they were or where they are to be, and in one of the two
 * records at least.
 */
static int commit_window(struct carveout *carveout,
			 struct carveout_window *window, uint32_t used,
			 const uint32_t *refs)
{
	struct backing_window *memory = &window->memory;
	uint8_t *bytes = scratch_take(carveout->scratch, memory->length);
	uint64_t begun = phase_begin();
	int rc;

	carveout_note_dirty(carveout, memory->offset, memory->length);
	rc = carveout->backing->ops->keep(carveout->backing, memory, refs, used,
					  bytes);
	phase_end(PHASE_KEEP, begun);
	/* The rest of the last page came with the others. */
	explicit_bzero(bytes + used, memory->length - used);
	if (rc) {
		explicit_bzero(bytes, used);
		return fail_commit(carveout, window, rc);
	}
	account(carveout, memory->offset, used, bytes);
	/* A window of which nothing was used is no content. */
	if (used)
		note_written(carveout, memory->offset + used);
	carveout->last_closed = window->id;
	carveout->counters.windows_committed++;
	return carveout_withdraw(carveout, window);
}

int carveout_commit(struct carveout *carveout, uint32_t id, uint64_t used,
		    const uint32_t *refs)
{
	struct carveout_window *window = carveout_find_window(carveout, id);
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
	struct carveout_window *window = carveout_find_window(carveout, id);
	int rc;

	if (!window) {
		rc = carveout_state_allows(carveout->state, CARVEOUT_REQ_CLOSE,
					   CARVEOUT_GUEST);
		return rc ? rc : -ENOENT;
	}
	carveout->last_closed = id;
	return carveout_withdraw(carveout, window);
}

int carveout_store(struct carveout *carveout, uint64_t offset, uint8_t *bytes,
		   uint32_t length)
{
	uint32_t span = (uint32_t)range_page_up(length);
	uint64_t begun;
	int rc;

	carveout_note_dirty(carveout, offset, span);
	note_written(carveout, offset + length);
	carveout_record(carveout);
	begun = phase_begin();
	memset(bytes + length, 0, span - length);
	rc = carveout->backing->ops->write(carveout->backing, offset, span,
					   bytes);
	phase_end(PHASE_STORE, begun);
	if (!rc) {
		account(carveout, offset, length, bytes);
		return 0;
	}
	explicit_bzero(bytes, length);
	carveout_fail(carveout, rc,
		      "the hypervisor failed to write the content", false);
	return rc;
}

int carveout_write(struct carveout *carveout, uint64_t offset,
		   const void *bytes, uint32_t length)
{
	uint8_t *copy;
	int rc;

	rc = carveout_check_writer(carveout, CARVEOUT_REQ_WRITE, CARVEOUT_DOM0);
	if (rc)
		return rc;
	if (!range_page_aligned(offset) || !length || length > CARVEOUT_CHUNK)
		return -EINVAL;
	if (!range_within(offset, length, carveout->config.size))
		return -ENOSPC;
	/* One that is still going may wipe what lies under it when it does. */
	if (carveout_windows_held(carveout))
		return -EBUSY;
	carveout_begin_load(carveout, CARVEOUT_DOM0);
	copy = scratch_take(carveout->scratch, length);
	memcpy(copy, bytes, length);
	return carveout_store(carveout, offset, copy, length);
}

int carveout_read(struct carveout *carveout, uint64_t offset, void *bytes,
		  uint32_t length)
{
	uint64_t first = offset & ~(RANGE_PAGE_SIZE - 1);
	uint8_t *content;
	uint64_t span;
	int rc;

	rc = carveout_state_allows(carveout->state, CARVEOUT_REQ_READ,
				   CARVEOUT_DOM0);
	if (rc)
		return rc;
	if (!range_within(offset, length, carveout->length))
		return -EINVAL;
	span = range_page_up(offset + length) - first;
	if (span > CARVEOUT_CHUNK)
		return -EINVAL;
	content = scratch_take(carveout->scratch, span);
	rc = carveout->backing->ops->read(carveout->backing, first,
					  (uint32_t)span, content);
	if (!rc)
		memcpy(bytes, content + (offset - first), length);
	explicit_bzero(content, span);
	return rc;
}

/* ---- the ends of a load ---- */

void carveout_fail(struct carveout *carveout, int error, const char *why,
		   bool at_once)
{
	if (carveout->state != CARVEOUT_FAILED)
		carveout->counters.loads_failed++;
	carveout->state = CARVEOUT_FAILED;
	carveout->error = error;
	carveout->why = why;
	carveout_record(carveout);
	carveout_revoke_windows(carveout, at_once);
	carveout_start_scrub(carveout, CARVEOUT_FAILED);
}

/* There is nothing to scrub; a reset tries, and fails. */
void carveout_lost(struct carveout *carveout, const char *why)
{
	carveout_note_dirty(carveout, 0, carveout->config.size);
	carveout_fail(carveout, -ENXIO, why, false);
	carveout->work = WORK_NONE;
}

/* Windows that were all discarded are no content either. */
static int check_length(const struct carveout *carveout, uint64_t length)
{
	uint64_t expected = carveout->config.expected_size;

	if (!length)
		return -EINVAL;
	if (length > carveout->config.size)
		return -ENOSPC;
	if (!carveout->written)
		return -ENODATA;
	return expected && length != expected ? -EMSGSIZE : 0;
}

int carveout_seal(struct carveout *carveout, enum carveout_who who,
		  uint64_t length, const uint8_t *digest)
{
	int rc;

	rc = carveout_state_allows(carveout->state, CARVEOUT_REQ_SEAL, who);
	if (rc)
		return rc;
	if (carveout_busy(carveout) || carveout_windows_held(carveout))
		return -EBUSY;
	/* dom0 may end a guest's load, but a guest not one of dom0's. */
	if (who == CARVEOUT_GUEST && carveout->writer != who)
		return -EBUSY;
	rc = check_length(carveout, length);
	if (rc)
		return rc;
	if (who == CARVEOUT_GUEST)
		carveout->guest_loads = false;
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
		carveout->guest_loads = false;
	carveout->state = CARVEOUT_FAILED;
	carveout_record(carveout);
	carveout_revoke_windows(carveout, who == CARVEOUT_GUEST);
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
	if (who == CARVEOUT_GUEST)
		carveout->guest_loads = false;
	if (carveout->state != CARVEOUT_LOADING)
		return 0;
	if (carveout->writer != who)
		return -EBUSY;
	carveout_fail(carveout, -ECANCELED, why, true);
	return done_or_in_progress(carveout, CARVEOUT_REQ_ABORT);
}

int carveout_revoke(struct carveout *carveout, bool at_once)
{
	int rc;

	rc = carveout_state_allows(carveout->state, CARVEOUT_REQ_REVOKE,
				   CARVEOUT_DOM0);
	if (rc)
		return rc;
	if (carveout->state == CARVEOUT_LOADING)
		carveout_fail(carveout, -ECANCELED, carveout_revoked, at_once);
	else
		carveout_revoke_windows(carveout, at_once);
	return done_or_in_progress(carveout, CARVEOUT_REQ_REVOKE);
}
