// SPDX-License-Identifier: GPL-2.0-only
/*
 * Windows: open, map, use, unmap, close.
 *
 * The invariant: the window is mapped from an OPEN answer that was checked
 * until the last access bracket has ended, and a CLOSE is sent only after
 * xen_carveout_io_unmap().  Whoever moves a window from OPEN to STOPPING
 * (window_stop()) sends its CLOSE: the owner to commit or discard, or the
 * withdraw work.  There is exactly one such move a window.
 *
 * A window can lose its owner (killed, timeout) but not its slot: the answer,
 * or the end of the connection, frees it.
 *
 * Is it gone?  `revoked` says that somebody takes it away, and why, from the
 * moment that this is decided; `state` how far that is; `error` is what its
 * owner hears at the end, and is `revoked` where that is set.
 */
#include <linux/sched/signal.h>

#include "claim.h"
#include "internal.h"
#include "patience.h"
#include "queue.h"
#include "range.h"
#include "report.h"
#include "window_io.h"

static void window_set(struct xen_carveout_win *w, enum window_state state)
{
	lockdep_assert_held(&w->lock);
	WRITE_ONCE(w->state, state);
	wake_up_all(&w->wait);
}

/* The window is gone: its owner collects it, if it has one. */
static void window_finish(struct xen_carveout_win *w)
{
	window_set(w, w->owned ? WINDOW_CLOSED : WINDOW_FREE);
}

/* Longer than any grace: who is still inside by then has died there. */
#define BRACKET_PATIENCE (10 * HZ)

/* For all of a carveout's windows together. */
#define WINDOWS_PATIENCE (5 * HZ)

static bool window_mapped(struct xen_carveout_win *w)
{
	enum window_state state = READ_ONCE(w->state);

	return state == WINDOW_MAPPING || state == WINDOW_OPEN ||
	       state == WINDOW_STOPPING;
}

/* Access brackets ------------------------------------------------------- */

static int window_enter(struct xen_carveout_win *w)
{
	int err = 0;

	spin_lock(&w->lock);
	if (w->revoked)
		err = w->revoked;
	else if (w->state != WINDOW_OPEN)
		err = -ECANCELED;
	else
		w->users++;
	spin_unlock(&w->lock);
	return err;
}

static void window_leave(struct xen_carveout_win *w)
{
	spin_lock(&w->lock);
	if (!--w->users)
		wake_up_all(&w->wait);
	spin_unlock(&w->lock);
}

/*
 * Inside, the task stays on its processor: one that is put aside there (by a
 * cgroup's quota, by a real-time task) would come back when the manager's grace
 * is over, and touch what is no more.  It may be put aside before that, hence
 * the second look; the lock cannot be held meanwhile, as it sleeps on
 * PREEMPT_RT.
 */
int xen_carveout_win_begin(struct xen_carveout_win *w)
{
	int err = window_enter(w);

	if (err)
		return err;
	preempt_disable();
	err = READ_ONCE(w->revoked);
	if (err) {
		preempt_enable();
		window_leave(w);
	}
	return err;
}

void xen_carveout_win_end(struct xen_carveout_win *w)
{
	xen_carveout_io_complete(w);
	preempt_enable();
	window_leave(w);
}

/* Closing --------------------------------------------------------------- */

/* The answer to CLOSE, or that none will come. */
static void window_closed(void *arg, int status,
			  const struct carveoutif_response *rsp)
{
	struct xen_carveout_win *w = arg;
	struct xen_carveout *c = w->c;

	bool released;

	spin_lock(&w->lock);
	released = xen_carveout_slot_release(&c->slots[w->slot]);
	if (!status && rsp && rsp->u.close.committed != w->committing)
		status = -EPROTO;
	if (w->revoked)
		w->error = w->revoked;
	else if (!w->error)
		w->error = status;
	window_finish(w);
	spin_unlock(&w->lock);
	/* It may not copy any more; if it does, the slot waits. */
	if (!released)
		dev_warn_ratelimited(
			&c->dev,
			"the manager still uses a closed window's pages\n");
}

/* The window is STOPPING and not mapped. */
static void window_send_close(struct xen_carveout_win *w,
			      enum carveoutif_how how, u32 used)
{
	struct carveoutif_request req = { .op = CARVEOUTIF_OP_CLOSE };
	int err;

	spin_lock(&w->lock);
	req.u.close.window = w->id;
	req.u.close.how = how;
	req.u.close.used = used;
	w->committing = used;
	window_set(w, WINDOW_CLOSING);
	spin_unlock(&w->lock);
	err = xen_carveout_ring_send(&w->c->ring, w->connection, &req,
				     window_closed, w, 0);
	if (err)
		window_closed(w, err, NULL);
}

