// SPDX-License-Identifier: GPL-2.0-only
/*
 * hostile - what a guest's kernel can do behind its driver's back.
 *
 *   insmod hostile.ko name=NAME
 *   echo ATTACK > /sys/module/hostile/parameters/attack
 *   cat /sys/module/hostile/parameters/result
 *
 * The write succeeds if the attack could be made; what came of it is in result.
 * All but sealed-frame begin with a reset, so the carveout's stanza needs
 * guest-reset=1.  Those that end with a seal leave WINDOW_BYTES of content.
 *
 *   p2m.c     the window's frames, and what else lies in the guest's map
 *   grants.c  other ways to the pages of a window
 *   areas.c   memory that Xen itself writes
 *   race.c    a second vCPU
 *   refill.c  one that wants a frame back
 */
#include <linux/err.h>
#include <linux/module.h>
#include <linux/string.h>

#include "compat.h"
#include "hostile.h"

static char *name = "modem";
module_param(name, charp, 0444);
MODULE_PARM_DESC(name, "the carveout to attack");

unsigned long long base;
module_param(base, ullong, 0444);
MODULE_PARM_DESC(base, "where it lies");

unsigned long long host_base;
module_param(host_base, ullong, 0644);
MODULE_PARM_DESC(host_base, "where it lies in the host (pool)");

struct xen_carveout *target;
static char result[256] = "no attack was made";

void say(const char *format, ...)
{
	size_t used = strlen(result);
	va_list args;

	if (used)
		used += scnprintf(result + used, sizeof(result) - used, ", ");
	va_start(args, format);
	vscnprintf(result + used, sizeof(result) - used, format, args);
	va_end(args);
}

u64 frame_gpa(unsigned int page)
{
	return base + (u64)page * PAGE_SIZE;
}

void fill(struct xen_carveout_window *w, u8 value)
{
	static u8 page[PAGE_SIZE];
	u32 at;

	memset(page, value, sizeof(page));
	for (at = 0; at < w->length; at += sizeof(page))
		xen_carveout_window_write(w, at, page, sizeof(page));
}

struct xen_carveout_window *open_filled(u64 offset, u32 length, u8 value)
{
	struct xen_carveout_window *w = xen_carveout_open_window(
		target, offset, length, XEN_CARVEOUT_WINDOW_WRITE);

	if (!IS_ERR(w) && !xen_carveout_window_begin(w)) {
		fill(w, value);
		xen_carveout_window_end(w);
	}
	return w;
}

struct xen_carveout_window *fresh_window(u8 value)
{
	int err = xen_carveout_reset(target);

	return err ? ERR_PTR(err) : open_filled(0, WINDOW_BYTES, value);
}

int commit(struct xen_carveout_window *w)
{
	int err = xen_carveout_close_window(w, w->length);

	say("commit %d", err);
	return err;
}

/* To be called after a commit that succeeded. */
int seal(void)
{
	return xen_carveout_seal(target, WINDOW_BYTES, NULL, NULL);
}

static const struct attack *const tables[] = {
	p2m_attacks,  grants_attacks, areas_attacks,
	race_attacks, refill_attacks,
};

static const struct attack *attack_named(const char *text)
{
	const struct attack *a;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(tables); i++)
		for (a = tables[i]; a->name; a++)
			if (sysfs_streq(text, a->name))
				return a;
	return NULL;
}

static int attack_set(const char *text, const struct kernel_param *kp)
{
	const struct attack *attack = attack_named(text);

	if (!attack || !target)
		return -EINVAL;
	result[0] = '\0';
	return attack->run();
}

static const struct kernel_param_ops attack_ops = { .set = attack_set };
module_param_cb(attack, &attack_ops, NULL, 0200);
MODULE_PARM_DESC(attack, "write an attack's name to make it");

module_param_string(result, result, sizeof(result), 0444);
MODULE_PARM_DESC(result, "what came of the last attack");

static int __init hostile_init(void)
{
	struct xen_carveout *c = xen_carveout_get(name);

	if (IS_ERR(c))
		return PTR_ERR(c);
	target = c;
	return 0;
}

static void __exit hostile_exit(void)
{
	end_refill();
	xen_carveout_put(target);
}

module_init(hostile_init);
module_exit(hostile_exit);

MODULE_DESCRIPTION("Attacks of a guest kernel on its own carveout");
MODULE_LICENSE("GPL");
MODULE_IMPORT_NS(XEN_CARVEOUT_NS);
