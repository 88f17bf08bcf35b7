// SPDX-License-Identifier: GPL-2.0-only
/*
 * A vCPU that does nothing but put a page of its own at one frame of a window.
 *
 * refill
 *   Flaw looked for: the window is never taken away, or not what lies behind
 *   that frame, because the guest wins each race for it.  Method: open a
 *   window, use up the allowance but for one page, and populate its second
 *   frame without end from another vCPU: each page that is stripped is the room
 *   for the next one.  dom0 then revokes, resets, loads, detaches.  Meaning:
 *   "open 0"; what dom0 asks for is done in time, and the window's other
 *   frames are holes.
 *
 * refill-end
 *   The vCPU stops.  Meaning: "refilled N, left L": how often it won, and
 *   whether a page of its own is there now, which is its right.
 */
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <xen/interface/xen.h>
#include <xen/interface/memory.h>

#include "hostile.h"

static struct {
	struct task_struct *task;
	unsigned int taken;
	unsigned long won;
} refill;

static int refill_thread(void *unused)
{
	while (!kthread_should_stop()) {
		if (reserve(XENMEM_populate_physmap, frame_gpa(1)) == 1)
			refill.won++;
		cond_resched();
	}
	return 0;
}

void end_refill(void)
{
	if (refill.task)
		kthread_stop(refill.task);
	refill.task = NULL;
}

static int attack_refill_end(void)
{
	end_refill();
	say("refilled %lu", refill.won);
	say("left %d", reserve(XENMEM_decrease_reservation, frame_gpa(1)));
	give_back(refill.taken);
	refill.taken = 0;
	return 0;
}

static int attack_refill(void)
{
	struct xen_carveout_window *w;

	end_refill();
	give_back(refill.taken);
	w = fresh_window('F');
	if (IS_ERR(w))
		return PTR_ERR(w);
	refill.taken = take_all();
	if (!refill.taken)
		return -ENOENT;
	/* The last of them: its room is the first one's. */
	reserve(XENMEM_decrease_reservation,
		SPARE_GPA + --refill.taken * PAGE_SIZE);
	refill.won = 0;
	refill.task = kthread_create(refill_thread, NULL, "refill");
	if (IS_ERR(refill.task)) {
		refill.task = NULL;
		return -ENOMEM;
	}
	kthread_bind(refill.task, 1);
	wake_up_process(refill.task);
	say("open 0");
	return 0;
}

const struct attack refill_attacks[] = {
	{ "refill", attack_refill },
	{ "refill-end", attack_refill_end },
	{},
};
