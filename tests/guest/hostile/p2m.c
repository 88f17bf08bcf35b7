// SPDX-License-Identifier: GPL-2.0-only
/*
 * The guest's own map of its memory.  Xen lets a guest do these to itself; a
 * window's frames are no exception.
 *
 * sealed-frame
 *   Flaw looked for: sealed bytes show up again, or change.  Method: at the
 *   carveout's first frame exchange the page, populate one, look at it, write
 *   to it and take it out again; the same with a frame of the grant table;
 *   decrease what is a hole then; ask for a frame of the host.  Meaning:
 *   "blank" is as it must be; what shows bytes, or a digest that changes in
 *   dom0, would be the flaw.  The same on both backings.
 *
 * remove, unmap, replace, grant-frame, grant-over and exchange end with "left
 * 0": the close takes whatever lies at the changed frame.  "left 1": the
 * guest still has memory there, which would be the flaw.
 *
 * remove
 *   Flaw: a close that takes pages which are no longer there hangs, crashes
 *   or keeps anything.  Method: XENMEM_decrease_reservation of one page of an
 *   open window, then commit.  Meaning: vault: "commit -14" (EFAULT), the
 *   carveout is FAILED, and the manager lives.  Where Xen does not scrub, the
 *   page is pinned, and what the guest threw away is taken all the same:
 *   "commit 0".  Pool: "remove 0, commit 0": there is no page of the guest's
 *   to remove.  Anything else there would be the flaw.
 *
 * unmap
 *   The same by XENMEM_remove_from_physmap, after which the page stays on the
 *   guest's account, at no frame.  Meaning: as for remove; pool: "unmap -2,
 *   commit 0" (ENOENT).
 *
 * replace
 *   Flaw: a close keeps a page of the guest's, or leaves it one of the
 *   carveout's.  Method: XENMEM_populate_physmap over one page of an open
 *   window, which gives the guest a page of its own there, write to that,
 *   then commit.  Meaning: vault: "commit 0", the content is what lay there
 *   at the close.  Pool: "commit -14", the carveout is FAILED, and the
 *   manager lives.  "replace 0": Xen gave it no page, and nothing was tried.
 *
 * grant-frame, shared-info
 *   The same with pages that Xen shares with the guest, which are of its own
 *   heap and cannot be stripped as others can: XENMEM_add_to_physmap of a
 *   frame of the grant table, and of the shared info page, over one page of
 *   an open window.  The shared info page is then put where the sealed bytes
 *   were, too, and back to its place at last.  Meaning: as for replace.
 *
 * grant-over
 *   The same with a mapping of a grant, of a page of our own to ourselves: to
 *   Xen that is no RAM of the frame's.  Meaning: as for replace.
 *
 * grant-under
 *   Flaw: a mapping of a grant where a window comes to be is taken for the
 *   window's.  Method: the same over a page of the carveout that no window
 *   covers; then open one over it.  Meaning: arm64: the window's page
 *   replaces it, "open 0, commit 0".  x86: Xen destroys a guest that has one
 *   where dom0 populates (p2m_add_page(), p2m_is_special()): it is the last
 *   thing that the guest does, and nobody else may notice.
 *
 * exchange
 *   XENMEM_exchange of one page of an open window: refused on arm64 and to a
 *   PVH guest (steal_page()), "commit 0" follows.
 *
 * host-frame
 *   Flaw: what a guest may map for the manager's sake, it maps for itself,
 *   where no unmap of the manager's finds it.  Method: XENMAPSPACE_dev_mmio
 *   of the host frame behind an open window, at a hole; again when its window
 *   is closed.  Meaning: "-13" (EACCES) both times; 0 would be the flaw if a
 *   probe then finds memory at the hole.
 *
 * headroom
 *   Flaw: pages that are allowed for windows, used up by the guest, fail more
 *   than its own windows.  Method: populate until Xen gives no more, open,
 *   give back, open.  Meaning: vault: "open -12" (ENOMEM), then "commit 0".
 *   A pool takes nothing of that allowance: "open 0".
 *
 * exhaust
 *   Flaw: a window cannot be taken because that needs a page of the guest's
 *   p2m pool, or an open that fails for want of one leaves something.
 *   Method: with a window open, use the pool up by pages at places that need
 *   a table each; commit; open where there is no table, and where there is
 *   one.  Meaning: "commit 0", "-12", "commit 0", on both backings.
 */