/*
 * A task does not leave its access bracket: it died there, or breaks the rule in
 * xen_carveout.h.  To unmap the window under it would be an oops, so the mapping
 * is leaked, and no CLOSE is sent; the slot is used no more.
 */
static void window_leak(struct xen_carveout_win *w)
{
	dev_err(&w->c->dev,
		"a task has not left a window that must go for %u s: slot %u is lost until the module is loaded again\n",
		BRACKET_PATIENCE / HZ, w->slot);
	spin_lock(&w->lock);
	w->dead = true;
	w->error = w->revoked ? w->revoked : -EIO;
	window_finish(w);
	spin_unlock(&w->lock);
}

/*
 * Take the window out of use.  True for the one caller who must now send the
 * CLOSE.  Waits for access brackets: a few microseconds of copying.
 */
static bool window_stop(struct xen_carveout_win *w)
{
	bool won;

	spin_lock(&w->lock);
	won = w->state == WINDOW_OPEN;
	if (won)
		window_set(w, WINDOW_STOPPING);
	spin_unlock(&w->lock);
	if (!won)
		return false;
	if (!wait_event_timeout(w->wait, !READ_ONCE(w->users),
				BRACKET_PATIENCE)) {
		window_leak(w);
		return false;
	}
	xen_carveout_io_unmap(w);
	return true;
}

/*
 * Send the owner's CLOSE (commit); xen_carveout_win_collect() tells what came
 * of it.
 */
void xen_carveout_win_commit(struct xen_carveout_win *w, u32 used)
{
	struct xen_carveout *c = w->c;

	if (!window_stop(w))
		return; /* withdrawn */
	if (READ_ONCE(w->revoked)) {
		window_send_close(w, CARVEOUTIF_HOW_DISCARD, 0);
		return;
	}
	spin_lock(&w->lock);
	xen_carveout_slot_grant(&c->slots[w->slot], c->otherend,
				c->limits.base + w->offset);
	spin_unlock(&w->lock);
	window_send_close(w, CARVEOUTIF_HOW_COMMIT, used);
}

void xen_carveout_win_discard(struct xen_carveout_win *w)
{
	if (window_stop(w))
		window_send_close(w, CARVEOUTIF_HOW_DISCARD, 0);
}

/*
 * The owner leaves; the pointer is no longer its own.  Returns the window's
 * end, or `otherwise` when that is still to come: the answer frees it then.
 */
static int window_disown(struct xen_carveout_win *w, int otherwise)
{
	bool api;
	int err = otherwise;

	spin_lock(&w->lock);
	api = w->api;
	w->api = false;
	w->owned = false;
	if (w->state == WINDOW_CLOSED) {
		err = w->error;
		window_set(w, WINDOW_FREE);
	}
	spin_unlock(&w->lock);
	if (api)
		xen_carveout_unreserve(w->c);
	return err;
}

/*
 * Wait until the window, which was committed, discarded or withdrawn, is
 * gone; the pointer is no longer the caller's.  Returns what became of it.
 */
int xen_carveout_win_collect(struct xen_carveout_win *w)
{
	struct xen_carveout *c = w->c;
	long left;
	int err;

	left = xen_carveout_wait(w->wait, READ_ONCE(w->state) == WINDOW_CLOSED,
				 XEN_CARVEOUT_ANSWER_TIMEOUT);
	err = window_disown(w, left ? -EINTR : -ETIMEDOUT);
	if (err)
		xen_carveout_note_error(c, "close", err);
	return err;
}

/* Withdrawing ------------------------------------------------------------ */

/*
 * The slot may have another window by now, which nobody has revoked: the window
 * for which this work was queued was closed by its owner before it ran.
 */
static void window_withdraw_work(struct work_struct *work)
{
	struct xen_carveout_win *w =
		container_of(work, struct xen_carveout_win, withdraw);

	if (READ_ONCE(w->revoked))
		xen_carveout_win_discard(w);
}

/*
 * No new access to the window from here on; a work item unmaps it and sends the
 * CLOSE.  A window that is not OPEN yet is left to whoever makes it so.
 */
static void window_revoke(struct xen_carveout_win *w, int reason)
{
	lockdep_assert_held(&w->lock);
	if (w->state != WINDOW_OPENING && w->state != WINDOW_MAPPING &&
	    w->state != WINDOW_OPEN)
		return;
	if (!w->revoked)
		w->revoked = reason;
	if (w->state == WINDOW_OPEN)
		queue_work(xen_carveout_wq, &w->withdraw);
}

/*
 * WITHDRAW names a window by the back end's id: an id of no open window is that
 * of one which was just closed, or nonsense.  The window's user hears -ECANCELED
 * whatever dom0's reason, which last_error keeps.
 */
