// SPDX-License-Identifier: GPL-2.0-only
/*
 * Another driver, which has a range of physical addresses to itself: what a
 * carveout is attached to then is in the way of something.
 */
#include <linux/ioport.h>
#include <linux/module.h>

static unsigned long long base;
module_param(base, ullong, 0444);
MODULE_PARM_DESC(base, "first byte");

static unsigned long long size;
module_param(size, ullong, 0444);
MODULE_PARM_DESC(size, "bytes");

static int __init squatter_init(void)
{
	return request_mem_region(base, size, "squatter") ? 0 : -EBUSY;
}
module_init(squatter_init);

static void __exit squatter_exit(void)
{
	release_mem_region(base, size);
}
module_exit(squatter_exit);

MODULE_DESCRIPTION("Claims a range of physical addresses");
MODULE_LICENSE("GPL");
