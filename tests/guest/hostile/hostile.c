// SPDX-License-Identifier: GPL-2.0-only
/*
 * hostile - what a guest's kernel can do behind its driver's back.
 *
 *   insmod hostile.ko name=NAME
 *   echo ATTACK > /sys/module/hostile/parameters/attack
 *   cat /sys/module/hostile/parameters/result
 *
 * "Vault" and "pool" below are the carveout's backing.  A window of a pool is
 * Device memory: frames of the host that have no owner in Xen, so that Xen
 * knows no way to hand them on.
 *
 * populate  Flaw looked for: sealed bytes show up again, or change.  Method:
 *           XENMEM_populate_physmap at the carveout's first frame, then write
 *           there.  Meaning: result "own page, blank" is as it must be; bytes
 *           of the sealed image there would be the flaw, and so would a digest
 *           that changes in dom0.  The same on both backings.
 * remove    Flaw: a close that takes pages which are no longer there hangs,
 *           crashes or keeps anything.  Method: XENMEM_decrease_reservation of
 *           one page of an open window, then commit.  Meaning: result
 *           "commit -14" (EFAULT), the carveout is FAILED, and the manager
 *           lives.  (On a host that does not scrub, the page is pinned, what
 *           the guest threw away is taken all the same: "commit 0".)
 *           Pool: "remove refused, commit 0": there is no page of the guest's
 *           to remove.  Anything else there would be the flaw.
 * replace   Flaw: a close keeps a page of the guest's, or leaves it one of the
 *           carveout's.  Method: XENMEM_populate_physmap over one page of an
 *           open window, which gives the guest a page of its own there, write
 *           to that, then commit.  Meaning: vault: "commit 0", the content is
 *           what lay there at the close.  Pool: "commit -14", the carveout is
 *           FAILED, and the manager lives.  "replace refused, commit 0": Xen
 *           gave it no page, and nothing was tried.
 * alias     Flaw: committed bytes change after the close.  Method: grant a
 *           window's page to ourselves, map the grant at another frame, fill
 *           with A, commit, and write B through the alias, which outlives the
 *           strip; then seal.  Meaning: the content is all A, whatever the
 *           alias did.  "alias refused: STATUS" in result, GNTTABOP's or a
 *           negated errno: Xen made none, and the content is sealed all the
 *           same.  Vault: so with max_maptrack_frames=0.  Pool: always, with
 *           -9 (GNTST_bad_page); an alias there would be the flaw, as what is
 *           sealed are the very frames that it reaches.
 */
#include <linux/err.h>
#include <linux/io.h>
#include <linux/module.h>
#include <linux/string.h>
#include <xen/grant_table.h>
#include <xen/interface/memory.h>
#include <xen/xen.h>
#include <xen/xenbus.h>
#include <asm/xen/hypercall.h>

#include "carveout.h"

#define PAGE 4096
#define ALIAS_GPA 0x1f0000000ULL /* a hole: far above any carveout here */

static char *name = "modem";
module_param(name, charp, 0444);
MODULE_PARM_DESC(name, "the carveout to attack");

static unsigned long long base = 0x100000000ULL;
module_param(base, ullong, 0444);
MODULE_PARM_DESC(base, "where it lies");

static struct carveout *carveout;
static char result[128] = "no attack was made";

/* One page of this guest at a frame: 1 if Xen did it. */
static int reserve(unsigned int op, u64 gpa)
{
	xen_pfn_t frame = gpa / PAGE;
	struct xen_memory_reservation reservation = {
		.nr_extents = 1,
		.domid = DOMID_SELF,
	};

	set_xen_guest_handle(reservation.extent_start, &frame);
	return HYPERVISOR_memory_op(op, &reservation);
}

static int attack_populate(void)
{
	bool blank;
	void *page;

	if (reserve(XENMEM_populate_physmap, base) != 1)
		return -ENOMEM;
	page = memremap(base, PAGE, MEMREMAP_WB);
	if (!page)
		return -ENOMEM;
	blank = !memchr_inv(page, 0, PAGE);
	memset(page, 0xee, PAGE);
	memunmap(page);
	snprintf(result, sizeof(result), "own page, %s",
		 blank ? "blank" : "not blank");
	return 0;
}

/* Inside a bracket. */
static void fill(struct carveout_window *w, u8 value)
{
	static u8 page[PAGE];
	u32 at;

	memset(page, value, PAGE);
	for (at = 0; at < w->length; at += PAGE)
		carveout_window_write(w, at, page, PAGE);
}

static struct carveout_window *open_filled(u8 value)
{
	struct carveout_window *w;

	w = carveout_open_window(carveout, 0, 4 * PAGE, CARVEOUT_WINDOW_WRITE);
	if (!IS_ERR(w) && !carveout_window_begin(w)) {
		fill(w, value);
		carveout_window_end(w);
	}
	return w;
}

