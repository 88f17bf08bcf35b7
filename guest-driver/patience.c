// SPDX-License-Identifier: GPL-2.0-only
#include <linux/minmax.h>
#include <linux/sched/signal.h>

#include "patience.h"

/* How long something is tried that is refused for now. */
#define XEN_CARVEOUT_PATIENCE_MS 30000

/*
 * Waits for what passes by itself: a host or an allowance short of memory, a
 * range that dom0 still scrubs.  Each time half as long as all before, at most
 * 640 ms; half a minute in all, as for an answer.  False: enough.
 */
bool xen_carveout_backoff(unsigned int *waited_ms)
{
	unsigned int delay = clamp(*waited_ms / 2, 10U, 640U);

	if (*waited_ms >= XEN_CARVEOUT_PATIENCE_MS ||
	    fatal_signal_pending(current))
		return false;
	set_current_state(TASK_KILLABLE | TASK_FREEZABLE_UNSAFE);
	schedule_timeout(msecs_to_jiffies(delay));
	*waited_ms += delay;
	return true;
}
