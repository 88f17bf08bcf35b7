/* SPDX-License-Identifier: GPL-2.0-only */
/* How long this driver waits, and how. */
#ifndef XEN_CARVEOUT_PATIENCE_H
#define XEN_CARVEOUT_PATIENCE_H

#include <linux/freezer.h>
#include <linux/jiffies.h>
#include <linux/wait.h>

/* For an answer. */
#define XEN_CARVEOUT_ANSWER_TIMEOUT (30 * HZ)

bool xen_carveout_backoff(unsigned int *waited_ms);

/*
 * Wait for what the manager does, killably; as wait_event_killable_timeout(),
 * but the freezer does not wait for it: a guest is saved, and a machine sleeps,
 * while a writer waits for a manager that is busy or away.  UNSAFE: a stream
 * holds its lock meanwhile, which only its own writers want.
 */
#define xen_carveout_wait(queue, condition, timeout)                        \
	({                                                                  \
		long __ret = timeout;                                       \
		might_sleep();                                              \
		if (!___wait_cond_timeout(condition))                       \
			__ret = ___wait_event(                              \
				queue, ___wait_cond_timeout(condition),     \
				(TASK_KILLABLE | TASK_FREEZABLE_UNSAFE), 0, \
				timeout, __ret = schedule_timeout(__ret));  \
		__ret;                                                      \
	})

#endif