void xen_carveout_window_event(struct xen_carveout *c, u32 id, int reason)
{
	unsigned int i;

	for (i = 0; i < c->limits.windows_max; i++) {
		struct xen_carveout_win *w = &c->windows[i];
		bool ours;

		spin_lock(&w->lock);
		ours = w->id == id && window_mapped(w);
		if (ours)
			window_revoke(w, -ECANCELED);
		spin_unlock(&w->lock);
		if (ours)
			xen_carveout_note_error(c, "withdrawn by dom0", reason);
	}
}

void xen_carveout_windows_revoke(struct xen_carveout *c, int reason)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(c->windows); i++) {
		struct xen_carveout_win *w = &c->windows[i];

		spin_lock(&w->lock);
		window_revoke(w, reason);
		spin_unlock(&w->lock);
	}
}

static bool window_not_mapped(struct xen_carveout_win *w)
{
	return !window_mapped(w);
}

static bool window_is_gone(struct xen_carveout_win *w)
{
	enum window_state state = READ_ONCE(w->state);

	return state == WINDOW_FREE || state == WINDOW_CLOSED;
}

/* One deadline for all: this may hold up the xenwatch thread. */
static bool await_windows(struct xen_carveout *c,
			  bool (*done)(struct xen_carveout_win *w))
{
	long left = WINDOWS_PATIENCE;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(c->windows) && left; i++)
		left = wait_event_timeout(c->windows[i].wait,
					  done(&c->windows[i]), left);
	return left;
}

/*
 * Wait until nothing is mapped.  False: it is still; somebody stays in an
 * access bracket (window_leak()) or its owner has not come to map it.
 */
bool xen_carveout_windows_await_unmapped(struct xen_carveout *c)
{
	return await_windows(c, window_not_mapped);
}

/* Wait until the back end has taken every window away, too. */
bool xen_carveout_windows_await_closed(struct xen_carveout *c)
{
	return await_windows(c, window_is_gone);
}

unsigned int xen_carveout_windows_open(struct xen_carveout *c)
{
	unsigned int i, open = 0;

	for (i = 0; i < ARRAY_SIZE(c->windows); i++)
		open += READ_ONCE(c->windows[i].state) == WINDOW_OPEN;
	return open;
}

/* Opening ---------------------------------------------------------------- */

/* Is the slot free?  Then it is the caller's. */
static bool window_try_slot(struct xen_carveout_win *w)
{
	bool free;

	lockdep_assert_held(&w->c->lock);
	spin_lock(&w->lock);
	free = w->state == WINDOW_FREE && !w->dead &&
	       xen_carveout_slot_release(&w->c->slots[w->slot]);
	if (free) {
		w->owned = true;
		w->revoked = 0;
		w->error = 0;
		w->id = 0;
		window_set(w, WINDOW_OPENING);
	}
	spin_unlock(&w->lock);
	return free;
}

/*
 * A slot for a window, owned by the caller.  Whoever takes all windows away puts
 * up a bar under the same lock, and then revokes: so a new window is either
 * refused here or revoked there.
 */
static struct xen_carveout_win *window_take_slot(struct xen_carveout *c,
						 u32 epoch)
{
	struct xen_carveout_win *w = NULL;
	unsigned int i;
	int err;

	spin_lock(&c->lock);
	err = xen_carveout_barred(c);
	if (!err && epoch != c->epoch)
		err = -ECANCELED;
	for (i = 0; i < c->limits.windows_max && !err && !w; i++)
		if (window_try_slot(&c->windows[i]))
			w = &c->windows[i];
	spin_unlock(&c->lock);
	if (err)
		return ERR_PTR(err);
	return w ? w : ERR_PTR(-EBUSY);
}

/* The window is OPENING: have grants for its pages, or give the slot back. */
static int window_claim_grants(struct xen_carveout_win *w)
{
	const struct xen_carveout_limits *l = &w->c->limits;
	u32 pages = w->length / CARVEOUTIF_PAGE_SIZE;
	int err;

	spin_lock(&w->lock);
	err = xen_carveout_slot_claim(&w->c->slots[w->slot],
				      l->device_memory ? 0 : pages);
	if (err) {
		w->owned = false;
		window_finish(w);
	}
	spin_unlock(&w->lock);
	return err;
}

/* The back end's word is checked: only what we asked for gets mapped. */
static int window_check_answer(struct xen_carveout_win *w,
			       const struct carveoutif_opened *opened)
{
	if (opened->gpa != w->c->limits.base + w->offset)
		return -EPROTO;
	return 0;
}

/*
 * The answer to OPEN.  A window that nobody wants (any more), or that is not
 * where it was asked for, is closed unmapped; any other is mapped by its owner,
 * so that the ring's work never waits for memory.
 */
