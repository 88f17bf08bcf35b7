// SPDX-License-Identifier: GPL-2.0-only
/*
 * A write stream: bytes in order from offset 0, through windows, then a seal.
 * Used by the character device and by the firmware loader.
 *
 * Nothing is buffered but in the windows themselves (and a page, on the way to
 * Device memory).  There are two windows: the next is opened *before* the full
 * one is closed, so that the answer to OPEN does not queue behind the copying
 * that a CLOSE starts in dom0, and one is filled while dom0 copies the other.
 *
 * Copying never blocks inside an access bracket: user pages are faulted in
 * before it, and inside it page faults are off, so that a copy ends early
 * rather than wait for a disk or a userfaultfd while dom0 wants the window
 * back.
 */
#include <linux/pagemap.h>
#include <linux/sched/signal.h>
#include <linux/uaccess.h>

#include "claim.h"
#include "control.h"
#include "internal.h"
#include "patience.h"
#include "report.h"
#include "stream.h"
#include "window_io.h"

/*
 * Bytes copied inside one access bracket, in which this processor does nothing
 * else: Device memory is slow.
 */
#define STREAM_CHUNK (16 * 1024)

/* Times a page may vanish between being faulted in and being copied. */
#define STREAM_FAULT_RETRIES 16

/* A new writer starts from scrubbed EMPTY. */
static int stream_make_empty(struct xen_carveout *c)
{
	struct carveoutif_state state;
	int err = xen_carveout_query(c, &state);

	if (err || state.state == CARVEOUT_EMPTY)
		return err;
	return xen_carveout_reset_claimed(c);
}

/*
 * Start a stream.  On success the carveout is this stream's, with a reference,
 * until xen_carveout_stream_end().  What is in it stays until the first byte
 * comes: `touch`, `: >` and a backup program open what they do not write.
 */
int xen_carveout_stream_begin(struct xen_carveout_stream *s,
			      struct xen_carveout *c)
{
	int err = xen_carveout_claim(c);

	if (err)
		return err;
	memset(s, 0, sizeof(*s));
	err = xen_carveout_bounce_alloc(c, &s->bounce);
	if (err) {
		xen_carveout_unclaim(c);
		return err;
	}
	mutex_init(&s->lock);
	get_device(&c->dev);
	s->c = c;
	return 0;
}

/* The first byte is there.  On failure nothing has begun: it may come again. */
static int stream_begin_load(struct xen_carveout_stream *s)
{
	struct xen_carveout *c = s->c;
	int err = stream_make_empty(c);

	if (err)
		return err;
	spin_lock(&c->lock);
	s->expected = c->expected_size;
	spin_unlock(&c->lock);
	s->epoch = xen_carveout_epoch(c);
	s->begun = true;
	return 0;
}

static struct xen_carveout_win *stream_current(struct xen_carveout_stream *s)
{
	return s->windows[s->current_window];
}

/* Wait for a window that was committed or discarded, if there is one. */
static int stream_collect(struct xen_carveout_stream *s, unsigned int which)
{
	struct xen_carveout_win *w = s->windows[which];

	s->windows[which] = NULL;
	return w ? xen_carveout_win_collect(w) : 0;
}

/* Commit the current window, and wait until both are gone. */
static int stream_commit_and_collect(struct xen_carveout_stream *s)
{
	unsigned int other = s->current_window ^ 1;
	int err, err2;

	err = stream_collect(s, other);
	if (stream_current(s))
		xen_carveout_win_commit(stream_current(s), s->fill);
	err2 = stream_collect(s, s->current_window);
	return err ? err : err2;
}

static u64 stream_limit(struct xen_carveout_stream *s)
{
	u64 size = s->c->limits.size;

	return s->expected ? min(s->expected, size) : size;
}

static struct xen_carveout_win *stream_try_open(struct xen_carveout_stream *s)
{
	struct xen_carveout *c = s->c;
	u64 room = round_up(stream_limit(s) - s->pos, CARVEOUTIF_PAGE_SIZE);

	return xen_carveout_win_open(c, s->epoch, s->pos,
				     min_t(u64, room, c->limits.window_max),
				     XEN_CARVEOUT_WINDOW_WRITE);
}

