// SPDX-License-Identifier: GPL-2.0-only
/*
 * The slow parts: scrubbing, trimming, measuring, and windows whose time runs
 * out.  Each step handles at most one chunk, so that the manager goes on
 * answering others.
 *
 *   reset, abort, revoke, any failure:  SCRUB ─▶ EMPTY or FAILED
 *   seal:  [TRIM ─▶] [MEASURE ─▶] [EXAMINE ─▶ [AWAIT ─▶]] SEALED, or
 *          SCRUB ─▶ FAILED
 *
 * All of it waits for windows that are leaving: a withdrawal may put back what
 * was committed under the window, and that is to be scrubbed too.
 */
#include <errno.h>
#include <string.h>

#include "carveout/carveout.h"
#include "carveout/internal.h"
#include "range.h"

static void set_work(struct carveout *carveout, enum carveout_work work,
		     uint64_t position, uint64_t end)
{
	carveout->work = work;
	carveout->position = position;
	carveout->end = end;
}

static bool has_window(const struct carveout *carveout, enum window_state state)
{
	for (unsigned int i = 0; i < CARVEOUT_WINDOWS; i++)
		if (carveout->windows[i].state == state)
			return true;
	return false;
}

static bool windows_leave(const struct carveout *carveout)
{
	return has_window(carveout, WINDOW_LEAVING);
}

bool carveout_busy(const struct carveout *carveout)
{
	return carveout->work != WORK_NONE || windows_leave(carveout);
}

bool carveout_done(const struct carveout *carveout,
		   enum carveout_request request)
{
	if (request == CARVEOUT_REQ_REVOKE)
		return !windows_leave(carveout) &&
		       !has_window(carveout, WINDOW_GOING);
	return !carveout_busy(carveout);
}

/* ---- scrubbing ---- */

static void finish_scrub(struct carveout *carveout)
{
	carveout->work = WORK_NONE;
	chunks_clear(&carveout->dirty);
	carveout->written = 0;
	carveout->length = 0;
	carveout->state = carveout->next;
	memset(carveout->digest, 0, sizeof(carveout->digest));
	if (carveout->state == CARVEOUT_EMPTY) {
		carveout->error = 0;
		carveout->why = NULL;
	}
	carveout_record(carveout);
}

/* The work is to zero: what is zero already is passed over. */
static void skip_zeros(struct carveout *carveout)
{
	carveout->position = chunks_next(&carveout->dirty, carveout->position,
					 carveout->end);
}

void carveout_start_scrub(struct carveout *carveout, enum carveout_state next)
{
	measure_reset(&carveout->measure);
	carveout->next = next;
	set_work(carveout, WORK_SCRUB, 0, chunks_end(&carveout->dirty));
	skip_zeros(carveout);
	if (carveout->position == carveout->end)
		finish_scrub(carveout);
}

/* What the next step does, `most` or less, within one chunk: a whole number of
 * pages, but for the end of what is measured. */
static uint32_t step_length(const struct carveout *carveout, uint32_t most)
{
	uint64_t left = carveout->end - carveout->position;
	uint32_t room = most - (uint32_t)(carveout->position % most);

	return left < room ? (uint32_t)left : room;
}

/* Zero in one chunk.  Returns true when all of [position, end) is zero. */
static bool zero_step(struct carveout *carveout, int *error)
{
	uint32_t length = step_length(carveout, CARVEOUT_CHUNK);
	void *zeros = scratch_take(carveout->scratch, length);

	memset(zeros, 0, length);
	*error = carveout->backing->ops->write(
		carveout->backing, carveout->position, length, zeros);
	carveout->position += length;
	skip_zeros(carveout);
	return carveout->position == carveout->end;
}

/*
 * A vault that cannot be written is one that was destroyed behind us (Xen
 * scrubs it then), or a hypervisor that fails.  Either way nothing may be
 * called EMPTY: the state stays FAILED and says why; a reset tries again.
 */
static void scrub_step(struct carveout *carveout)
{
	int error;

	if (zero_step(carveout, &error) && !error) {
		finish_scrub(carveout);
	} else if (error) {
		carveout->work = WORK_NONE;
		carveout->state = CARVEOUT_FAILED;
		carveout->error = error;
		carveout->why = "the content could not be scrubbed: reset, or "
				"detach and attach again";
		carveout_record(carveout);
	}
}

/* ---- sealing ---- */

static int be_sealed(struct carveout *carveout, bool verified)
{
	carveout->work = WORK_NONE;
	carveout->state = CARVEOUT_SEALED;
	carveout->verified = verified;
	carveout_record(carveout);
	carveout->counters.loads_sealed++;
	return 0;
}

static int decided(struct carveout *carveout, int rc, const char *why)
{
	if (!rc)
		return be_sealed(carveout, true);
	if (rc == -EINPROGRESS)
		set_work(carveout, WORK_AWAIT, 0, 0);
	else
		carveout_fail(carveout, rc, why, true);
	return rc;
}

static int examine(struct carveout *carveout)
{
	const struct carveout_owner *owner = carveout->owner;
	const char *why = NULL;
	int rc;

	if (!owner->examine)
		return be_sealed(carveout, false);
	rc = owner->examine(carveout, &why, owner->context);
	if (rc != -EAGAIN)
		return decided(carveout, rc, why);
	set_work(carveout, WORK_EXAMINE, 0, carveout->length);
	return -EINPROGRESS;
}

bool carveout_awaits_owner(const struct carveout *carveout)
{
	return carveout->work == WORK_AWAIT;
}

void carveout_decided(struct carveout *carveout, int rc, const char *why)
{
	decided(carveout, rc, why);
}

