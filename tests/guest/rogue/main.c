// SPDX-License-Identifier: GPL-2.0-only
/*
 * rogue - what a guest's kernel can do to the manager through ring and
 * xenstore, as its own front end.
 *
 *   insmod rogue.ko [seed=N]         instead of xen-carveout.ko
 *   echo ATTACK [SECONDS] > /sys/module/rogue/parameters/attack
 *   cat /sys/module/rogue/parameters/result
 *
 * The guest has two carveouts: the first of 16 MiB with two windows of at most
 * 256 KiB, the second of any size, which the guest may reset.  Each file says
 * what its attacks look for, how, and what their outcomes mean.  Whatever they
 * find, two things are the flaw if they are otherwise: the manager (it must
 * live and go on answering others), and the link (each attack begins with an
 * honest handshake, so what the one before did must not have stuck).
 */
#include <linux/jiffies.h>
#include <linux/module.h>
#include <linux/random.h>
#include <linux/string.h>
#include <linux/timekeeping.h>
#include <xen/xen.h>

#include "rogue.h"

static unsigned long long seed;
module_param(seed, ullong, 0444);
MODULE_PARM_DESC(seed, "of what is done at random; 0: choose one");

static unsigned int seconds;
static char result[256] = "no attack was made";
module_param_string(result, result, sizeof(result), 0444);
MODULE_PARM_DESC(result, "what came of the last attack");

void tell(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vscnprintf(result, sizeof(result), format, args);
	va_end(args);
	pr_info("rogue: %s\n", result);
}

bool time_left(u64 *deadline)
{
	u64 now = ktime_get_ns();

	if (!*deadline)
		*deadline = now + (u64)seconds * NSEC_PER_SEC;
	return now < *deadline;
}

u64 seed_of(unsigned int thread)
{
	return seed + thread;
}

/* splitmix64: any state will do, also 0. */
u32 roll(u64 *state)
{
	u64 z = *state += 0x9e3779b97f4a7c15ULL;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return z >> 32;
}

/* ---- attacks ---- */

static const struct {
	const char *name;
	int (*run)(void);
} attacks[] = {
	{ "table", attack_table },     { "foreign", attack_foreign },
	{ "indices", attack_indices }, { "replay", attack_replay },
	{ "flip", attack_flip },       { "flood", attack_flood },
	{ "hold", attack_hold },       { "pour", attack_pour },
	{ "storm", attack_storm },     { "watches", attack_watches },
	{ "churn", attack_churn },     { "vanish", attack_vanish },
	{ "balloon", attack_balloon }, { "twins", attack_twins },
	{ "nest", attack_nest },       { "swarm", attack_swarm },
};

static int connect_all(void)
{
	unsigned int i;
	int err = 0;

	for (i = 0; i < LINKS && !err; i++)
		err = links[i].dev ? link_connect(&links[i]) : -ENODEV;
	if (err)
		tell("no honest handshake with carveout %u: %d", i - 1, err);
	return err;
}

static int attack_set(const char *text, const struct kernel_param *kp)
{
	char name[16];
	unsigned int i;
	int err;

	seconds = 1;
	if (sscanf(text, "%15s %u", name, &seconds) < 1)
		return -EINVAL;
	for (i = 0; i < ARRAY_SIZE(attacks); i++) {
		if (strcmp(name, attacks[i].name))
			continue;
		err = connect_all();
		return err ? err : attacks[i].run();
	}
	return -EINVAL;
}

static const struct kernel_param_ops attack_ops = { .set = attack_set };
module_param_cb(attack, &attack_ops, NULL, 0200);
MODULE_PARM_DESC(attack, "write an attack's name to make it");

/* ---- the device ---- */

static int rogue_probe(struct xenbus_device *dev,
		       const struct xenbus_device_id *id)
{
	unsigned int number;
	int err;

	if (sscanf(dev->nodename, "device/" CARVEOUTIF_DEVICE "/%u", &number) !=
		    1 ||
	    number >= LINKS_MAX)
		return -ENODEV;
	err = link_make(&links[number], dev);
	if (!err)
		err = link_connect(&links[number]);
	if (err) {
		link_unmake(&links[number]);
		return err;
	}
	/* Or the registration waits 30 s for it. */
	dev->state = XenbusStateConnected;
	dev_set_drvdata(&dev->dev, &links[number]);
	return 0;
}

static void rogue_remove(struct xenbus_device *dev)
{
	struct link *link = dev_get_drvdata(&dev->dev);

	link_close(link);
	link_unmake(link);
}

/* Attacks look for themselves. */
static void rogue_changed(struct xenbus_device *dev, enum xenbus_state state)
{
}

static const struct xenbus_device_id rogue_ids[] = { { CARVEOUTIF_DEVICE },
						     { "" } };

static struct xenbus_driver rogue_driver = {
	.ids = rogue_ids,
	.not_essential = true,
	.probe = rogue_probe,
	.remove = rogue_remove,
	.otherend_changed = rogue_changed,
};

/* Without an owner, so that rmmod needs no unbinding first. */
static int __init rogue_init(void)
{
	if (!xen_domain())
		return -ENODEV;
	if (!seed)
		seed = get_random_u32();
	return __xenbus_register_frontend(&rogue_driver, NULL, KBUILD_MODNAME);
}

static void __exit rogue_exit(void)
{
	xenbus_unregister_driver(&rogue_driver);
}

module_init(rogue_init);
module_exit(rogue_exit);

MODULE_DESCRIPTION("A carveout front end that keeps to no rule");
MODULE_LICENSE("GPL");
