// SPDX-License-Identifier: GPL-2.0-only
/*
 * Windows for other drivers: what xen_carveout.h says of them.
 */
#include <linux/err.h>
#include <linux/export.h>

#include "claim.h"
#include "compat.h"
#include "internal.h"
#include "range.h"
#include "report.h"
#include "window_io.h"

static struct xen_carveout_win *to_window(struct xen_carveout_window *pub)
{
	return container_of(pub, struct xen_carveout_win, pub);
}

struct xen_carveout_window *
xen_carveout_open_window(struct xen_carveout *c, u64 offset, u32 length,
			 enum xen_carveout_window_mode mode)
{
	struct xen_carveout_win *w;
	u32 epoch = xen_carveout_epoch(c);
	int err = xen_carveout_reserve(c);

	if (err)
		return ERR_PTR(err);
	w = xen_carveout_win_open(c, epoch, offset, length, mode);
	if (IS_ERR(w)) {
		xen_carveout_unreserve(c);
		xen_carveout_note_error(c, "open", PTR_ERR(w));
		return ERR_CAST(w);
	}
	w->api = true; /* owned: nobody else looks before it is disowned */
	return &w->pub;
}
EXPORT_SYMBOL_NS_GPL(xen_carveout_open_window, XEN_CARVEOUT_NS);

int xen_carveout_window_begin(struct xen_carveout_window *window)
{
	return xen_carveout_win_begin(to_window(window));
}
EXPORT_SYMBOL_NS_GPL(xen_carveout_window_begin, XEN_CARVEOUT_NS);

void xen_carveout_window_end(struct xen_carveout_window *window)
{
	xen_carveout_win_end(to_window(window));
}
EXPORT_SYMBOL_NS_GPL(xen_carveout_window_end, XEN_CARVEOUT_NS);

/*
 * In a bracket of the caller's own `users` cannot fall to 0, and what is
 * mapped stays so.  Without any the mapping may be gone: that is refused, not
 * an oops.
 */
static bool may_access(struct xen_carveout_win *w, u32 offset, size_t length)
{
	return READ_ONCE(w->users) && range_within(offset, length, w->length);
}

int xen_carveout_window_write(struct xen_carveout_window *window, u32 offset,
			      const void *from, size_t length)
{
	if (!may_access(to_window(window), offset, length))
		return -EINVAL;
	xen_carveout_io_write(to_window(window), offset, from, length);
	return 0;
}
EXPORT_SYMBOL_NS_GPL(xen_carveout_window_write, XEN_CARVEOUT_NS);

int xen_carveout_window_read(struct xen_carveout_window *window, u32 offset,
			     void *to, size_t length)
{
	if (!may_access(to_window(window), offset, length))
		return -EINVAL;
	xen_carveout_io_read(to_window(window), offset, to, length);
	return 0;
}
EXPORT_SYMBOL_NS_GPL(xen_carveout_window_read, XEN_CARVEOUT_NS);

int xen_carveout_window_zero(struct xen_carveout_window *window, u32 offset,
			     size_t length)
{
	if (!may_access(to_window(window), offset, length))
		return -EINVAL;
	xen_carveout_io_zero(to_window(window), offset, length);
	return 0;
}
EXPORT_SYMBOL_NS_GPL(xen_carveout_window_zero, XEN_CARVEOUT_NS);

int xen_carveout_close_window(struct xen_carveout_window *window, u32 used)
{
	struct xen_carveout_win *w = to_window(window);
	bool fits = used <= w->length;
	int err;

	if (fits)
		xen_carveout_win_commit(w, used);
	else
		xen_carveout_win_discard(w);
	err = xen_carveout_win_collect(w);
	return fits ? err : -EINVAL;
}
EXPORT_SYMBOL_NS_GPL(xen_carveout_close_window, XEN_CARVEOUT_NS);

int xen_carveout_discard_window(struct xen_carveout_window *window)
{
	xen_carveout_win_discard(to_window(window));
	return xen_carveout_win_collect(to_window(window));
}
EXPORT_SYMBOL_NS_GPL(xen_carveout_discard_window, XEN_CARVEOUT_NS);
