// SPDX-License-Identifier: GPL-2.0-only
/*
 * Grants: other ways to the pages of a window, which outlast their frames.
 *
 * alias
 *   Flaw looked for: committed bytes change after the close.  Method: grant a
 *   window's page to ourselves, map the grant at another frame, fill with A,
 *   commit, and write B through the alias, which outlives the strip; then
 *   seal.  Meaning: "commit 0", and the content is all A, whatever the alias
 *   did.  "alias refused: STATUS", GNTTABOP's or a negated errno: Xen made
 *   none, and the content is sealed all the same.  Vault: so with
 *   max_maptrack_frames=0.  Pool: always refused, with -9 (GNTST_bad_page);
 *   an alias there would be the flaw, as what is sealed are the very frames
 *   that it reaches.
 *
 * copy
 *   Flaw: Xen copies for the guest where the guest has no memory any more.
 *   Method: GNTTABOP_copy, by frame, from the first page of a window and to
 *   its second; the same when the window is committed, and when it is sealed.
 *   Meaning: vault: "0 0" while it is open (the second page is C then), "-9
 *   -9" (GNTST_bad_page) after that.  Pool: always "-9 -9".
 *
 * held
 *   Flaw: a back end that keeps a window's page mapped changes sealed
 *   content.  Method: grant the first page of an open window to dom0; "ref N"
 *   says which, for a program there that maps it, and writes to it for ever.
 *   let-go commits and seals.  Meaning: vault: the content stays what it was
 *   at the close.  Pool: dom0 cannot map it.
 *
 * divert
 *   Flaw: what the manager takes, or clears, goes by a grant that leads
 *   elsewhere.  Method: open a window, fill it with A, and let the driver's
 *   grant of its first page be one of a page of our own, "ref N", which a
 *   program in dom0 maps and keeps.  Xen does not read the entry again while
 *   it is mapped (acquire_grant_for_copy()).  let-go commits the window: the
 *   driver writes the entry anew, and Xen goes by the old
 *   one.  Meaning: where Xen scrubs, the first page's content is that of our
 *   own page (P), which it is ours to name; elsewhere A.  "own page kept": it
 *   was not cleared; "own page changed" would be the flaw.  Pool: "no
 *   grants", the manager uses none.
 */
#include <linux/err.h>
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/string.h>
#include <xen/grant_table.h>
#include <xen/page.h>
#include <xen/xen.h>
#include <xen/xenbus.h>
#include <asm/xen/hypercall.h>

#include "hostile.h"
#include "internal.h"

#define DOM0 0

/* ---- alias ---- */

/* Xen wants our number here, not DOMID_SELF. */
static domid_t own_domid(void)
{
	return xenbus_read_unsigned("domid", "", DOMID_SELF);
}

/*
 * Map a grant of our own at a frame: 0, or what Xen said.  Not by
 * gnttab_set_map_op(), which takes addresses of the kernel's linear map.
 */
static int map_ref(int ref, u64 at, struct gnttab_map_grant_ref *map)
{
	int err;

	*map = (struct gnttab_map_grant_ref){
		.host_addr = at,
		.flags = GNTMAP_host_map,
		.ref = ref,
		.dom = own_domid(),
	};
	err = HYPERVISOR_grant_table_op(GNTTABOP_map_grant_ref, map, 1);
	return err ? err : map->status;
}

static void unmap_ref(const struct gnttab_map_grant_ref *map)
{
	struct gnttab_unmap_grant_ref unmap = {
		.host_addr = map->host_addr,
		.handle = map->handle,
	};

	HYPERVISOR_grant_table_op(GNTTABOP_unmap_grant_ref, &unmap, 1);
}

/* Grant a page to ourselves and map that at another frame; the ref is to be
 * ended. */
int map_own_grant(u64 gpa, u64 at, struct gnttab_map_grant_ref *map)
{
	int ref = gnttab_grant_foreign_access(own_domid(), gpa / PAGE_SIZE, 0);
	int refusal;

	if (ref < 0)
		return ref;
	refusal = map_ref(ref, at, map);
	if (refusal)
		gnttab_try_end_foreign_access(ref);
	return refusal;
}

static int copy_frame(u64 from, u64 to)
{
	struct gnttab_copy copy = {
		.source = { .u.gmfn = from / PAGE_SIZE, .domid = DOMID_SELF },
		.dest = { .u.gmfn = to / PAGE_SIZE, .domid = DOMID_SELF },
		.len = PAGE_SIZE,
	};
	int err = HYPERVISOR_grant_table_op(GNTTABOP_copy, &copy, 1);

	return err ? err : copy.status;
}

/*
 * On x86 the first mapping takes the page out of the frame where it is, but a
 * second one may be made there: the frame that Xen knows the page by is none
 * that it is taken from (p2m_add_page(), "aliased!").
 */
static int map_twice(u64 gpa, struct alias *alias)
{
	int refusal = map_own_grant(gpa, ALIAS_GPA, &alias->there);

	if (refusal || !IS_ENABLED(CONFIG_X86))
		return refusal;
	refusal = map_ref(alias->there.ref, gpa, &alias->home);
	if (refusal) {
		unmap_ref(&alias->there);
		gnttab_try_end_foreign_access(alias->there.ref);
	}
	return refusal;
}

/*
 * Some Xens on x86 find no page behind a mapping of a grant
 * (p2m_get_page_from_gfn()), so that a window with an alias could not be taken:
 * tried once, with a page of our own, which stays as it is then.
 */
