// SPDX-License-Identifier: GPL-2.0-only
/* A task that dies in the middle of what the driver does for it. */
#include <linux/atomic.h>
#include <linux/bug.h>
#include <linux/kernel.h>
#include <linux/kprobes.h>

#include "api_test.h"

static atomic_t deaths;

static noinline void die_here(void)
{
	BUG();
}

/* The task goes on in die_here(), as if what it was to call had called that. */
static int divert(struct kprobe *probe, struct pt_regs *regs)
{
	if (atomic_dec_if_positive(&deaths) < 0)
		return 0;
	instruction_pointer_set(regs, (unsigned long)die_here);
	return 1;
}

static struct kprobe at_window_end = {
	.symbol_name = "xen_carveout:xen_carveout_win_end",
	.pre_handler = divert,
};
static struct kprobe at_put = {
	.symbol_name = "xen_carveout:xen_carveout_buffer_put",
	.pre_handler = divert,
};
static struct kprobe *probes[] = { &at_window_end, &at_put };
static bool probing;

int step_die(void)
{
	int err = probing ? 0 : register_kprobes(probes, ARRAY_SIZE(probes));

	probing = !err;
	if (!err)
		atomic_set(&deaths, 1);
	return err;
}

void die_no_more(void)
{
	if (probing)
		unregister_kprobes(probes, ARRAY_SIZE(probes));
}
