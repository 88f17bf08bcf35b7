// SPDX-License-Identifier: GPL-2.0-only
/*
 * Windows for other drivers: what carveout.h says of them.
 */
#include <linux/err.h>
#include <linux/export.h>

#include "claim.h"
#include "internal.h"
#include "range.h"
#include "report.h"
#include "window_io.h"

static struct window *to_window(struct carveout_window *pub)
{
	return container_of(pub, struct window, pub);
}

struct carveout_window *carveout_open_window(struct carveout *c, u64 offset,
					     u32 length,
					     enum carveout_window_mode mode)
{
	struct window *w;
	u32 epoch = carveout_epoch(c);
	int err = carveout_reserve(c);

	if (err)
		return ERR_PTR(err);
	w = window_open(c, epoch, offset, length, mode);
	if (IS_ERR(w)) {
		carveout_unreserve(c);
		carveout_note_error(c, "open", PTR_ERR(w));
		return ERR_CAST(w);
	}
	w->api = true; /* owned: nobody else looks before it is disowned */
	return &w->pub;
}
EXPORT_SYMBOL_GPL(carveout_open_window);

int carveout_window_begin(struct carveout_window *window)
{
	return window_begin(to_window(window));
}
EXPORT_SYMBOL_GPL(carveout_window_begin);

void carveout_window_end(struct carveout_window *window)
{
	window_end(to_window(window));
}
EXPORT_SYMBOL_GPL(carveout_window_end);

/*
 * In a bracket of the caller's own `users` cannot fall to 0, and what is
 * mapped stays so.  Without any the mapping may be gone: that is refused, not
 * an oops.
 */
static bool may_access(struct window *w, u32 offset, size_t length)
{
	return READ_ONCE(w->users) && range_within(offset, length, w->length);
}

int carveout_window_write(struct carveout_window *window, u32 offset,
			  const void *from, size_t length)
{
	if (!may_access(to_window(window), offset, length))
		return -EINVAL;
	window_io_write(to_window(window), offset, from, length);
	return 0;
}
EXPORT_SYMBOL_GPL(carveout_window_write);

int carveout_window_read(struct carveout_window *window, u32 offset, void *to,
			 size_t length)
{
	if (!may_access(to_window(window), offset, length))
		return -EINVAL;
	window_io_read(to_window(window), offset, to, length);
	return 0;
}
EXPORT_SYMBOL_GPL(carveout_window_read);

int carveout_window_zero(struct carveout_window *window, u32 offset,
			 size_t length)
{
	if (!may_access(to_window(window), offset, length))
		return -EINVAL;
	window_io_zero(to_window(window), offset, length);
	return 0;
}
EXPORT_SYMBOL_GPL(carveout_window_zero);

int carveout_close_window(struct carveout_window *window, u32 used)
{
	struct window *w = to_window(window);
	bool fits = used <= w->length;
	int err;

	if (fits)
		window_commit(w, used);
	else
		window_discard(w);
	err = window_collect(w);
	return fits ? err : -EINVAL;
}
EXPORT_SYMBOL_GPL(carveout_close_window);

int carveout_discard_window(struct carveout_window *window)
{
	window_discard(to_window(window));
	return window_collect(to_window(window));
}
EXPORT_SYMBOL_GPL(carveout_discard_window);
