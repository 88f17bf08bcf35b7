// SPDX-License-Identifier: GPL-2.0-only
/*
 * "Vault" and "pool" are the carveout's backing.
 *
 * balloon   Flaw looked for: the manager touches a page that the guest took
 *           away.  Method: while connected, end the grants of ring and
 *           directory (Xen lets nobody), then XENMEM_decrease_reservation of
 *           both pages, notify, and close by xenstore alone; then populate the
 *           frames again.  Meaning: "2 grants held, 2 pages removed, query 0":
 *           the manager had the pages until it let go of them (its mapping
 *           holds them), and a new connection works.
 * twins     Flaw: two devices on one page make the manager serve one guest's
 *           requests without end, or as somebody else's.  Method: connect the
 *           second carveout with the first one's ring, fill that, reconnect
 *           both as they should be.  Meaning: "connected, query 0 0": what the
 *           two ends did to each other stayed there.
 * nest      Flaw: a page that the manager has mapped for one carveout stays in
 *           the guest's reach as a window of another; or the close of that
 *           waits for the mapping.  Method: a ring for the second carveout in
 *           an open window of the first; ask by it; commit the window.
 *           Meaning: vault: "query 0, commit 0".  (The page leaves the guest,
 *           and is freed when the second carveout disconnects.)  Pool:
 *           "refused, commit 0": a window's frames cannot be granted; anything
 *           else there would be the flaw.
 */
#include <linux/delay.h>
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/string.h>
#include <xen/events.h>
#include <xen/interface/memory.h>
#include <xen/page.h>
#include <asm/xen/hypercall.h>

#include "rogue.h"

static int query(struct link *link)
{
	const struct carveoutif_request request = QUERY;
	struct carveoutif_response response;

	return link_ask(link, &request, &response);
}

static int reconnect_and_query(struct link *link)
{
	int err = link_connect(link);

	return err ? err : query(link);
}

/* ---- balloon ---- */

/* 1 if Xen did it. */
static int reserve(unsigned int op, const void *page)
{
	xen_pfn_t frame = virt_to_gfn(page);
	struct xen_memory_reservation reservation = {
		.nr_extents = 1,
		.domid = DOMID_SELF,
	};

	set_xen_guest_handle(reservation.extent_start, &frame);
	return HYPERVISOR_memory_op(op, &reservation);
}

/*
 * From the decrease to the populate nobody may touch the pages: on arm64 that
 * is the end of who does.
 */
static int remove_pages(struct link *link, int *removed)
{
	int err;

	*removed = reserve(XENMEM_decrease_reservation, link->directory) == 1;
	*removed += reserve(XENMEM_decrease_reservation, link->ring) == 1;
	notify_remote_via_evtchn(link->port);
	msleep(200);
	err = link_close(link);
	if (reserve(XENMEM_populate_physmap, link->ring) != 1 ||
	    reserve(XENMEM_populate_physmap, link->directory) != 1)
		return -ENOMEM;
	return err;
}

int attack_balloon(void)
{
	struct link *link = &links[SPARE];
	int held, removed, err;

	held = !gnttab_end_foreign_access_ref(link->ring_ref);
	held += !gnttab_end_foreign_access_ref(link->directory_ref);
	err = remove_pages(link, &removed);
	if (err)
		return err;
	tell("%d grants held, %d pages removed, query %d", held, removed,
	     reconnect_and_query(link));
	return 0;
}

/* ---- twins ---- */

int attack_twins(void)
{
	static const struct carveoutif_request full[RING_ENTRIES] = {
		[0 ... RING_ENTRIES - 1] = QUERY
	};
	int err;

	err = query(&links[MODEM]);
	if (!err)
		err = link_connect_by(&links[SPARE], links[MODEM].ring_ref);
	if (err)
		return err;
	link_push(&links[MODEM], full, RING_ENTRIES);
	notify_remote_via_evtchn(links[SPARE].port);
	msleep(200);
	tell("connected, query %d %d", reconnect_and_query(&links[SPARE]),
	     reconnect_and_query(&links[MODEM]));
	return 0;
}

/* ---- nest ---- */

/* The link's ring lies at `gpa` for this one question. */
static int query_in_window(struct link *link, u64 gpa)
{
	struct carveoutif_sring *own = link->ring;
	int status = -ENOMEM;

	link->ring = memremap(gpa, PAGE, MEMREMAP_WB);
	if (link->ring) {
		SHARED_RING_INIT(link->ring);
		status = query(link);
		memunmap(link->ring);
	}
	link->ring = own;
	return status;
}

static int commit(struct link *link, u32 window)
{
	struct carveoutif_request request = CLOSE(window, COMMIT, PAGE);
	struct carveoutif_response response;

	return link_ask(link, &request, &response);
}

static int nest_in(const struct carveoutif_opened *window, grant_ref_t ref)
{
	int refused, asked = 0;

	/* A window is blank, and a blank page is a ring with nothing in it. */
	refused = link_connect_by(&links[SPARE], ref);
	if (refused && refused != -ECONNREFUSED)
		return refused;
	if (!refused)
		asked = query_in_window(&links[SPARE], window->gpa);
	if (refused)
		tell("refused, commit %d",
		     commit(&links[MODEM], window->window));
	else
		tell("query %d, commit %d", asked,
		     commit(&links[MODEM], window->window));
	return link_close(&links[SPARE]);
}

int attack_nest(void)
{
	const struct carveoutif_request open = OPEN(0, PAGE, W, 0);
	const struct carveoutif_request reset = RESET;
	struct carveoutif_response response;
	int err, ref;

	err = link_ask(&links[MODEM], &open, &response);
	if (err)
		return err;
	ref = gnttab_grant_foreign_access(0, PHYS_PFN(response.u.open.gpa), 0);
	if (ref < 0)
		return ref;
	err = nest_in(&response.u.open, ref);
	gnttab_try_end_foreign_access(ref);
	return err ? err : link_ask(&links[MODEM], &reset, &response);
}
