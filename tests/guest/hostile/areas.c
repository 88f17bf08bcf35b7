// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory of the guest's that Xen itself writes: it holds the page, not the
 * frame, and writes on when the frame is gone.
 *
 * areas
 *   Flaw looked for: Xen changes sealed content.  Method: register the first
 *   three pages of a window, for a vCPU that Linux does not run: its
 *   vcpu_info (VCPUOP_register_vcpu_info), its event control block
 *   (EVTCHNOP_init_control) and one more page of the event array
 *   (EVTCHNOP_expand_array); raise an event there and see that Xen wrote;
 *   fill, commit, raise it again, seal, raise it again.  It can be done once,
 *   and needs a guest with one vCPU more than Linux is told of and
 *   max_event_channels beyond one page of the array.  Meaning: vault: "0 0 0,
 *   3 written", and the content is what was filled in.  Pool: "-22 -22 -22"
 *   (EINVAL), "0 written": such frames are no pages.  Xen keeps the pages on
 *   the guest's account until it dies.
 *
 * buffer
 *   Flaw: a hypercall reads or writes where the guest has no memory any more,
 *   or crashes there.  Method: keep a mapping of a window's first page over
 *   the close and have Xen write to it (XENVER_extraversion), while it is
 *   open and when it is sealed; have Xen write the run state of a vCPU there
 *   at each switch, from before the close on.  Meaning: vault: "0" while it
 *   is open, "-14" (EFAULT) afterwards.  Pool: always "-14".  The content is
 *   what was filled in, and the guest lives.
 */
#include <linux/err.h>
#include <linux/delay.h>
#include <linux/io.h>
#include <linux/string.h>
#include <xen/interface/event_channel.h>
#include <xen/interface/vcpu.h>
#include <xen/interface/version.h>
#include <xen/page.h>
#include <asm/xen/hypercall.h>

#include "hostile.h"

/* The vCPU that Linux does not run: the scenario gives maxcpus=2. */
#define SPARE_VCPU 2
/* Ports whose words are in one page of the event array. */
#define PORTS_PER_PAGE (PAGE_SIZE / sizeof(u32))
/* In event words: neither PENDING nor LINKED nor MASKED; in the others: no bit
 * that Xen would set. */
#define AREA_FILL 0x02

static int register_vcpu_info(u64 gpa)
{
	struct vcpu_register_vcpu_info info = { .mfn = gpa / PAGE_SIZE };

	return HYPERVISOR_vcpu_op(VCPUOP_register_vcpu_info, SPARE_VCPU, &info);
}

static int register_control(u64 gpa)
{
	struct evtchn_init_control init = {
		.control_gfn = gpa / PAGE_SIZE,
		.vcpu = SPARE_VCPU,
	};

	return HYPERVISOR_event_channel_op(EVTCHNOP_init_control, &init);
}

static int register_array(u64 gpa)
{
	struct evtchn_expand_array expand = { .array_gfn = gpa / PAGE_SIZE };

	return HYPERVISOR_event_channel_op(EVTCHNOP_expand_array, &expand);
}

/*
 * A port for the spare vCPU whose word lies in the page that we added: Xen
 * gives the lowest that is free.  They are left: Linux has no use for them, and
 * they go with the guest.
 */
static int bind_port(void)
{
	struct evtchn_bind_ipi bind = { .vcpu = SPARE_VCPU };
	unsigned int i;

	for (i = 0; i <= PORTS_PER_PAGE; i++) {
		int err = HYPERVISOR_event_channel_op(EVTCHNOP_bind_ipi, &bind);

		if (err)
			return err;
		if (bind.port >= PORTS_PER_PAGE)
			return bind.port;
	}
	return -ENOSPC;
}

/* Without a port of ours: nothing, as port 0 is nobody's. */
static void raise_event(int port)
{
	struct evtchn_send send = { .port = max(port, 0) };

	HYPERVISOR_event_channel_op(EVTCHNOP_send, &send);
}

/* How many of the first three pages of a blank window are blank no more. */
static unsigned int written(struct xen_carveout_window *w)
{
	static u8 page[PAGE_SIZE];
	unsigned int i, n = 0;

	if (xen_carveout_window_begin(w))
		return 0;
	for (i = 0; i < 3; i++) {
		xen_carveout_window_read(w, i * PAGE_SIZE, page, sizeof(page));
		n += memchr_inv(page, 0, sizeof(page)) != NULL;
	}
	fill(w, AREA_FILL);
	xen_carveout_window_end(w);
	return n;
}

static int attack_areas(void)
{
	struct xen_carveout_window *w = fresh_window(0);
	int info, control, array, port, err;

	if (IS_ERR(w))
		return PTR_ERR(w);
	info = register_vcpu_info(frame_gpa(0));
	control = register_control(frame_gpa(1));
	array = register_array(frame_gpa(2));
	say("%d %d %d", info, control, array);
	port = array ? 0 : bind_port();
	raise_event(port);
	say("%u written", written(w));
	err = commit(w);
	raise_event(port);
	err = err ? err : seal();
	raise_event(port);
	return port < 0 ? port : err;
}

static int register_run_state(struct vcpu_runstate_info *at)
{
	struct vcpu_register_runstate_memory_area area = { .addr.v = at };

	return HYPERVISOR_vcpu_op(VCPUOP_register_runstate_memory_area, 0,
				  &area);
}

/*
 * The mapping is ours beside the driver's, so it stays; nothing but Xen may
 * touch it after the close.  Linux' own area for the run state (steal time) is
 * given up.
 */
static int attack_buffer(void)
{
	struct xen_carveout_window *w = fresh_window('A');
	void *kept = memremap(base, PAGE_SIZE, MEMREMAP_WB);
	int err = kept ? PTR_ERR_OR_ZERO(w) : -ENOMEM;

	if (err)
		return err;
	say("%d", HYPERVISOR_xen_version(XENVER_extraversion, kept));
	if (!xen_carveout_window_begin(w)) {
		fill(w, 'A');
		xen_carveout_window_end(w);
	}
	err = commit(w);
	say("run state %d", register_run_state(kept));
	err = err ? err : seal();
	say("%d", HYPERVISOR_xen_version(XENVER_extraversion, kept));
	msleep(100); /* some switches of the vCPU */
	register_run_state(NULL);
	memunmap(kept);
	return err;
}

const struct attack areas_attacks[] = {
	{ "areas", attack_areas },
	{ "buffer", attack_buffer },
	{},
};
