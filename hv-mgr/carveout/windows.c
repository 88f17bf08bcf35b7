// SPDX-License-Identifier: GPL-2.0-only
/*
 * Windows: how they come and how they go.  Each step is recorded before it is
 * taken, so that a manager that is killed leaves what the next can tell:
 *
 *   OPENING, recorded ─▶ memory ─▶ OPEN, recorded ─▶ the front end is told
 *   OPEN or LEAVING ─▶ GOING, recorded ─▶ taken away ─▶ FREE, recorded
 */
#include <errno.h>

#include "base/phase.h"
#include "carveout/internal.h"
#include "range.h"

struct carveout_window *carveout_find_window(struct carveout *carveout,
					     uint32_t id)
{
	int slot = carveout_slot(carveout, id);

	return slot < 0 ? NULL : &carveout->windows[slot];
}

/* One that is going is gone, as far as anybody else is concerned. */
static bool is_open(const struct carveout_window *window)
{
	return window->state == WINDOW_OPEN || window->state == WINDOW_LEAVING;
}

int carveout_slot(const struct carveout *carveout, uint32_t id)
{
	for (int i = 0; i < CARVEOUT_WINDOWS; i++)
		if (is_open(&carveout->windows[i]) &&
		    carveout->windows[i].id == id)
			return i;
	return -ENOENT;
}

unsigned int carveout_windows_held(const struct carveout *carveout)
{
	unsigned int open = 0;

	for (unsigned int i = 0; i < CARVEOUT_WINDOWS; i++)
		open += carveout->windows[i].state != WINDOW_FREE;
	return open;
}

bool carveout_exposed(const struct carveout *carveout)
{
	if (carveout->backing->exposed)
		return true;
	for (unsigned int i = 0; i < CARVEOUT_WINDOWS; i++)
		if (carveout->windows[i].state == WINDOW_GOING)
			return true;
	return false;
}

/* Windows would go with it, and have times of their own:
 * carveout_withdraw_overdue(). */
void carveout_settle(struct carveout *carveout)
{
	if (carveout->backing->exposed && !carveout_windows_held(carveout))
		carveout->backing->ops->settle(carveout->backing);
}

/* ---- opening ---- */

bool carveout_overlaps_window(const struct carveout *carveout, uint64_t offset,
			      uint64_t length)
{
	for (unsigned int i = 0; i < CARVEOUT_WINDOWS; i++) {
		const struct carveout_window *window = &carveout->windows[i];

		if (window->state != WINDOW_FREE &&
		    ranges_overlap(offset, length, window->memory.offset,
				   window->memory.length))
			return true;
	}
	return false;
}

static int check_window(const struct carveout *carveout, unsigned int slot,
			uint64_t offset, uint64_t length)
{
	if (slot >= carveout->config.windows_max)
		return -EINVAL;
	if (!range_page_aligned(offset) || !range_page_aligned(length))
		return -EINVAL;
	if (!length || length > carveout->config.window_max)
		return -EINVAL;
	if (!range_within(offset, length, carveout->config.size))
		return -ENOSPC;
	if (carveout->windows[slot].state != WINDOW_FREE ||
	    carveout_overlaps_window(carveout, offset, length))
		return -EBUSY;
	return 0;
}

static int check_open(const struct carveout *carveout, unsigned int slot,
		      uint64_t offset, uint64_t length)
{
	struct backing *backing = carveout->backing;
	int rc = carveout_check_guest(carveout, CARVEOUT_REQ_OPEN);

	if (!rc)
		rc = check_window(carveout, slot, offset, length);
	return rc ? rc : backing->ops->check_room(backing, (uint32_t)length);
}

static uint32_t next_id(struct carveout *carveout)
{
	if (!++carveout->last_opened)
		++carveout->last_opened;
	return carveout->last_opened;
}

/* The guest may have written where content lies, and may go on. */
static void fail_with_window(struct carveout *carveout,
			     const struct carveout_window *window, int error,
			     const char *why)
{
	carveout_note_dirty(carveout, window->memory.offset,
			    window->memory.length);
	carveout_fail(carveout, error, why, false);
}

static void retry_later(struct carveout *carveout,
			struct carveout_window *window)
{
	window->state = WINDOW_GOING;
	window->deadline = carveout->owner->now(carveout->owner->context) +
			   CARVEOUT_RETRY_MS;
}

static int give_memory(struct carveout *carveout,
		       struct carveout_window *window, bool show_content)
{
	uint64_t begun = phase_begin();
	int rc = carveout->backing->ops->open(carveout->backing,
					      &window->memory, show_content);

	phase_end(PHASE_OPEN, begun);
	if (rc == -EIO) {
		retry_later(carveout, window);
		fail_with_window(carveout, window, rc,
				 "the hypervisor failed to open a window");
		return rc;
	}
	if (rc) {
		window->state = WINDOW_FREE;
		carveout_record(carveout);
		return rc;
	}
	window->state = WINDOW_OPEN;
	carveout_record(carveout);
	return 0;
}

/* Of this load: what lies where nothing was committed is blank. */
static bool has_content(const struct carveout *carveout, uint64_t offset,
			uint64_t length)
{
	return offset < carveout->written &&
	       chunks_touch(&carveout->dirty, offset, length);
}