#include <linux/err.h>
#include <linux/io.h>
#include <linux/kprobes.h>
#include <linux/mm.h>
#include <linux/string.h>
#include <xen/grant_table.h>
#include <xen/interface/memory.h>
#include <xen/page.h>
#include <xen/xen.h>
#include <asm/xen/hypercall.h>

#include "hostile.h"

/* More than any guest here has of them. */
#define MOST_PAGES 8192
#define MOST_TABLES 65536
#define TABLE_SPAN (2ULL << 20)
/* Far enough into the carveout that no window has brought a table there. */
#define UNTOUCHED (8ULL << 20)

/* One page of this guest at a frame: 1 if Xen did it. */
int reserve(unsigned int op, u64 gpa)
{
	xen_pfn_t frame = gpa / PAGE_SIZE;
	struct xen_memory_reservation reservation = {
		.nr_extents = 1,
		.domid = DOMID_SELF,
	};

	set_xen_guest_handle(reservation.extent_start, &frame);
	return HYPERVISOR_memory_op(op, &reservation);
}

static int put_frame(unsigned int space, u64 index, u64 gpa)
{
	struct xen_add_to_physmap add = {
		.domid = DOMID_SELF,
		.space = space,
		.idx = index,
		.gpfn = gpa / PAGE_SIZE,
	};

	return HYPERVISOR_memory_op(XENMEM_add_to_physmap, &add);
}

static int unmap_frame(u64 gpa)
{
	struct xen_remove_from_physmap remove = {
		.domid = DOMID_SELF,
		.gpfn = gpa / PAGE_SIZE,
	};

	return HYPERVISOR_memory_op(XENMEM_remove_from_physmap, &remove);
}

static int exchange_frame(u64 gpa)
{
	xen_pfn_t in = gpa / PAGE_SIZE, out = gpa / PAGE_SIZE;
	struct xen_memory_exchange exchange = {
		.in = { .nr_extents = 1, .domid = DOMID_SELF },
		.out = { .nr_extents = 1, .domid = DOMID_SELF },
	};

	set_xen_guest_handle(exchange.in.extent_start, &in);
	set_xen_guest_handle(exchange.out.extent_start, &out);
	return HYPERVISOR_memory_op(XENMEM_exchange, &exchange);
}

/*
 * A frame of the grant table that Linux does not use: it takes them from the
 * first on.  Another each time: once a strip has taken one out, Xen gives it
 * no more.
 */
static int put_grant_frame(u64 gpa)
{
	static unsigned int taken;

	return put_frame(XENMAPSPACE_grant_table,
			 gnttab_max_grant_frames() - ++taken, gpa);
}

/* What is there, if it is there; then write to it. */
static const char *look_and_write(u64 gpa)
{
	void *page = memremap(gpa, PAGE_SIZE, MEMREMAP_WB);
	bool blank;

	if (!page)
		return "unseen";
	blank = !memchr_inv(page, 0, PAGE_SIZE);
	memset(page, 0xee, PAGE_SIZE);
	memunmap(page);
	return blank ? "blank" : "not blank";
}

static int attack_sealed_frame(void)
{
	int err;

	say("exchange %d", exchange_frame(base));
	if (reserve(XENMEM_populate_physmap, base) != 1)
		return -ENOMEM;
	say("own page %s", look_and_write(base));
	say("unmap %d", unmap_frame(base));
	err = put_grant_frame(base);
	if (err)
		return err;
	say("grant frame %s", look_and_write(base));
	say("unmap %d", unmap_frame(base));
	say("remove %d", reserve(XENMEM_decrease_reservation, base));
	say("host frame %d",
	    put_frame(XENMAPSPACE_dev_mmio, host_base / PAGE_SIZE, base));
	return 0;
}

