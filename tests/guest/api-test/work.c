// SPDX-License-Identifier: GPL-2.0-only
/* A thread that loads through windows, whatever becomes of them. */
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/sched.h>

#include "api_test.h"

static struct task_struct *worker;
static unsigned int worked; /* windows closed */

/* Bytes of one window; what the bracket, or the closing, says. */
static int work_in(struct xen_carveout_window *w)
{
	static u8 bytes[1024];
	u32 at, length = w->length;
	int err = 0;

	for (at = 0; at < length && !err; at += sizeof(bytes)) {
		err = xen_carveout_window_begin(w);
		if (err)
			break;
		xen_carveout_window_write(w, at, bytes, sizeof(bytes));
		xen_carveout_window_end(w);
		cond_resched();
	}
	if (!err)
		return xen_carveout_close_window(w, length);
	xen_carveout_discard_window(w);
	return err;
}

/* The next window, or the first again. */
static int work_on(u64 *offset)
{
	u32 length = xen_carveout_window_max(carveout);
	struct xen_carveout_window *w;
	int err;

	if (*offset + length > xen_carveout_size(carveout))
		*offset = 0;
	w = xen_carveout_open_window(carveout, *offset, length,
				     XEN_CARVEOUT_WINDOW_WRITE);
	if (IS_ERR(w))
		return PTR_ERR(w);
	*offset += length;
	err = work_in(w);
	worked += !err;
	return err;
}

static int work(void *unused)
{
	u64 offset = 0;
	int err;

	while (!kthread_should_stop()) {
		err = work_on(&offset);
		if (err == -ECANCELED || err == -EPERM)
			xen_carveout_reset(carveout);
		if (err)
			msleep(10);
	}
	return 0;
}

int step_work(void)
{
	struct task_struct *task;

	EXPECT("a worker already", worker ? -EBUSY : 0, 0);
	worked = 0;
	task = kthread_run(work, NULL, "xen-carveout-work");
	EXPECT("kthread", PTR_ERR_OR_ZERO(task), 0);
	worker = task;
	return 0;
}

void work_no_more(void)
{
	if (worker)
		kthread_stop(worker);
	worker = NULL;
}

int step_rest(void)
{
	EXPECT("a worker", worker ? 1 : 0, 1);
	work_no_more();
	snprintf(result, sizeof(result), "%u", worked);
	return 0;
}