/*
 * -ENOMEM and -EBUSY pass: a host or an allowance short of memory, a range that
 * dom0 still copies.  The stream's own full window may be what stands in the
 * way, so it is committed first.
 */
static struct xen_carveout_win *
stream_open_window(struct xen_carveout_stream *s)
{
	unsigned int waited = 0;
	struct xen_carveout_win *w;
	int err;

	for (;;) {
		w = stream_try_open(s);
		if (w != ERR_PTR(-ENOMEM) && w != ERR_PTR(-EBUSY))
			return w;
		err = stream_commit_and_collect(s);
		if (err)
			return ERR_PTR(err);
		if (!xen_carveout_backoff(&waited))
			return w;
	}
}

/* The current window is full, or there is none: have one with room. */
static int stream_next(struct xen_carveout_stream *s)
{
	unsigned int next = s->current_window ^ 1;
	struct xen_carveout_win *w;
	int err;

	if (s->c->limits.windows_max < STREAM_WINDOWS)
		err = stream_commit_and_collect(s);
	else
		err = stream_collect(s, next);
	if (err)
		return err;
	w = stream_open_window(s);
	if (IS_ERR(w))
		return PTR_ERR(w);
	if (stream_current(s))
		xen_carveout_win_commit(stream_current(s), s->fill);
	s->windows[next] = w;
	s->current_window = next;
	s->fill = 0;
	return 0;
}

/* 0: the current window has room for a byte that the carveout has room for. */
static int stream_room(struct xen_carveout_stream *s)
{
	if (s->sealed)
		return -EPERM;
	if (s->error)
		return s->error;
	if (fatal_signal_pending(current))
		return -EINTR;
	if (s->pos >= s->c->limits.size)
		return -ENOSPC;
	if (s->pos >= stream_limit(s))
		return -EFBIG;
	if (stream_current(s) && s->fill < stream_current(s)->length)
		return 0;
	return stream_next(s);
}

static size_t stream_chunk(struct xen_carveout_stream *s, struct iov_iter *from)
{
	u64 room = min_t(u64, stream_current(s)->length - s->fill,
			 stream_limit(s) - s->pos);

	room = min_t(u64, room, STREAM_CHUNK);
	return min_t(u64, room, iov_iter_count(from));
}

/* Copy at most `bytes`; page faults cut it short.  Bytes or a negated errno. */
static ssize_t stream_copy_atomic(struct xen_carveout_stream *s, size_t bytes,
				  struct iov_iter *from)
{
	struct xen_carveout_win *w = stream_current(s);
	size_t copied;
	int err = xen_carveout_win_begin(w);

	if (err)
		return err;
	pagefault_disable();
	copied = xen_carveout_io_write_iter(w, s->fill, bytes, from, s->bounce);
	pagefault_enable();
	xen_carveout_win_end(w);
	return copied;
}

/*
 * Copy one chunk.  What was faulted in may be gone again before it is copied
 * (reclaim, another thread's munmap()): try again, but not for ever, since
 * some faults never heal (memory tags).
 */
static ssize_t stream_copy(struct xen_carveout_stream *s, struct iov_iter *from)
{
	size_t bytes = stream_chunk(s, from);
	ssize_t copied;
	int tries;

	for (tries = 0; tries < STREAM_FAULT_RETRIES; tries++) {
		if (fault_in_iov_iter_readable(from, bytes) == bytes)
			return -EFAULT;
		copied = stream_copy_atomic(s, bytes, from);
		if (copied)
			return copied;
		if (fatal_signal_pending(current))
			return -EINTR;
		cond_resched();
	}
	return -EFAULT;
}

static void stream_count(struct xen_carveout_stream *s, size_t bytes)
{
	s->fill += bytes;
	s->pos += bytes;
	WRITE_ONCE(s->closed, false);
	spin_lock(&s->c->lock);
	s->c->bytes_written += bytes;
	spin_unlock(&s->c->lock);
}

/*
 * Write.  Returns the bytes taken, or an errno if there were
 * none.  Any failure, also one after some bytes were taken, sticks: a stream
 * that missed a byte is never sealed.
 */
