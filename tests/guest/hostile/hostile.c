// SPDX-License-Identifier: GPL-2.0-only
/*
 * hostile - what a guest's kernel can do behind its driver's back.
 *
 *   insmod hostile.ko name=NAME
 *   echo ATTACK > /sys/module/hostile/parameters/attack
 *   cat /sys/module/hostile/parameters/result
 *
 * populate  Flaw looked for: sealed bytes show up again, or change.  Method:
 *           XENMEM_populate_physmap at the carveout's first frame, then write
 *           there.  Meaning: result "own page, blank" is as it must be; bytes
 *           of the sealed image there would be the flaw, and so would a digest
 *           that changes in dom0.
 * remove    Flaw: a close that takes pages which are no longer there hangs,
 *           crashes or keeps anything.  Method: XENMEM_decrease_reservation of
 *           one page of an open window, then commit.  Meaning: result
 *           "commit -14" (EFAULT), the carveout is FAILED, and the manager
 *           lives.  (On a host that does not scrub, the page is pinned, what
 *           the guest threw away is taken all the same: "commit 0".)
 * alias     Flaw: committed bytes change after the close.  Method: grant a
 *           window's page to ourselves, map the grant at another frame, fill
 *           with A, commit, and write B through the alias, which outlives the
 *           strip; then seal.  Meaning: the content is all A, whatever the
 *           alias did.  "no alias" in result: Xen refused the mapping
 *           (max_maptrack_frames=0), and nothing was tried.
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

static struct carveout_window *open_filled(u8 value)
{
	struct carveout_window *w;

	w = carveout_open_window(carveout, 0, 4 * PAGE, CARVEOUT_WINDOW_WRITE);
	if (!IS_ERR(w) && !carveout_window_begin(w)) {
		memset(w->addr, value, 4 * PAGE);
		carveout_window_end(w);
	}
	return w;
}

static int attack_remove(void)
{
	struct carveout_window *w = open_filled('R');

	if (IS_ERR(w))
		return PTR_ERR(w);
	if (reserve(XENMEM_decrease_reservation, base + PAGE) != 1)
		return -EIO;
	snprintf(result, sizeof(result), "commit %d",
		 carveout_close_window(w, 4 * PAGE));
	return 0;
}

/*
 * Map our own grant of the carveout's first page at ALIAS_GPA.  Not by
 * gnttab_set_map_op(), which takes addresses of the kernel's linear map; and
 * Xen wants our number here, not DOMID_SELF.
 */
static void *make_alias(struct gnttab_map_grant_ref *map, int *ref)
{
	domid_t self = xenbus_read_unsigned("domid", "", DOMID_SELF);

	*ref = gnttab_grant_foreign_access(self, base / PAGE, 0);
	if (*ref < 0)
		return NULL;
	*map = (struct gnttab_map_grant_ref){
		.host_addr = ALIAS_GPA,
		.flags = GNTMAP_host_map,
		.ref = *ref,
		.dom = self,
	};
	if (HYPERVISOR_grant_table_op(GNTTABOP_map_grant_ref, map, 1) ||
	    map->status != GNTST_okay)
		return NULL;
	return memremap(ALIAS_GPA, PAGE, MEMREMAP_WB);
}

static void drop_alias(const struct gnttab_map_grant_ref *map, void *alias)
{
	struct gnttab_unmap_grant_ref unmap = {
		.host_addr = ALIAS_GPA,
		.handle = map->handle,
	};

	memunmap(alias);
	HYPERVISOR_grant_table_op(GNTTABOP_unmap_grant_ref, &unmap, 1);
}

static int attack_alias(void)
{
	struct carveout_window *w = open_filled('A');
	struct gnttab_map_grant_ref map;
	void *alias;
	int ref, err;

	if (IS_ERR(w))
		return PTR_ERR(w);
	alias = make_alias(&map, &ref);
	err = carveout_close_window(w, 4 * PAGE);
	if (alias) {
		memset(alias, 'B', PAGE); /* the page lives on, held by us */
		if (!err)
			err = carveout_seal(carveout, 4 * PAGE, NULL, NULL);
		memset(alias, 'B', PAGE);
		drop_alias(&map, alias);
	}
	if (ref >= 0)
		gnttab_try_end_foreign_access(ref);
	snprintf(result, sizeof(result), "%s",
		 alias ? "wrote through the alias" : "no alias");
	return err;
}

static const struct {
	const char *name;
	int (*run)(void);
} attacks[] = {
	{ "populate", attack_populate },
	{ "remove", attack_remove },
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
