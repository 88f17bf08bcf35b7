/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CARVEOUT_QUEUE_H
#define CARVEOUT_QUEUE_H

#include <linux/workqueue.h>

/*
 * For answers, withdrawals and the connection: work that a manager waits for.
 */
extern struct workqueue_struct *carveout_wq;

int carveout_queue_init(void);
void carveout_queue_exit(void);

#endif