ssize_t xen_carveout_stream_write(struct xen_carveout_stream *s,
				  struct iov_iter *from)
{
	ssize_t n = 0, done = 0;

	lockdep_assert_held(&s->lock);
	if (!s->begun && iov_iter_count(from)) {
		n = stream_begin_load(s);
		if (n)
			return n;
	}
	while (iov_iter_count(from)) {
		n = stream_room(s);
		if (!n)
			n = stream_copy(s, from);
		if (n < 0)
			break;
		stream_count(s, n);
		done += n;
		cond_resched();
	}
	if (n < 0 && !s->error && !s->sealed) {
		s->error = n;
		xen_carveout_note_error(s->c, "write", n);
	}
	return done ? done : n;
}

/* Is what was written since this stream began still there? */
static int stream_check_epoch(struct xen_carveout_stream *s)
{
	return s->epoch == xen_carveout_epoch(s->c) ? 0 : -ECANCELED;
}

static int stream_check_length(struct xen_carveout_stream *s)
{
	if (!s->expected || s->pos == s->expected)
		return 0;
	dev_warn(
		&s->c->dev,
		"%llu bytes were written where %llu were expected: not sealed\n",
		s->pos, s->expected);
	return -ENODATA;
}

/* A failure sticks: what is not known to be there is not sealed. */
static int stream_collect_other(struct xen_carveout_stream *s)
{
	if (!s->error)
		s->error = stream_collect(s, s->current_window ^ 1);
	return s->error;
}

/*
 * When this returns 0 dom0 has the content of every window that was full.  Only
 * an image that is known to be whole is sealed, as many writers sync every so
 * often: the window that is being filled stays open, and its bytes in it.
 */
int xen_carveout_stream_sync(struct xen_carveout_stream *s)
{
	lockdep_assert_held(&s->lock);
	if (s->expected && s->pos == s->expected)
		return xen_carveout_stream_seal(s);
	return stream_collect_other(s);
}

/*
 * Seal what was written.  Nothing written, or sealed already: 0
 * and no effect.  A failure sticks.
 */
int xen_carveout_stream_seal(struct xen_carveout_stream *s)
{
	int err;

	lockdep_assert_held(&s->lock);
	if (s->sealed || (!s->pos && !s->error))
		return 0;
	if (!s->error)
		s->error = stream_check_length(s);
	if (!s->error)
		s->error = stream_commit_and_collect(s);
	if (!s->error)
		s->error = stream_check_epoch(s);
	if (s->error)
		return s->error;
	err = xen_carveout_seal(s->c, s->pos, NULL, NULL);
	s->error = err;
	s->sealed = !err;
	return err;
}

static void stream_discard_windows(struct xen_carveout_stream *s)
{
	unsigned int i;

	for (i = 0; i < STREAM_WINDOWS; i++)
		if (s->windows[i])
			xen_carveout_win_discard(s->windows[i]);
	for (i = 0; i < STREAM_WINDOWS; i++)
		stream_collect(s, i);
}

/*
 * No more will come: seal, unless something failed or the load was abandoned.
 * Returns the outcome, for the last close() to return.
 */
int xen_carveout_stream_last(struct xen_carveout_stream *s)
{
	const char *why = READ_ONCE(s->abandoned);

	lockdep_assert_held(&s->lock);
	if (why && !s->error && !s->sealed && s->pos) {
		s->error = -ECANCELED;
		dev_warn(&s->c->dev, "not sealed: %s\n", why);
		xen_carveout_note_error(s->c, "write", s->error);
	}
	return xen_carveout_stream_seal(s);
}

/*
 * End the stream: what was begun and not sealed is aborted, so that the manager
 * scrubs it now.  The carveout is free for the next writer.
 */
void xen_carveout_stream_end(struct xen_carveout_stream *s)
{
	struct xen_carveout *c = s->c;

	stream_discard_windows(s);
	if (s->begun && !s->sealed)
		xen_carveout_abort(c);
	xen_carveout_unclaim(c);
	xen_carveout_bounce_free(s->bounce);
	mutex_destroy(&s->lock);
	put_device(&c->dev);
}