static int try_behind_mapping(void)
{
	void *own = (void *)get_zeroed_page(GFP_KERNEL);
	void *to = (void *)get_zeroed_page(GFP_KERNEL);
	struct alias alias;
	int refusal = -ENOMEM;

	if (own && to)
		refusal = map_twice(virt_to_phys(own), &alias);
	if (refusal)
		return refusal;
	unmap_ref(&alias.there);
	return copy_frame(virt_to_phys(own), virt_to_phys(to));
}

int make_alias(u64 gpa, struct alias *alias)
{
	static int refusal = 1; /* not tried yet */

	if (refusal > 0)
		refusal = IS_ENABLED(CONFIG_X86) ? try_behind_mapping() : 0;
	return refusal ? refusal : map_twice(gpa, alias);
}

/* On x86 the one at home has gone with the window, where alone Xen undoes it
 * (replace_grant_p2m_mapping()): the page stays ours until we die. */
void drop_alias(const struct alias *alias)
{
	unmap_ref(&alias->there);
	if (IS_ENABLED(CONFIG_X86))
		unmap_ref(&alias->home);
	gnttab_try_end_foreign_access(alias->there.ref);
}

/* The page lives on, held by us: write before and after it is sealed. */
static int seal_under_alias(void)
{
	void *alias = memremap(ALIAS_GPA, PAGE_SIZE, MEMREMAP_WB);
	int err;

	if (!alias)
		return -ENOMEM;
	memset(alias, 'B', PAGE_SIZE);
	err = seal();
	memset(alias, 'B', PAGE_SIZE);
	memunmap(alias);
	say("wrote through the alias");
	return err;
}

static int attack_alias(void)
{
	struct xen_carveout_window *w = fresh_window('A');
	struct alias alias;
	int refusal, err;

	if (IS_ERR(w))
		return PTR_ERR(w);
	refusal = make_alias(base, &alias);
	if (refusal)
		say("alias refused: %d", refusal);
	err = commit(w);
	if (!err)
		err = refusal ? seal() : seal_under_alias();
	if (!refusal)
		drop_alias(&alias);
	return err;
}

/* ---- copy ---- */

static void copy_both_ways(u64 own)
{
	int out = copy_frame(frame_gpa(0), own);

	say("%d %d", out, copy_frame(own, frame_gpa(1)));
}

static int attack_copy(void)
{
	struct xen_carveout_window *w = fresh_window('A');
	void *own = (void *)get_zeroed_page(GFP_KERNEL);
	int err = own ? PTR_ERR_OR_ZERO(w) : -ENOMEM;

	if (!err) {
		copy_frame(frame_gpa(0), virt_to_phys(own));
		memset(own, 'C', PAGE_SIZE);
		say("%d", copy_frame(virt_to_phys(own), frame_gpa(1)));
		err = commit(w);
		copy_both_ways(virt_to_phys(own));
		err = err ? err : seal();
		copy_both_ways(virt_to_phys(own));
	}
	free_page((unsigned long)own);
	return err;
}

/* ---- what a back end keeps mapped ---- */

static struct {
	struct xen_carveout_window *window; /* it is open */
	void *own;			    /* divert: what dom0 maps */
	int ref;
} back_end;

static int attack_held(void)
{
	struct xen_carveout_window *w = fresh_window('A');

	if (IS_ERR(w))
		return PTR_ERR(w);
	back_end.window = w;
	back_end.ref = gnttab_grant_foreign_access(DOM0, base / PAGE_SIZE, 0);
	say("ref %d", back_end.ref);
	return back_end.ref < 0 ? back_end.ref : 0;
}

static int let_go_held(void)
{
	int err = commit(back_end.window);

	back_end.window = NULL;
	/* If dom0 has it mapped, it stays: there is no page for Linux to defer.
	 */
	gnttab_try_end_foreign_access(back_end.ref);
	return err ? err : seal();
}

/* The driver takes its lowest free slot for a window. */
static int divert_first_page(struct xen_carveout_slot *slot)
{
	if (!slot->count) {
		say("no grants");
		return 0;
	}
	back_end.own = (void *)__get_free_page(GFP_KERNEL);
	if (!back_end.own)
		return -ENOMEM;
	memset(back_end.own, 'P', PAGE_SIZE);
	gnttab_grant_foreign_access_ref(slot->refs[0], DOM0,
					virt_to_gfn(back_end.own), 0);
	say("ref %u", slot->refs[0]);
	return 0;
}

static int attack_divert(void)
{
	struct xen_carveout_window *w = fresh_window('A');
	int err;

	if (IS_ERR(w))
		return PTR_ERR(w);
	err = divert_first_page(&target->slots[0]);
	if (back_end.own)
		back_end.window = w;
	else
		xen_carveout_discard_window(w);
	return err;
}

static int let_go_diverted(void)
{
	int err = commit(back_end.window);

	say("own page %s",
	    memchr_inv(back_end.own, 'P', PAGE_SIZE) ? "changed" : "kept");
	/* Not freed: dom0 has it mapped. */
	back_end.own = NULL;
	back_end.window = NULL;
	return err ? err : seal();
}

static int attack_let_go(void)
{
	if (back_end.own)
		return let_go_diverted();
	return back_end.window ? let_go_held() : -ENOENT;
}

const struct attack grants_attacks[] = {
	{ "alias", attack_alias },   { "copy", attack_copy },
	{ "held", attack_held },     { "divert", attack_divert },
	{ "let-go", attack_let_go }, {},
};
