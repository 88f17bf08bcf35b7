// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who has the carveout, and what keeps windows from being opened.
 *
 * A writer (a stream, or a reset) excludes every other and drivers' windows.
 * A bar keeps new windows away, whoever wants them: it is put up before the
 * open windows are revoked, so that no window is opened while somebody waits for
 * those to go.
 *
 * The epoch counts what makes the carveout EMPTY beneath its writer: resets and
 * new connections (carveoutif.h 3.).  A writer that went on in another epoch
 * would seal zeros in place of what it wrote before.
 */
#include <linux/export.h>

#include "claim.h"
#include "compat.h"
#include "internal.h"

/* 0: windows may be opened. */
int xen_carveout_barred(const struct xen_carveout *c)
{
	lockdep_assert_held(&c->lock);
	if (c->bars & XEN_CARVEOUT_BAR_GONE)
		return -ENODEV;
	if (c->bars & XEN_CARVEOUT_BAR_SHUTDOWN)
		return -ESHUTDOWN;
	if (c->bars & XEN_CARVEOUT_BAR_SUSPEND)
		return -EPIPE;
	return c->bars & XEN_CARVEOUT_BAR_RESET ? -EBUSY : 0;
}

void xen_carveout_bar(struct xen_carveout *c, enum xen_carveout_bar bar)
{
	spin_lock(&c->lock);
	c->bars |= bar;
	spin_unlock(&c->lock);
}

void xen_carveout_unbar(struct xen_carveout *c, enum xen_carveout_bar bar)
{
	spin_lock(&c->lock);
	c->bars &= ~bar;
	spin_unlock(&c->lock);
}

u32 xen_carveout_epoch(struct xen_carveout *c)
{
	return READ_ONCE(c->epoch);
}

void xen_carveout_begin_epoch(struct xen_carveout *c)
{
	spin_lock(&c->lock);
	c->epoch++;
	spin_unlock(&c->lock);
}

static int claim(struct xen_carveout *c, bool beside_drivers)
{
	int err;

	spin_lock(&c->lock);
	err = xen_carveout_barred(c);
	if (!err && c->writer)
		err = -EBUSY;
	if (!err && !beside_drivers && (c->api_users || c->allocated))
		err = -EBUSY;
	if (!err)
		c->writer = true;
	spin_unlock(&c->lock);
	return err;
}

/* One writer at a time, and none while other drivers use the carveout. */
int xen_carveout_claim(struct xen_carveout *c)
{
	return claim(c, false);
}

/* For a driver's reset: it withdraws other drivers' windows, and no stream's. */
int xen_carveout_claim_reset(struct xen_carveout *c)
{
	return claim(c, true);
}

void xen_carveout_unclaim(struct xen_carveout *c)
{
	spin_lock(&c->lock);
	c->writer = false;
	spin_unlock(&c->lock);
}

/* Drivers' use and a writer exclude each other. */
int xen_carveout_reserve(struct xen_carveout *c)
{
	int err;

	spin_lock(&c->lock);
	err = xen_carveout_barred(c);
	if (!err && c->writer)
		err = -EBUSY;
	if (!err)
		c->api_users++;
	spin_unlock(&c->lock);
	return err;
}
EXPORT_SYMBOL_NS_GPL(xen_carveout_reserve, XEN_CARVEOUT_NS);

void xen_carveout_unreserve(struct xen_carveout *c)
{
	spin_lock(&c->lock);
	c->api_users--;
	spin_unlock(&c->lock);
}
EXPORT_SYMBOL_NS_GPL(xen_carveout_unreserve, XEN_CARVEOUT_NS);