int carveout_open(struct carveout *carveout, unsigned int slot, uint64_t offset,
		  uint64_t length, bool show_content, uint32_t *id)
{
	struct carveout_window *window;
	int rc;

	rc = check_open(carveout, slot, offset, length);
	if (rc)
		return rc;
	carveout_begin_load(carveout, CARVEOUT_GUEST);
	window = &carveout->windows[slot];
	*window = (struct carveout_window){
		.state = WINDOW_OPENING,
		.id = next_id(carveout),
		.memory = { .offset = offset,
			    .length = (uint32_t)length,
			    .has_content =
				    has_content(carveout, offset, length) },
	};
	carveout_record(carveout);
	rc = give_memory(carveout, window, show_content);
	if (rc)
		return rc;
	carveout->counters.windows_opened++;
	*id = window->id;
	return 0;
}

/* ---- going ---- */

static const char *why_not_withdrawn(int rc)
{
	if (rc == -ENODATA)
		return "what was under a window is lost with the manager that opened it";
	return "the hypervisor failed to withdraw a window";
}

/* One try.  A window that could not be withdrawn is tried again by
 * carveout_withdraw_overdue(). */
static int withdraw_once(struct carveout *carveout,
			 struct carveout_window *window)
{
	uint64_t begun;
	int rc;

	carveout_record(carveout);
	begun = phase_begin();
	rc = carveout->backing->ops->withdraw(carveout->backing,
					      &window->memory);
	phase_end(PHASE_WITHDRAW, begun);
	if (rc == -EIO)
		retry_later(carveout, window);
	else
		window->state = WINDOW_FREE;
	return rc;
}

int carveout_withdraw(struct carveout *carveout, struct carveout_window *window)
{
	int rc;

	window->state = WINDOW_GOING;
	rc = withdraw_once(carveout, window);
	if (rc)
		fail_with_window(carveout, window, rc, why_not_withdrawn(rc));
	else
		carveout_record(carveout);
	return rc;
}

void carveout_let_leave(struct carveout *carveout,
			struct carveout_window *window)
{
	const struct carveout_owner *owner = carveout->owner;

	window->state = WINDOW_LEAVING;
	window->deadline = owner->now(owner->context) + owner->grace;
}

static void revoke_window(struct carveout *carveout,
			  struct carveout_window *window, bool at_once)
{
	const struct carveout_owner *owner = carveout->owner;

	carveout->counters.windows_revoked++;
	if (at_once) {
		carveout_withdraw(carveout, window);
		return;
	}
	carveout_let_leave(carveout, window);
	owner->leaving(carveout, window->id, -ECANCELED, owner->context);
}

void carveout_revoke_windows(struct carveout *carveout, bool at_once)
{
	for (unsigned int i = 0; i < CARVEOUT_WINDOWS; i++) {
		struct carveout_window *window = &carveout->windows[i];

		if (window->state == WINDOW_OPEN ||
		    (window->state == WINDOW_LEAVING && at_once))
			revoke_window(carveout, window, at_once);
	}
}

void carveout_remind(struct carveout *carveout)
{
	const struct carveout_owner *owner = carveout->owner;

	for (unsigned int i = 0; i < CARVEOUT_WINDOWS; i++)
		if (carveout->windows[i].state == WINDOW_LEAVING)
			owner->leaving(carveout, carveout->windows[i].id,
				       -ECANCELED, owner->context);
}

/* ---- the clock ---- */

static bool has_deadline(const struct carveout_window *window)
{
	return window->state == WINDOW_LEAVING || window->state == WINDOW_GOING;
}

/* NULL: none is overdue. */
static struct carveout_window *most_overdue(struct carveout *carveout)
{
	uint64_t now = carveout->owner->now(carveout->owner->context);
	struct carveout_window *first = NULL;

	for (unsigned int i = 0; i < CARVEOUT_WINDOWS; i++) {
		struct carveout_window *window = &carveout->windows[i];

		if (has_deadline(window) && window->deadline <= now &&
		    (!first || window->deadline < first->deadline))
			first = window;
	}
	return first;
}

/* One at a time: each may cost thousands of hypercalls, where the guest puts
 * something into its frames. */
bool carveout_withdraw_overdue(struct carveout *carveout)
{
	struct carveout_window *window = most_overdue(carveout);

	if (!window)
		return false;
	if (window->state == WINDOW_LEAVING)
		carveout_withdraw(carveout, window);
	else if (withdraw_once(carveout, window) != -EIO)
		carveout_record(carveout);
	return true;
}

static int64_t sooner(int64_t wait, uint64_t deadline, uint64_t now)
{
	int64_t left = deadline > now ? (int64_t)(deadline - now) : 0;

	return wait < 0 || left < wait ? left : wait;
}

int64_t carveout_next_overdue(const struct carveout *carveout)
{
	uint64_t now = carveout->owner->now(carveout->owner->context);
	int64_t wait = -1;

	for (unsigned int i = 0; i < CARVEOUT_WINDOWS; i++) {
		const struct carveout_window *window = &carveout->windows[i];

		if (has_deadline(window))
			wait = sooner(wait, window->deadline, now);
	}
	return wait;
}