/* Nothing may be left at the frame that was changed: 0, or what can be removed.
 */
static void commit_and_look(struct xen_carveout_window *w)
{
	commit(w);
	say("left %d", reserve(XENMEM_decrease_reservation, frame_gpa(1)));
}

/* Open a window and commit it, saying how far that went. */
static void try_window(u64 offset)
{
	struct xen_carveout_window *w = open_filled(offset, WINDOW_BYTES, 'T');

	say("open %d", IS_ERR(w) ? (int)PTR_ERR(w) : 0);
	if (!IS_ERR(w))
		commit(w);
}

static int attack_remove(void)
{
	struct xen_carveout_window *w = fresh_window('R');

	if (IS_ERR(w))
		return PTR_ERR(w);
	say("remove %d", reserve(XENMEM_decrease_reservation, frame_gpa(1)));
	commit_and_look(w);
	return 0;
}

static int attack_unmap(void)
{
	struct xen_carveout_window *w = fresh_window('U');

	if (IS_ERR(w))
		return PTR_ERR(w);
	say("unmap %d", unmap_frame(frame_gpa(1)));
	commit_and_look(w);
	return 0;
}

static int attack_replace(void)
{
	struct xen_carveout_window *w = fresh_window('R');
	int replaced;

	if (IS_ERR(w))
		return PTR_ERR(w);
	replaced = reserve(XENMEM_populate_physmap, frame_gpa(1));
	if (replaced == 1 && !xen_carveout_window_begin(w)) {
		fill(w, 'X');
		xen_carveout_window_end(w);
	}
	say("replace %d", replaced);
	commit_and_look(w);
	return 0;
}

static int attack_grant_frame(void)
{
	struct xen_carveout_window *w = fresh_window('G');

	if (IS_ERR(w))
		return PTR_ERR(w);
	say("grant frame %d", put_grant_frame(frame_gpa(1)));
	commit_and_look(w);
	return 0;
}

/*
 * Map a grant of a page of our own at a frame; both stay.  Not one of Linux',
 * which may be part of a block: x86 takes it out of there, and that needs a
 * page of the p2m pool, of which exhaust has left none.
 */
static int grant_at(u64 gpa)
{
	struct gnttab_map_grant_ref map;

	if (reserve(XENMEM_populate_physmap, SPARE_GPA) != 1)
		return -ENOMEM;
	return map_own_grant(SPARE_GPA, gpa, &map);
}

static int attack_grant_over(void)
{
	struct xen_carveout_window *w = fresh_window('G');

	if (IS_ERR(w))
		return PTR_ERR(w);
	say("grant %d", grant_at(frame_gpa(1)));
	commit_and_look(w);
	return 0;
}

static int attack_grant_under(void)
{
	int err = xen_carveout_reset(target);

	if (err)
		return err;
	say("grant %d", grant_at(frame_gpa(1)));
	try_window(0);
	return 0;
}

/* Linux does not export where it has the shared info page. */
#ifdef CONFIG_ARM64
/*
 * But the pointer lies in its data next to one that it does export
 * (arch/arm/xen/enlighten.c): the only one there to a whole page of the linear
 * map.
 */
static struct page *find_shared_info(void)
{
	unsigned long *near = (unsigned long *)&xen_start_info;
	int i;

	for (i = -32; i <= 32; i++)
		if (near[i] && !(near[i] % PAGE_SIZE) &&
		    virt_addr_valid((void *)near[i]))
			return virt_to_page((void *)near[i]);
	return NULL;
}
#else
/* But who may put a probe anywhere is told where anything is. */
static struct page *find_shared_info(void)
{
	struct kprobe at = { .symbol_name = "kallsyms_lookup_name" };
	unsigned long (*look_up)(const char *name);
	struct shared_info **info;

	if (register_kprobe(&at))
		return NULL;
	look_up = (void *)at.addr;
	unregister_kprobe(&at);
	info = (void *)look_up("HYPERVISOR_shared_info");
	return info && virt_addr_valid(*info) ? virt_to_page(*info) : NULL;
}
#endif

