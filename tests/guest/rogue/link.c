// SPDX-License-Identifier: GPL-2.0-only
/* A link: what a front end is made of, without its manners. */
#include <linux/delay.h>
#include <linux/jiffies.h>
#include <linux/mm.h>
#include <linux/string.h>
#include <xen/events.h>
#include <xen/page.h>

#include "rogue.h"

#define PATIENCE (10 * HZ)
#define STATE_POLL_MS 10
/*
 * For answers.  Under emulation each wakeup of a guest costs the whole machine
 * its translated pages: who polls faster than this attacks QEMU.
 */
#define ANSWER_POLL_US 3000

struct link links[LINKS_MAX];

/* ---- pages, grants, port ---- */

static int share_page(struct link *link, void **page, grant_ref_t *shared)
{
	int ref;

	*page = (void *)get_zeroed_page(GFP_KERNEL);
	if (!*page)
		return -ENOMEM;
	ref = gnttab_grant_foreign_access(link->dev->otherend_id,
					  virt_to_gfn(*page), 0);
	if (ref < 0)
		return ref;
	*shared = ref;
	return 0;
}

int link_make(struct link *link, struct xenbus_device *dev)
{
	int err;

	link->dev = dev;
	err = share_page(link, (void **)&link->ring, &link->ring_ref);
	if (!err)
		err = share_page(link, (void **)&link->directory,
				 &link->directory_ref);
	if (!err)
		err = xenbus_alloc_evtchn(dev, &link->port);
	if (err)
		link_unmake(link);
	return err;
}

/* A page that the back end has mapped still is freed later, by Linux' timer. */
static void unshare_page(void *page, grant_ref_t ref)
{
	if (ref)
		gnttab_end_foreign_access(ref, virt_to_page(page));
	else if (page)
		free_page((unsigned long)page);
}

void link_unmake(struct link *link)
{
	if (link->port)
		xenbus_free_evtchn(link->dev, link->port);
	unshare_page(link->directory, link->directory_ref);
	unshare_page(link->ring, link->ring_ref);
	memset(link, 0, sizeof(*link));
}

/* ---- the handshake ---- */

int link_write(struct link *link, const char *node, u32 value)
{
	return xenbus_printf(XBT_NIL, link->dev->nodename, node, "%u", value);
}

/* Bit mask of states: which of them the back end came to; or -ETIMEDOUT. */
static int await(struct link *link, unsigned long states)
{
	unsigned long deadline = jiffies + PATIENCE;
	enum xenbus_state state;

	do {
		state = xenbus_read_unsigned(link->dev->otherend, "state", 0);
		if (states & BIT(state))
			return state;
		msleep(STATE_POLL_MS);
	} while (time_before(jiffies, deadline));
	return -ETIMEDOUT;
}

void link_list(struct link *link, grant_ref_t ref)
{
	memset32(link->directory, ref, MODEM_WINDOW / PAGE);
}

bool link_becomes(struct link *link, enum xenbus_state state)
{
	return await(link, BIT(state)) == state;
}

static int write_offer(struct link *link, grant_ref_t ring_ref)
{
	int err;

	err = link_write(link, "version", CARVEOUTIF_VERSION);
	if (!err)
		err = link_write(link, "ring-ref", ring_ref);
	if (!err)
		err = link_write(link, "event-channel", link->port);
	if (!err)
		err = link_write(link, "slot-ref-0", link->directory_ref);
	if (!err)
		err = link_write(link, "slot-ref-1", link->directory_ref);
	return err;
}

int link_close(struct link *link)
{
	link_write(link, "state", XenbusStateClosing);
	return link_becomes(link, XenbusStateClosing) ? 0 : -ETIMEDOUT;
}

static void blank(struct link *link)
{
	memset(link->ring, 0, PAGE);
	memset(link->directory, 0, PAGE);
	SHARED_RING_INIT(link->ring);
	link->prod = 0;
	link->cons = 0;
}

int link_connect_by(struct link *link, grant_ref_t ring_ref)
{
	int state;

	/* By way of Closing: the pages must be ours before they are blanked. */
	if (link_close(link))
		return -ETIMEDOUT;
	blank(link);
	link_write(link, "state", XenbusStateInitialising);
	if (!link_becomes(link, XenbusStateInitWait) ||
	    write_offer(link, ring_ref))
		return -ETIMEDOUT;
	link_write(link, "state", XenbusStateInitialised);
	state = await(link, BIT(XenbusStateConnected) | BIT(XenbusStateClosed));
	if (state == XenbusStateClosed)
		return -ECONNREFUSED;
	return state < 0 ? state :
			   link_write(link, "state", XenbusStateConnected);
}

int link_connect(struct link *link)
{
	return link_connect_by(link, link->ring_ref);
}

/* ---- the ring ---- */

void link_push(struct link *link, const struct carveoutif_request *requests,
	       unsigned int count)
{
	unsigned int i;

	for (i = 0; i < count; i++)
		link->ring->ring[link->prod++ % RING_ENTRIES].req = requests[i];
	virt_wmb(); /* the requests before the index that announces them */
	WRITE_ONCE(link->ring->req_prod, link->prod);
	notify_remote_via_evtchn(link->port);
}

/* An index that no answer can have made is one that an attack wrote. */
static bool answered(const struct link *link)
{
	u32 waiting = READ_ONCE(link->ring->rsp_prod) - link->cons;

	return waiting && waiting <= RING_ENTRIES;
}

int link_take(struct link *link, struct carveoutif_response *response)
{
	unsigned long deadline = jiffies + PATIENCE;

	while (!answered(link)) {
		if (time_after(jiffies, deadline))
			return -ETIMEDOUT;
		usleep_range(ANSWER_POLL_US, 2 * ANSWER_POLL_US);
	}
	virt_rmb(); /* the index before what it announces */
	*response = link->ring->ring[link->cons++ % RING_ENTRIES].rsp;
	return 0;
}

int link_ask(struct link *link, const struct carveoutif_request *request,
	     struct carveoutif_response *response)
{
	int err;

	link_push(link, request, 1);
	err = link_take(link, response);
	return err ? err : response->status;
}
