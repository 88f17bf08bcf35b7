// SPDX-License-Identifier: GPL-2.0-only
/*
 * A write stream: bytes in order from offset 0, by way of buffers, then a seal.
 * Used by the character device and by the firmware loader.
 *
 * What is longer than one buffer goes by two: one is filled while dom0 takes the
 * other.
 */
#include <linux/ktime.h>
#include <linux/sched/signal.h>
#include <linux/uio.h>

#include "buffer.h"
#include "claim.h"
#include "control.h"
#include "internal.h"
#include "patience.h"
#include "report.h"
#include "stream.h"

/* Bytes copied before it is looked whether the writer was killed. */
#define STREAM_CHUNK (64 * 1024)

/*
 * A buffer's size at most, whatever a window's: dom0 hashes one of these while
 * it fetches the next, and two larger ones do not fit where it does that.
 */
#define STREAM_BUFFER_MAX (1024 * 1024)

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
	mutex_init(&s->lock);
	get_device(&c->dev);
	s->c = c;
	return 0;
}

static u64 stream_limit(struct xen_carveout_stream *s)
{
	u64 size = s->c->limits.size;

	return s->expected ? min(s->expected, size) : size;
}

static void stream_drop_buffers(struct xen_carveout_stream *s)
{
	unsigned int i;

	for (i = 0; i < STREAM_BUFFERS; i++)
		if (s->buffers[i])
			xen_carveout_buffer_drop(s->buffers[i]);
	memset(s->buffers, 0, sizeof(s->buffers));
	if (s->evidence)
		xen_carveout_buffer_drop(s->evidence);
	s->evidence = NULL;
}

/* As large as may be, and as this guest has memory for. */
static int stream_make_first(struct xen_carveout_stream *s)
{
	u32 most = min_t(u32, s->c->limits.window_max, STREAM_BUFFER_MAX);
	u32 size = round_up(min_t(u64, stream_limit(s), most),
			    CARVEOUTIF_PAGE_SIZE);
	struct xen_carveout_buffer *b;

	for (;;) {
		b = xen_carveout_buffer_make(s->c, size);
		if (b != ERR_PTR(-ENOMEM) || size == CARVEOUTIF_PAGE_SIZE)
			break;
		size = round_up(size / 2, CARVEOUTIF_PAGE_SIZE);
	}
	if (IS_ERR(b))
		return PTR_ERR(b);
	s->buffers[0] = b;
	return 0;
}

/* When the first is full.  Without it that one is waited for each time. */
static void stream_make_second(struct xen_carveout_stream *s)
{
	struct xen_carveout_buffer *b =
		xen_carveout_buffer_make(s->c, s->buffers[0]->size);

	s->buffers[1] = IS_ERR(b) ? NULL : b;
}

static struct xen_carveout_buffer *stream_filling(struct xen_carveout_stream *s)
{
	return s->buffers[s->filling];
}

static void stream_spend(struct xen_carveout_stream *s, u64 *on, u64 since)
{
	spin_lock(&s->c->lock);
	*on += ktime_get_ns() - since;
	spin_unlock(&s->c->lock);
}

/*
 * -ENOMEM and -EBUSY pass: a host short of memory, a carveout that dom0 still
 * works on.  The bytes are still here.
 */
static int stream_await(struct xen_carveout_stream *s,
			struct xen_carveout_buffer *b)
{
	unsigned int waited = 0;
	int err = xen_carveout_buffer_await(b);

	while ((err == -ENOMEM || err == -EBUSY) &&
	       xen_carveout_backoff(&waited)) {
		err = xen_carveout_buffer_put(b, s->epoch, b->offset,
					      b->putting);
		if (!err)
			err = xen_carveout_buffer_await(b);
	}
	return err;
}

/* Wait until dom0 has taken a buffer, if it was put. */
static int stream_collect(struct xen_carveout_stream *s,
			  struct xen_carveout_buffer *b)
{
	u64 begun = ktime_get_ns();
	int err = stream_await(s, b);

	stream_spend(s, &s->c->wait_ns, begun);
	return err;
}

/* No byte is put yet: dom0 sees that somebody loads. */
static int stream_announce(struct xen_carveout_stream *s)
{
	int err;

	s->epoch = xen_carveout_epoch(s->c);
	err = xen_carveout_buffer_put(s->buffers[0], s->epoch, 0, 0);
	return err ? err : stream_collect(s, s->buffers[0]);
}

/* A new writer starts from scrubbed EMPTY, if it has what it takes. */
static int stream_prepare(struct xen_carveout_stream *s)
{
	struct carveoutif_state state;
	int err = xen_carveout_query(s->c, &state);

	if (!err)
		err = stream_make_first(s);
	if (!err && state.state != CARVEOUT_EMPTY)
		err = xen_carveout_reset_claimed(s->c);
	return err ? err : stream_announce(s);
}

/* The first byte is there.  On failure nothing has begun: it may come again. */
static int stream_begin_load(struct xen_carveout_stream *s)
{
	struct xen_carveout *c = s->c;
	int err;

	spin_lock(&c->lock);
	s->expected = c->expected_size;
	spin_unlock(&c->lock);
	s->begun_at = ktime_get_ns();
	err = stream_prepare(s);
	if (err)
		stream_drop_buffers(s);
	s->begun = !err;
	return err;
}

/* The other one, if there are two: dom0 may have it. */
static int stream_collect_other(struct xen_carveout_stream *s)
{
	struct xen_carveout_buffer *b = s->buffers[s->filling ^ 1];

	return b ? stream_collect(s, b) : 0;
}