/* Xen puts it to one place at a time; what was at the other place is lost. */
static int attack_shared_info(void)
{
	struct xen_carveout_window *w = fresh_window('S');
	struct page *page = find_shared_info();
	u64 home = page ? page_to_phys(page) : 0;

	if (IS_ERR(w))
		return PTR_ERR(w);
	if (!page)
		return -ENOENT;
	unmap_frame(home);
	say("shared info %d",
	    put_frame(XENMAPSPACE_shared_info, 0, frame_gpa(1)));
	/* The close takes it out of the window, as if it were a page to free:
	 * from then on nothing but another page takes it out of a frame. */
	if (!commit(w)) {
		say("seal %d", seal());
		say("sealed frame %d",
		    put_frame(XENMAPSPACE_shared_info, 0, base));
		reserve(XENMEM_populate_physmap, base);
		reserve(XENMEM_decrease_reservation, base);
	}
	say("home %d", put_frame(XENMAPSPACE_shared_info, 0, home));
	return 0;
}

static int attack_exchange(void)
{
	struct xen_carveout_window *w = fresh_window('E');

	if (IS_ERR(w))
		return PTR_ERR(w);
	say("exchange %d", exchange_frame(frame_gpa(1)));
	commit_and_look(w);
	return 0;
}

static int attack_host_frame(void)
{
	struct xen_carveout_window *w = fresh_window('H');
	u64 frame = host_base / PAGE_SIZE;
	int err;

	if (IS_ERR(w))
		return PTR_ERR(w);
	say("%d", put_frame(XENMAPSPACE_dev_mmio, frame, ALIAS_GPA));
	err = commit(w);
	say("%d", put_frame(XENMAPSPACE_dev_mmio, frame, ALIAS_GPA));
	return err ? err : seal();
}

/* All that it may have, far from anything else. */
unsigned int take_all(void)
{
	unsigned int n = 0;

	while (n < MOST_PAGES &&
	       reserve(XENMEM_populate_physmap, SPARE_GPA + n * PAGE_SIZE) == 1)
		n++;
	return n;
}

void give_back(unsigned int n)
{
	while (n--)
		reserve(XENMEM_decrease_reservation, SPARE_GPA + n * PAGE_SIZE);
}

static int attack_headroom(void)
{
	int err = xen_carveout_reset(target);
	unsigned int n = err ? 0 : take_all();

	if (!n)
		return err ? err : -ENOENT;
	try_window(0);
	give_back(n);
	xen_carveout_reset(target);
	try_window(0);
	return 0;
}

/*
 * A table each, and it stays when the page is taken out.  At the end Xen loses
 * one page more, that it could not place.  Returns how many tables there were.
 */
static unsigned int take_tables(void)
{
	unsigned int n = 0;

	while (n < MOST_TABLES && reserve(XENMEM_populate_physmap,
					  SPARSE_GPA + n * TABLE_SPAN) == 1) {
		reserve(XENMEM_decrease_reservation,
			SPARSE_GPA + n * TABLE_SPAN);
		n++;
	}
	return n;
}

static int attack_exhaust(void)
{
	struct xen_carveout_window *w = fresh_window('T');
	unsigned int n;

	if (IS_ERR(w))
		return PTR_ERR(w);
	n = take_tables();
	commit(w);
	try_window(UNTOUCHED);
	xen_carveout_reset(target);
	try_window(0);
	return n && n < MOST_TABLES ? 0 : -ENOENT;
}

const struct attack p2m_attacks[] = {
	{ "sealed-frame", attack_sealed_frame },
	{ "remove", attack_remove },
	{ "unmap", attack_unmap },
	{ "replace", attack_replace },
	{ "grant-frame", attack_grant_frame },
	{ "grant-over", attack_grant_over },
	{ "grant-under", attack_grant_under },
	{ "shared-info", attack_shared_info },
	{ "exchange", attack_exchange },
	{ "host-frame", attack_host_frame },
	{ "headroom", attack_headroom },
	{ "exhaust", attack_exhaust },
	{},
};
