// SPDX-License-Identifier: GPL-2.0-only
#include "driver_users.h"

#include "internal.h"

#include "control.h"
#include "stream.h"

#include "driver_manager.h"
#include "driver_play.h"
#include "driver_script.h"
#include "fuzz.h"

static struct xen_carveout_window *held[CARVEOUTIF_SLOTS];    /* ours */
static struct xen_carveout_window *bracket[CARVEOUTIF_SLOTS]; /* we are inside */
static unsigned int held_since[CARVEOUTIF_SLOTS]; /* takings, at its opening */
static struct xen_carveout_stream stream;
static bool streaming;

void open_window(void)
{
	u8 mode = next8();
	u64 offset = (u64)next8() * PAGE_SIZE + (mode >> 7);
	u32 length = next8() * (u32)PAGE_SIZE + (mode >> 6 & 1);
	struct xen_carveout_window *w;
	unsigned int since = play.takings, i = 0;

	if (!play.found)
		return;
	w = xen_carveout_open_window(play.c, offset, length,
				     (enum xen_carveout_window_mode)(mode & 3));
	if (IS_ERR(w))
		return;
	while (held[i])
		i++;
	require(i < CARVEOUTIF_SLOTS && w->length == length);
	held[i] = w;
	held_since[i] = since;
}

static void leave(unsigned int i)
{
	if (bracket[i])
		xen_carveout_window_end(bracket[i]);
	bracket[i] = NULL;
}

/* Beside an honest manager, who commits is told what became of it: it is there,
 * unless somebody scrubbed it since, or somebody has taken the window. */
static void commit_held(struct xen_carveout_window *w, u32 used,
			unsigned int since)
{
	u64 offset = w->offset;
	int err = xen_carveout_close_window(w, used);

	if (!play.honest || since != play.takings)
		return;
	require(err != -ECANCELED);
	require(err || manager_wrote(offset, used));
}

static void close_held(unsigned int i, bool commit, u32 used)
{
	struct xen_carveout_window *w = held[i];

	if (!w)
		return;
	leave(i); /* who closes has left */
	held[i] = NULL;
	if (commit)
		commit_held(w, used % (w->length + 1), held_since[i]);
	else
		xen_carveout_discard_window(w);
}

void close_window(void)
{
	u8 how = next8();

	close_held(how % CARVEOUTIF_SLOTS, how & 0x80, next32());
}

void enter(void)
{
	unsigned int i = next8() % CARVEOUTIF_SLOTS;

	if (held[i] && !bracket[i] && !xen_carveout_window_begin(held[i]))
		bracket[i] = held[i];
}

/* In a bracket every byte of the window is there, whatever goes on. */
void touch(void)
{
	struct xen_carveout_window *w = bracket[next8() % CARVEOUTIF_SLOTS];
	u32 offset = next32(), octet;

	if (!w)
		return;
	offset %= w->length - sizeof(octet) + 1;
	require(!xen_carveout_window_write(w, offset, &offset, sizeof(offset)));
	require(!xen_carveout_window_read(w, offset, &octet, sizeof(octet)));
	require(octet == offset);
	require(!xen_carveout_window_zero(w, w->length - 1, 1));
}

void leave_all(void)
{
	for (unsigned int i = 0; i < CARVEOUTIF_SLOTS; i++)
		leave(i);
}

void leave_one(void)
{
	leave(next8() % CARVEOUTIF_SLOTS);
}

void control(void)
{
	struct carveoutif_state state;
	u8 digest[XEN_CARVEOUT_DIGEST_SIZE] = { 0 };
	u8 what = next8();

	if (!play.found)
		return;
	switch (what % 8) {
	case 0:
	case 4:
		xen_carveout_query(play.c, &state);
		break;
	case 1:
	case 5:
		xen_carveout_seal(play.c, next32(), what & 0x80 ? digest : NULL,
				  digest);
		break;
	case 2:
		play.takings++;
		xen_carveout_reset_idle(play.c);
		break;
	case 6:
		play.takings++;
		xen_carveout_reset(play.c);
		break;
	default:
		if (!play.honest) /* else it is for a stream's end alone */
			xen_carveout_abort(play.c);
	}
}

/* A stream: others may act while it waits, but not as this very writer. */

void stream_begins(void)
{
	if (!play.found || streaming ||
	    xen_carveout_stream_begin(&stream, play.c))
		return;
	streaming = true;
	kernel_stream_at = 0;
}

/* No bytes: an fsync, which seals what is known to be whole. */
void stream_writes(void)
{
	struct iov_iter from = { next8() * (size_t)1024 };
	unsigned long slept = kernel_slept;
	int failed_before = stream.error;
	ssize_t done;

	if (!streaming || stream.lock.held)
		return;
	mutex_lock(&stream.lock);
	if (from.count)
		done = xen_carveout_stream_write(&stream, &from);
	else
		done = xen_carveout_stream_sync(&stream);
	/* A host that is short of memory gets as long as an answer; then no
	 * more. */
	if (done == -ENOMEM && play.honest && !play.faulted && !failed_before)
		require(kernel_slept - slept >= 30000);
	if (stream.sealed)
		require(stream.expected && stream.pos == stream.expected);
	if (stream.sealed && play.honest)
		require(manager_sealed_whole());
	mutex_unlock(&stream.lock);
}

void stream_ends(void)
{
	if (!streaming || stream.lock.held)
		return;
	mutex_lock(&stream.lock);
	xen_carveout_stream_last(&stream);
	if (stream.sealed && play.honest)
		require(manager_sealed_whole());
	mutex_unlock(&stream.lock);
	streaming = false;
	xen_carveout_stream_end(&stream);
}

void users_begin(void)
{
	streaming = false;
}

void users_end(void)
{
	for (unsigned int i = 0; i < CARVEOUTIF_SLOTS; i++)
		close_held(i, false, 0);
	stream_ends();
}
