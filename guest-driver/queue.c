// SPDX-License-Identifier: GPL-2.0-only
/* The queue of this driver's own. */
#include <linux/err.h>

#include "queue.h"

struct workqueue_struct *carveout_wq;

/* With a rescuer: a withdrawal has a second, also while memory is short. */
int carveout_queue_init(void)
{
	carveout_wq = alloc_workqueue(
		"xen-carveout", WQ_UNBOUND | WQ_HIGHPRI | WQ_MEM_RECLAIM, 0);
	return carveout_wq ? 0 : -ENOMEM;
}

void carveout_queue_exit(void)
{
	destroy_workqueue(carveout_wq);
}