/* Put what is in the buffer that is being filled. */
static int stream_put(struct xen_carveout_stream *s)
{
	u32 bytes = s->fill;

	s->fill = 0;
	return xen_carveout_buffer_put(stream_filling(s), s->epoch,
				       s->pos - bytes, bytes);
}

/* Put the rest, and wait until dom0 has everything. */
static int stream_put_and_collect(struct xen_carveout_stream *s)
{
	int err = stream_collect_other(s);

	if (!err && s->fill)
		err = stream_put(s);
	return err ? err : stream_collect(s, stream_filling(s));
}

/*
 * The buffer is full: put it, and have an empty one.  That the other one has
 * come to dom0 before is known when this is sent: a load has no gap.
 */
static int stream_next(struct xen_carveout_stream *s)
{
	int err = stream_collect_other(s);

	if (!err)
		err = stream_put(s);
	if (err)
		return err;
	if (!s->buffers[1])
		stream_make_second(s);
	if (!s->buffers[1])
		return stream_collect(s, stream_filling(s));
	s->filling ^= 1;
	return 0;
}

/* dom0 has ended the load; it told us, or did as we asked something else. */
static bool stream_is_ended(struct xen_carveout_stream *s)
{
	struct xen_carveout *c = s->c;
	bool ended;

	spin_lock(&c->lock);
	ended = c->status.state.state == CARVEOUT_FAILED;
	spin_unlock(&c->lock);
	return ended;
}

/* 0: the buffer has room for a byte that the carveout has room for. */
static int stream_room(struct xen_carveout_stream *s)
{
	if (s->sealed)
		return -EPERM;
	if (s->error)
		return s->error;
	if (fatal_signal_pending(current))
		return -EINTR;
	if (stream_is_ended(s))
		return -ECANCELED;
	if (s->pos >= s->c->limits.size)
		return -ENOSPC;
	if (s->pos >= stream_limit(s))
		return -EFBIG;
	return s->fill < stream_filling(s)->size ? 0 : stream_next(s);
}

/*
 * Any failure sticks: a stream that missed a byte is never sealed.  What fails
 * before a load has begun may come again.
 */
static void stream_failed(struct xen_carveout_stream *s, int err)
{
	if (!s->begun || s->error || s->sealed)
		return;
	s->error = err;
	xen_carveout_note_error(s->c, "write", err);
}

static int stream_make_room(struct xen_carveout_stream *s)
{
	int err = s->begun ? 0 : stream_begin_load(s);

	return err ? err : stream_room(s);
}

/* A byte more, and the stream fails. */
bool xen_carveout_stream_is_full(struct xen_carveout_stream *s)
{
	return s->pos >= stream_limit(s);
}

/*
 * Where the next bytes belong, and for how many there is room, one at least;
 * xen_carveout_stream_took() says how many were laid there.  An error sticks.
 */
void *xen_carveout_stream_space(struct xen_carveout_stream *s, size_t *room)
{
	struct xen_carveout_buffer *b;
	int err;

	lockdep_assert_held(&s->lock);
	err = stream_make_room(s);
	if (err) {
		stream_failed(s, err);
		return ERR_PTR(err);
	}
	b = stream_filling(s);
	*room = min_t(u64, b->size - s->fill, stream_limit(s) - s->pos);
	return b->bytes + s->fill;
}

void xen_carveout_stream_took(struct xen_carveout_stream *s, size_t bytes)
{
	s->fill += bytes;
	s->pos += bytes;
	WRITE_ONCE(s->closed, false);
	spin_lock(&s->c->lock);
	s->c->bytes_written += bytes;
	spin_unlock(&s->c->lock);
}

/* Copy one chunk.  Bytes, or -EFAULT: there is none where the writer says. */
static ssize_t stream_copy(struct xen_carveout_stream *s, struct iov_iter *from)
{
	size_t room, copied;
	void *to = xen_carveout_stream_space(s, &room);

	if (IS_ERR(to))
		return PTR_ERR(to);
	copied = copy_from_iter(to, min_t(size_t, room, STREAM_CHUNK), from);
	if (!copied) {
		stream_failed(s, -EFAULT);
		return -EFAULT;
	}
	xen_carveout_stream_took(s, copied);
	return copied;
}

/* Write.  Returns the bytes taken, or an errno if there were none. */
ssize_t xen_carveout_stream_write(struct xen_carveout_stream *s,
				  struct iov_iter *from)
{
	ssize_t n = 0, done = 0;

	while (iov_iter_count(from)) {
		n = stream_copy(s, from);
		if (n < 0)
			break;
		done += n;
		cond_resched();
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

/*
 * When this returns 0 dom0 has the content of every buffer that was full.  Only
 * an image that is known to be whole is sealed, as many writers sync every so
 * often: what is in the other one stays there.  A failure sticks: what is not
 * known to be there is not sealed.
 */
int xen_carveout_stream_sync(struct xen_carveout_stream *s)
{
	lockdep_assert_held(&s->lock);
	if (s->expected && s->pos == s->expected)
		return xen_carveout_stream_seal(s);
	if (!s->error && s->begun)
		s->error = stream_collect_other(s);
	return s->error;
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
		s->error = stream_put_and_collect(s);
	if (!s->error)
		s->error = stream_check_epoch(s);
	if (s->error)
		return s->error;
	err = xen_carveout_seal_with(s->c, s->pos, s->evidence,
				     s->evidence_bytes);
	s->error = err;
	s->sealed = !err;
	return err;
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

	stream_drop_buffers(s);
	if (s->begun)
		stream_spend(s, &c->stream_ns, s->begun_at);
	if (s->begun && !s->sealed)
		xen_carveout_abort(c);
	xen_carveout_unclaim(c);
	mutex_destroy(&s->lock);
	put_device(&c->dev);
}
