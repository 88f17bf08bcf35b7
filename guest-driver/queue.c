// SPDX-License-Identifier: GPL-2.0-only
/* The queue of this driver's own. */
#include <linux/err.h>

#include "queue.h"

struct workqueue_struct *xen_carveout_wq;

/* With a rescuer: a withdrawal has a second, also while memory is short. */
int xen_carveout_queue_init(void)
{
	xen_carveout_wq = alloc_workqueue(
		"xen-carveout", WQ_UNBOUND | WQ_HIGHPRI | WQ_MEM_RECLAIM, 0);
	return xen_carveout_wq ? 0 : -ENOMEM;
}

void xen_carveout_queue_exit(void)
{
	destroy_workqueue(xen_carveout_wq);
}
