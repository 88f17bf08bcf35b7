/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef XEN_CARVEOUT_QUEUE_H
#define XEN_CARVEOUT_QUEUE_H

#include <linux/workqueue.h>

/*
 * For answers, withdrawals and the connection: work that a manager waits for.
 */
extern struct workqueue_struct *xen_carveout_wq;

int xen_carveout_queue_init(void);
void xen_carveout_queue_exit(void);

#endif