static int commit_and_tell(struct carveout_window *w, const char *before)
{
	snprintf(result, sizeof(result), "%scommit %d", before,
		 carveout_close_window(w, 4 * PAGE));
	return 0;
}

static int attack_remove(void)
{
	struct carveout_window *w = open_filled('R');
	bool removed;

	if (IS_ERR(w))
		return PTR_ERR(w);
	removed = reserve(XENMEM_decrease_reservation, base + PAGE) == 1;
	return commit_and_tell(w, removed ? "" : "remove refused, ");
}

static int attack_replace(void)
{
	struct carveout_window *w = open_filled('R');
	bool replaced;

	if (IS_ERR(w))
		return PTR_ERR(w);
	replaced = reserve(XENMEM_populate_physmap, base + PAGE) == 1;
	if (replaced && !carveout_window_begin(w)) {
		fill(w, 'X');
		carveout_window_end(w);
	}
	return commit_and_tell(w, replaced ? "" : "replace refused, ");
}

/*
 * Map our own grant of the carveout's first page at ALIAS_GPA: 0, or what Xen
 * said.  Not by gnttab_set_map_op(), which takes addresses of the kernel's
 * linear map; and Xen wants our number here, not DOMID_SELF.
 */
static int make_alias(struct gnttab_map_grant_ref *map, int *ref)
{
	domid_t self = xenbus_read_unsigned("domid", "", DOMID_SELF);
	int err;

	*ref = gnttab_grant_foreign_access(self, base / PAGE, 0);
	if (*ref < 0)
		return *ref;
	*map = (struct gnttab_map_grant_ref){
		.host_addr = ALIAS_GPA,
		.flags = GNTMAP_host_map,
		.ref = *ref,
		.dom = self,
	};
	err = HYPERVISOR_grant_table_op(GNTTABOP_map_grant_ref, map, 1);
	return err ? err : map->status;
}

static void drop_alias(const struct gnttab_map_grant_ref *map)
{
	struct gnttab_unmap_grant_ref unmap = {
		.host_addr = ALIAS_GPA,
		.handle = map->handle,
	};

	HYPERVISOR_grant_table_op(GNTTABOP_unmap_grant_ref, &unmap, 1);
}

/* The page lives on, held by us: write before and after it is sealed. */
static int seal_under_alias(void)
{
	void *alias = memremap(ALIAS_GPA, PAGE, MEMREMAP_WB);
	int err;

	if (!alias)
		return -ENOMEM;
	memset(alias, 'B', PAGE);
	err = carveout_seal(carveout, 4 * PAGE, NULL, NULL);
	memset(alias, 'B', PAGE);
	memunmap(alias);
	snprintf(result, sizeof(result), "wrote through the alias");
	return err;
}

static int seal_without(int refusal)
{
	snprintf(result, sizeof(result), "alias refused: %d", refusal);
	return carveout_seal(carveout, 4 * PAGE, NULL, NULL);
}

static int attack_alias(void)
{
	struct carveout_window *w = open_filled('A');
	struct gnttab_map_grant_ref map;
	int ref, refusal, err;

	if (IS_ERR(w))
		return PTR_ERR(w);
	refusal = make_alias(&map, &ref);
	err = carveout_close_window(w, 4 * PAGE);
	if (!err)
		err = refusal ? seal_without(refusal) : seal_under_alias();
	if (!refusal)
		drop_alias(&map);
	if (ref >= 0)
		gnttab_try_end_foreign_access(ref);
	return err;
}

static const struct {
	const char *name;
	int (*run)(void);
} attacks[] = {
	{ "populate", attack_populate },
	{ "remove", attack_remove },
	{ "replace", attack_replace },
	{ "alias", attack_alias },
};

static int attack_set(const char *text, const struct kernel_param *kp)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(attacks); i++)
		if (sysfs_streq(text, attacks[i].name) && carveout)
			return attacks[i].run();
	return -EINVAL;
}

static const struct kernel_param_ops attack_ops = { .set = attack_set };
module_param_cb(attack, &attack_ops, NULL, 0200);
MODULE_PARM_DESC(attack, "write an attack's name to make it");

module_param_string(result, result, sizeof(result), 0444);
MODULE_PARM_DESC(result, "what came of the last attack");

static int __init hostile_init(void)
{
	struct carveout *c = carveout_get(name);

	if (IS_ERR(c))
		return PTR_ERR(c);
	carveout = c;
	return 0;
}

static void __exit hostile_exit(void)
{
	carveout_put(carveout);
}

module_init(hostile_init);
module_exit(hostile_exit);

MODULE_DESCRIPTION("Attacks of a guest kernel on its own carveout");
MODULE_LICENSE("GPL");
