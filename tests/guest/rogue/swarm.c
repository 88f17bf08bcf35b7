// SPDX-License-Identifier: GPL-2.0-only
/*
 * swarm     Flaw looked for: a guest with many carveouts gets many guests'
 * share of the manager, so that others wait.  Method: all of them at once, for
 * some seconds: a third connects and disconnects without waiting; a third keeps
 * its rings full; a third opens windows, and asks to close them while another
 * vCPU puts RAM into their frames again and again.  Answers are not looked at.
 * Meaning: "N links, W state writes, R requests, P pages put"; what others saw
 * meanwhile must be looked at there.
 */
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/sched.h>
#include <asm/xen/hypercall.h>
#include <xen/interface/xen.h>
#include <xen/interface/memory.h>
#include <xen/page.h>

#include "rogue.h"

/* What the scenario gives each: small, so that all are used all the time. */
#define SWARM_WINDOW (256U << 10)

static unsigned int count, writes, requests;
static unsigned long pages;

static u64 base_of(const struct link *link)
{
	unsigned long long base;

	if (xenbus_scanf(XBT_NIL, link->dev->otherend, "base", "%llu", &base) !=
	    1)
		return 0;
	return base;
}

/* ---- what each does ---- */

static void come_and_go(struct link *link)
{
	link_write(link, "state", XenbusStateInitialising);
	link_write(link, "state", XenbusStateInitialised);
	writes += 2;
}

/* As many as the ring takes. */
static void fill(struct link *link, const struct carveoutif_request *kinds,
		 unsigned int number)
{
	u32 room =
		RING_ENTRIES - (link->prod - READ_ONCE(link->ring->rsp_prod));

	if (room > RING_ENTRIES)
		return;
	requests += room;
	for (; room; room--, link->prod++)
		link->ring->ring[link->prod % RING_ENTRIES].req =
			kinds[link->prod % number];
	link_push(link, NULL, 0);
}

static void flood(struct link *link)
{
	static const struct carveoutif_request kinds[] = {
		QUERY, OPEN(0, SWARM_WINDOW, W, 0),  CLOSE(1, COMMIT, 1),
		QUERY, OPEN(0, SWARM_WINDOW, RW, 1), RESET,
	};

	fill(link, kinds, ARRAY_SIZE(kinds));
}

/* Windows are numbered from 1 on in each connection's life: some of these
 * close what there is. */
static void open_and_close(struct link *link)
{
	struct carveoutif_request kinds[] = {
		OPEN(0, SWARM_WINDOW, W, 0),
		OPEN(SWARM_WINDOW, SWARM_WINDOW, W, 1),
		CLOSE(link->prod / 4, COMMIT, SWARM_WINDOW),
		CLOSE(link->prod / 4 + 1, DISCARD, 0),
	};

	fill(link, kinds, ARRAY_SIZE(kinds));
}

/* ---- the other vCPU ---- */

/* One page at a place of the third that is opened and closed, for what is there:
 * a page that is replaced would stay on our account, and that be full soon. */
static void put_ram(u64 gpa)
{
	xen_pfn_t frame = gpa >> XEN_PAGE_SHIFT;
	struct xen_memory_reservation reservation = {
		.nr_extents = 1,
		.domid = DOMID_SELF,
	};

	set_xen_guest_handle(reservation.extent_start, &frame);
	HYPERVISOR_memory_op(XENMEM_decrease_reservation, &reservation);
	if (HYPERVISOR_memory_op(XENMEM_populate_physmap, &reservation) == 1)
		pages++;
}

static int refill(void *context)
{
	u64 bases[LINKS_MAX] = { 0 }, random = seed_of(1);
	unsigned int i;

	for (i = 0; i < count; i++)
		bases[i] = base_of(&links[i]);
	while (!kthread_should_stop()) {
		i = roll(&random) % count;
		if (i % 3 == 2 && bases[i])
			put_ram(bases[i] + roll(&random) %
						   (2 * SWARM_WINDOW / PAGE) *
						   PAGE);
		cond_resched();
	}
	return 0;
}

/* ---- all of it ---- */

static void act(struct link *link, unsigned int which)
{
	switch (which % 3) {
	case 0:
		come_and_go(link);
		break;
	case 1:
		flood(link);
		break;
	case 2:
		open_and_close(link);
	}
}

int attack_swarm(void)
{
	struct task_struct *other;
	u64 deadline = 0;
	unsigned int i;

	count = writes = requests = pages = 0;
	while (count < LINKS_MAX && links[count].dev)
		count++;
	for (i = LINKS; i < count; i++)
		if (link_connect(&links[i]))
			tell("no honest handshake with carveout %u", i);
	other = kthread_run(refill, NULL, "rogue-refill");
	if (IS_ERR(other))
		return PTR_ERR(other);
	while (time_left(&deadline))
		for (i = 0; i < count; i++)
			act(&links[i], i);
	kthread_stop(other);
	tell("%u links, %u state writes, %u requests, %lu pages put", count,
	     writes, requests, pages);
	return 0;
}
