// SPDX-License-Identifier: GPL-2.0-only
/* What failed last, for who administers the guest. */
#include "internal.h"
#include "report.h"

/* What /sys/class/xen_carveout/NAME/last_error shows; `step` is a literal. */
void xen_carveout_note_error(struct xen_carveout *c, const char *step,
			     int error)
{
	spin_lock(&c->lock);
	c->last_error = error;
	c->last_step = step;
	spin_unlock(&c->lock);
	dev_dbg(&c->dev, "%s: %d\n", step, error);
}