static void window_opened(void *arg, int status,
			  const struct carveoutif_response *rsp)
{
	struct xen_carveout_win *w = arg;
	bool unwanted = false;

	spin_lock(&w->lock);
	if (status || !rsp) {
		w->error = status ? status : -EPIPE;
		xen_carveout_slot_release(
			&w->c->slots[w->slot]); /* no grants */
		window_finish(w);
	} else {
		w->id = rsp->u.open.window;
		w->error = window_check_answer(w, &rsp->u.open);
		unwanted = w->error || w->revoked || !w->owned;
		window_set(w, unwanted ? WINDOW_STOPPING : WINDOW_MAPPING);
	}
	spin_unlock(&w->lock);
	if (unwanted)
		window_send_close(w, CARVEOUTIF_HOW_DISCARD, 0);
}

/*
 * The window is MAPPING.  A withdrawal that came before is not followed by a
 * mapping, which who withdraws may not wait for
 * (xen_carveout_windows_await_unmapped()); one may also come meanwhile.
 */
static int window_map(struct xen_carveout_win *w)
{
	int err = READ_ONCE(w->revoked);

	if (!err)
		err = xen_carveout_io_map(w);
	spin_lock(&w->lock);
	if (err)
		w->error = err;
	window_set(w, err ? WINDOW_STOPPING : WINDOW_OPEN);
	if (!err && w->revoked)
		queue_work(xen_carveout_wq, &w->withdraw);
	spin_unlock(&w->lock);
	if (!err)
		return 0;
	window_send_close(w, CARVEOUTIF_HOW_DISCARD, 0);
	return xen_carveout_win_collect(w);
}

static bool window_answered(struct xen_carveout_win *w)
{
	enum window_state state = READ_ONCE(w->state);

	return state == WINDOW_MAPPING || state == WINDOW_CLOSED;
}

/* Wait for the answer; 0: the window is MAPPING, else it is given up. */
static int window_await(struct xen_carveout_win *w)
{
	long left;
	int err;

	left = xen_carveout_wait(w->wait, window_answered(w),
				 XEN_CARVEOUT_ANSWER_TIMEOUT);
	spin_lock(&w->lock);
	if (w->state == WINDOW_MAPPING)
		err = 0;
	else if (w->state == WINDOW_CLOSED)
		err = w->error;
	else
		err = left ? -EINTR : -ETIMEDOUT;
	if (err) /* the answer that is still to come closes the window */
		w->owned = false;
	if (err && w->state == WINDOW_CLOSED)
		window_set(w, WINDOW_FREE);
	spin_unlock(&w->lock);
	return err;
}

static int window_request(struct xen_carveout_win *w,
			  enum xen_carveout_window_mode mode)
{
	struct carveoutif_request req = { .op = CARVEOUTIF_OP_OPEN };
	int err;

	w->connection = xen_carveout_ring_connection(&w->c->ring);
	req.u.open.offset = w->offset;
	req.u.open.length = w->length;
	req.u.open.mode = mode;
	req.u.open.slot = w->slot;
	err = xen_carveout_ring_send(&w->c->ring, w->connection, &req,
				     window_opened, w, 0);
	if (err)
		window_opened(w, err, NULL);
	err = window_await(w);
	return err ? err : window_map(w);
}

static int window_check_request(struct xen_carveout *c, u64 offset, u32 length,
				enum xen_carveout_window_mode mode)
{
	if (mode != XEN_CARVEOUT_WINDOW_WRITE &&
	    mode != XEN_CARVEOUT_WINDOW_READ_WRITE)
		return -EINVAL;
	if (!length || length > c->limits.window_max ||
	    !range_page_aligned(offset) || !range_page_aligned(length))
		return -EINVAL;
	return range_within(offset, length, c->limits.size) ? 0 : -ENOSPC;
}

/*
 * As xen_carveout_open_window(), without looking at who writes; -ECANCELED also
 * where the epoch is no longer the caller's.
 */
struct xen_carveout_win *
xen_carveout_win_open(struct xen_carveout *c, u32 epoch, u64 offset, u32 length,
		      enum xen_carveout_window_mode mode)
{
	struct xen_carveout_win *w;
	int err = window_check_request(c, offset, length, mode);

	if (err)
		return ERR_PTR(err);
	w = window_take_slot(c, epoch);
	if (IS_ERR(w))
		return w;
	w->offset = offset;
	w->length = length;
	w->pub.offset = offset;
	w->pub.length = length;
	err = window_claim_grants(w);
	if (!err)
		err = window_request(w, mode);
	if (err)
		return ERR_PTR(err);
	spin_lock(&c->lock);
	c->windows_opened++;
	spin_unlock(&c->lock);
	return w;
}

void xen_carveout_windows_init(struct xen_carveout *c)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(c->windows); i++) {
		struct xen_carveout_win *w = &c->windows[i];

		w->c = c;
		w->slot = i;
		spin_lock_init(&w->lock);
		init_waitqueue_head(&w->wait);
		INIT_WORK(&w->withdraw, window_withdraw_work);
	}
}