/* Its digest is known. */
static int finish_seal(struct carveout *carveout)
{
	measure_finish(&carveout->measure, carveout->digest);
	measure_reset(&carveout->measure);
	carveout->work = WORK_NONE;
	if (carveout->has_expected &&
	    memcmp(carveout->digest, carveout->expected,
		   sizeof(carveout->digest)) != 0) {
		carveout_fail(carveout, -EBADMSG,
			      "the digest is not the expected one", true);
		return -EBADMSG;
	}
	return examine(carveout);
}

static void start_measure(struct carveout *carveout)
{
	measure_reset(&carveout->measure);
	set_work(carveout, WORK_MEASURE, 0, carveout->length);
}

/*
 * Whole pages beyond the length, and the tail of the last page: zero before
 * the digest is published.  The tail goes at once, the pages by steps.
 */
static int trim_tail(struct carveout *carveout)
{
	uint64_t page = carveout->length & ~(RANGE_PAGE_SIZE - 1);
	uint64_t tail = carveout->length - page;
	uint8_t *buffer;
	int rc;

	if (!tail)
		return 0;
	buffer = scratch_take(carveout->scratch, RANGE_PAGE_SIZE);
	rc = carveout->backing->ops->read(carveout->backing, page,
					  RANGE_PAGE_SIZE, buffer);
	if (rc)
		return rc;
	memset(buffer + tail, 0, RANGE_PAGE_SIZE - tail);
	rc = carveout->backing->ops->write(carveout->backing, page,
					   RANGE_PAGE_SIZE, buffer);
	explicit_bzero(buffer, RANGE_PAGE_SIZE);
	return rc;
}

int carveout_start_seal(struct carveout *carveout)
{
	uint64_t next_page = range_page_up(carveout->length);
	int rc;

	/* Streamed in order to this very end: all beyond is zero already. */
	if (measure_covers(&carveout->measure, carveout->length))
		return finish_seal(carveout);
	rc = trim_tail(carveout);
	if (rc) {
		carveout_fail(carveout, rc, "the content could not be trimmed",
			      true);
		return rc;
	}
	set_work(carveout, WORK_TRIM, next_page, chunks_end(&carveout->dirty));
	skip_zeros(carveout);
	if (carveout->position == carveout->end)
		start_measure(carveout);
	return -EINPROGRESS;
}

static void trim_step(struct carveout *carveout)
{
	int error;
	bool done = zero_step(carveout, &error);

	if (error)
		carveout_fail(carveout, error,
			      "the content could not be trimmed", true);
	else if (done)
		start_measure(carveout);
}

/* What was never written is hashed as what it is, without being read. */
static int read_step(struct carveout *carveout, uint32_t length, void *bytes)
{
	const struct backing_ops *ops = carveout->backing->ops;

	if (chunks_has(&carveout->dirty, carveout->position))
		return ops->read(carveout->backing, carveout->position, length,
				 bytes);
	memset(bytes, 0, length);
	return 0;
}

/* What the next step looks at, and zeros behind it up to the page's end; NULL:
 * the load has failed. */
static uint8_t *read_piece(struct carveout *carveout, uint32_t length)
{
	uint32_t pages = (uint32_t)range_page_up(length);
	uint8_t *bytes = scratch_take(carveout->scratch, pages);
	int rc = read_step(carveout, pages, bytes);

	if (rc) {
		carveout_fail(carveout, rc, "the content could not be read",
			      true);
		return NULL;
	}
	explicit_bzero(bytes + length, pages - length);
	return bytes;
}

static void measure_step(struct carveout *carveout)
{
	uint32_t length = step_length(carveout, SCRATCH_PIECE);
	uint8_t *bytes = read_piece(carveout, length);

	if (!bytes)
		return;
	measure_add(&carveout->measure, carveout->position, bytes, length);
	carveout->position += length;
	if (carveout->position == carveout->end)
		finish_seal(carveout);
}

static void examine_step(struct carveout *carveout)
{
	const struct carveout_owner *owner = carveout->owner;
	uint32_t length = step_length(carveout, SCRATCH_PIECE);
	uint8_t *bytes = read_piece(carveout, length);
	const char *why = NULL;
	int rc;

	if (!bytes)
		return;
	owner->see(bytes, length, owner->context);
	explicit_bzero(bytes, length);
	carveout->position += length;
	if (carveout->position != carveout->end)
		return;
	rc = owner->decide(&why, owner->context);
	decided(carveout, rc, why);
}

/* ---- one step ---- */

void carveout_work(struct carveout *carveout)
{
	if (carveout_withdraw_overdue(carveout))
		return;
	if (windows_leave(carveout))
		return;
	switch (carveout->work) {
	case WORK_NONE:
		break;
	case WORK_SCRUB:
		scrub_step(carveout);
		break;
	case WORK_TRIM:
		trim_step(carveout);
		break;
	case WORK_MEASURE:
		measure_step(carveout);
		break;
	case WORK_EXAMINE:
		examine_step(carveout);
		break;
	case WORK_AWAIT:
		break;
	}
}

int64_t carveout_wait(const struct carveout *carveout)
{
	if (carveout->work != WORK_NONE && carveout->work != WORK_AWAIT &&
	    !windows_leave(carveout))
		return 0;
	return carveout_next_overdue(carveout);
}

int carveout_outcome(const struct carveout *carveout,
		     enum carveout_request request)
{
	switch (request) {
	case CARVEOUT_REQ_SEAL:
		if (carveout->state == CARVEOUT_SEALED)
			return 0;
		return carveout->error ? carveout->error : -ECANCELED;
	case CARVEOUT_REQ_RESET:
		if (carveout->state == CARVEOUT_EMPTY)
			return 0;
		return carveout->error ? carveout->error : -ECANCELED;
	default:
		return 0;
	}
}
