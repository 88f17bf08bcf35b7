// SPDX-License-Identifier: GPL-2.0-only
/*
 * carveout_api_test - is the exported API what xen_carveout.h says?
 *
 *   insmod carveout_api_test.ko name=NAME [consumer=/NODE] [image=FILE]
 *   echo STEP > /sys/module/carveout_api_test/parameters/step
 *   cat /sys/module/carveout_api_test/parameters/result
 *
 * The write fails with the step's errno; result says "ok" or what was expected
 * and what came.  Steps, each proving one thing:
 *
 *   arguments  what is out of bounds is refused, before anything is mapped
 *   load       reset; two windows are written and committed, a third is
 *              discarded; content becomes 8 KiB: 4 KiB of 0xa5, 4 KiB of 0x5a;
 *              read-write windows show it
 *   access     what is written to a window at any alignment is read back and
 *              zeroed again; a byte beyond it, or outside a bracket, is refused
 *   allocate   the sub-allocator refuses nonsense, fills up and takes back
 *   base       result says the first address
 *   reserve, unreserve  keep other writers away, and let them
 *   hold       leaves a window open, as large as may be, whose first page is 0x77
 *   kept       after hold: what is in it is there yet, and is committed
 *   revoked    after dom0's revoke: begin and close say -ECANCELED, a new
 *              window is refused, reset heals.  (Run it too early and it
 *              fails: begin succeeds.)
 *   seal       after load: a wrong digest is refused and scrubs (-EBADMSG)
 *   sealed     load again and seal: the length is right; windows, allocation
 *              and a second seal are refused
 *   firmware   the file `image` of the firmware path is loaded and sealed
 *   race       windows are opened, touched and closed without a pause while it
 *              is reset over and over: resets succeed, and what is open either
 *              is there or says that it is not
 *   work       from now on a thread loads through windows, a bracket each KiB,
 *              whatever becomes of them, until `rest`, which says how many
 *   die        the next task that would leave an access bracket, or that would
 *              put a stream's bytes, dies there: the kernel says BUG
 *   tree       the node `consumer` points to NAME in its property "carveouts";
 *              its second entry, if any, is no carveout, its third one that is
 *              not attached.  result says "found NAME, N entries"
 *
 * `sealed` ends what can be tested unless the stanza has guest-reset=1: run it
 * last.  Kernel log: one line a step; and "has a carveout of N bytes" for each
 * node compatible with "hv-mgr,test-consumer", as soon as the first carveout
 * that it points to is attached.
 */
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/of.h>
#include <linux/platform_device.h>
#include <linux/string.h>
#include <linux/workqueue.h>

#include "api_test.h"
#include "compat.h"

#define PAGE 4096

static char *name = "modem";
module_param(name, charp, 0444);
MODULE_PARM_DESC(name, "the carveout to test");

static char *consumer = "/passthrough/carveout-consumer";
module_param(consumer, charp, 0444);
MODULE_PARM_DESC(consumer, "a device-tree node that points to it");

static char *image = "";
module_param(image, charp, 0444);
MODULE_PARM_DESC(image, "the file that the step firmware loads");

struct xen_carveout *carveout;
static struct xen_carveout_window *held;
char result[RESULT_MAX] = "no step was run";

int expect(const char *what, long got, long want)
{
	if (got == want)
		return 0;
	snprintf(result, sizeof(result), "%s: %ld where %ld was expected", what,
		 got, want);
	return got < 0 ? got : -EINVAL;
}

static long open_error(u64 offset, u32 length, int mode)
{
	struct xen_carveout_window *w;

	w = xen_carveout_open_window(carveout, offset, length, mode);
	if (IS_ERR(w))
		return PTR_ERR(w);
	xen_carveout_discard_window(w);
	return 0;
}

static int step_arguments(void)
{
	u64 size = xen_carveout_size(carveout);
	u32 max = xen_carveout_window_max(carveout);

	EXPECT("length 0", open_error(0, 0, XEN_CARVEOUT_WINDOW_WRITE),
	       -EINVAL);
	EXPECT("odd offset", open_error(1, PAGE, XEN_CARVEOUT_WINDOW_WRITE),
	       -EINVAL);
	EXPECT("too long", open_error(0, max + PAGE, XEN_CARVEOUT_WINDOW_WRITE),
	       -EINVAL);
	EXPECT("mode 0", open_error(0, PAGE, 0), -EINVAL);
	EXPECT("at the end", open_error(size, PAGE, XEN_CARVEOUT_WINDOW_WRITE),
	       -ENOSPC);
	EXPECT("wrapping",
	       open_error(-(u64)PAGE, PAGE, XEN_CARVEOUT_WINDOW_WRITE),
	       -ENOSPC);
	return 0;
}

/* Of a page, as a step needs it: steps run one at a time (kernel_param_lock). */
static u8 buffer[PAGE];

/* Inside a bracket: is the window blank?  Then fill it. */
static int fill_blank(struct xen_carveout_window *w, u8 value)
{
	int err = xen_carveout_window_read(w, 0, buffer, PAGE);

	if (err)
		return err;
	if (memchr_inv(buffer, 0, PAGE))
		return -ENOTEMPTY;
	memset(buffer, value, PAGE);
	return xen_carveout_window_write(w, 0, buffer, PAGE);
}

/* Open a window and fill its first page; the window is the caller's. */
static struct xen_carveout_window *fill_of(u64 offset, u32 length, u8 value)
{
	struct xen_carveout_window *w;
	int err;

	w = xen_carveout_open_window(carveout, offset, length,
				     XEN_CARVEOUT_WINDOW_WRITE);
	if (IS_ERR(w))
		return w;
	err = xen_carveout_window_begin(w);
	if (!err) {
		err = fill_blank(w, value);
		xen_carveout_window_end(w);
	}
	if (!err)
		return w;
	xen_carveout_discard_window(w);
	return ERR_PTR(err);
}

static struct xen_carveout_window *fill(u64 offset, u8 value)
{
	return fill_of(offset, PAGE, value);
}

static int fill_and_commit(u64 offset, u8 value)
{
	struct xen_carveout_window *w = fill(offset, value);

	EXPECT("fill", PTR_ERR_OR_ZERO(w), 0);
	EXPECT("close", xen_carveout_close_window(w, PAGE), 0);
	return 0;
}

static int fill_and_discard(u64 offset, u8 value)
{
	struct xen_carveout_window *w = fill(offset, value);

	EXPECT("fill", PTR_ERR_OR_ZERO(w), 0);
	EXPECT("discard", xen_carveout_discard_window(w), 0);
	return 0;
}

/* What was committed there shows in a window that asks for it, and stays. */
static int check_shown(u64 offset, u8 value)
{
	struct xen_carveout_window *w;
	int err;

	w = xen_carveout_open_window(carveout, offset, PAGE,
				     XEN_CARVEOUT_WINDOW_READ_WRITE);
	EXPECT("open read-write", PTR_ERR_OR_ZERO(w), 0);
	memset(buffer, 0, PAGE);
	err = xen_carveout_window_begin(w);
	if (!err) {
		err = xen_carveout_window_read(w, 0, buffer, PAGE);
		xen_carveout_window_end(w);
	}
	EXPECT("discard", xen_carveout_discard_window(w), 0);
	EXPECT("read", err, 0);
	EXPECT("other bytes", memchr_inv(buffer, value, PAGE) ? 1 : 0, 0);
	return 0;
}

static int step_load(void)
{
	int err;

	EXPECT("reset", xen_carveout_reset(carveout), 0);
	err = fill_and_commit(0, 0xa5);
	if (!err)
		err = fill_and_commit(PAGE, 0x5a);
	if (!err)
		err = fill_and_discard(2 * PAGE, 0xff);
	if (!err)
		err = check_shown(0, 0xa5);
	if (!err)
		err = check_shown(PAGE, 0x5a);
	return err;
}

/* Inside a bracket: 1000 bytes that start and end at odd addresses. */
static int odd_bytes(struct xen_carveout_window *w)
{
	const u32 at = 7, length = 1000;
	u32 i;

	for (i = 0; i < length; i++)
		buffer[i + 3] = i % 251;
	EXPECT("write", xen_carveout_window_write(w, at, buffer + 3, length),
	       0);
	memset(buffer, 0xff, PAGE);
	EXPECT("read", xen_carveout_window_read(w, at, buffer + 5, length), 0);
	for (i = 0; i < length; i++)
		EXPECT("a byte read back", buffer[i + 5], i % 251);
	EXPECT("the byte after it", buffer[5 + length], 0xff);
	EXPECT("zero", xen_carveout_window_zero(w, at, length), 0);
	EXPECT("read again", xen_carveout_window_read(w, 0, buffer, PAGE), 0);
	EXPECT("bytes left", memchr_inv(buffer, 0, PAGE) ? 1 : 0, 0);
	return 0;
}

/*
 * Inside a bracket: one byte too far, and offsets that would wrap; what a
 * holder writes to the structure moves no bound.
 */
static int beyond(struct xen_carveout_window *w)
{
	w->length = U32_MAX;
	EXPECT("the last byte",
	       xen_carveout_window_write(w, PAGE - 1, buffer, 1), 0);
	EXPECT("write beyond",
	       xen_carveout_window_write(w, PAGE - 1, buffer, 2), -EINVAL);
	EXPECT("read beyond", xen_carveout_window_read(w, 1, buffer, PAGE),
	       -EINVAL);
	EXPECT("zero beyond", xen_carveout_window_zero(w, PAGE, 1), -EINVAL);
	EXPECT("wrapping", xen_carveout_window_zero(w, 1, SIZE_MAX), -EINVAL);
	return 0;
}

static int access_window(struct xen_carveout_window *w)
{
	int err;

	EXPECT("without a bracket", xen_carveout_window_zero(w, 0, 1), -EINVAL);
	EXPECT("begin", xen_carveout_window_begin(w), 0);
	err = odd_bytes(w);
	if (!err)
		err = beyond(w);
	xen_carveout_window_end(w);
	return err;
}

static int step_access(void)
{
	struct xen_carveout_window *w;
	int err;

	EXPECT("reset", xen_carveout_reset(carveout), 0);
	w = xen_carveout_open_window(carveout, 0, PAGE,
				     XEN_CARVEOUT_WINDOW_WRITE);
	EXPECT("open", PTR_ERR_OR_ZERO(w), 0);
	err = access_window(w);
	xen_carveout_discard_window(w);
	return err;
}

static int step_allocate(void)
{
	u64 size = xen_carveout_size(carveout);
	u64 a, b;

	EXPECT("size 0", xen_carveout_alloc(carveout, 0, PAGE, &a), -EINVAL);
	EXPECT("align 3", xen_carveout_alloc(carveout, PAGE, 3, &a), -EINVAL);
	EXPECT("allocate", xen_carveout_alloc(carveout, 100, 1, &a), 0);
	EXPECT("all of it", xen_carveout_alloc(carveout, size, 1, &b), -ENOMEM);
	xen_carveout_free(carveout, a, 100);
	EXPECT("all of it, now", xen_carveout_alloc(carveout, size, 1, &b), 0);
	xen_carveout_free(carveout, b, size);
	return 0;
}

static int step_base(void)
{
	snprintf(result, sizeof(result), "%#llx", xen_carveout_base(carveout));
	return 0;
}

static int step_reserve(void)
{
	EXPECT("reserve", xen_carveout_reserve(carveout), 0);
	return 0;
}

static int step_unreserve(void)
{
	xen_carveout_unreserve(carveout);
	return 0;
}

static int step_hold(void)
{
	struct xen_carveout_window *w;

	EXPECT("windows held already", held ? -EBUSY : 0, 0);
	EXPECT("reset", xen_carveout_reset(carveout), 0);
	w = fill_of(0, xen_carveout_window_max(carveout), 0x77);
	EXPECT("fill", PTR_ERR_OR_ZERO(w), 0);
	held = w;
	return 0;
}

static int step_kept(void)
{
	struct xen_carveout_window *w = held;

	EXPECT("windows held", w ? 1 : 0, 1);
	held = NULL;
	EXPECT("begin", xen_carveout_window_begin(w), 0);
	EXPECT("read", xen_carveout_window_read(w, 0, buffer, PAGE), 0);
	xen_carveout_window_end(w);
	EXPECT("other bytes", memchr_inv(buffer, 0x77, PAGE) ? 1 : 0, 0);
	EXPECT("close", xen_carveout_close_window(w, PAGE), 0);
	return 0;
}

static int step_revoked(void)
{
	struct xen_carveout_window *w = held;
	int begin;

	EXPECT("windows held", w ? 1 : 0, 1);
	begin = xen_carveout_window_begin(w);
	if (!begin)
		xen_carveout_window_end(w);
	EXPECT("begin", begin, -ECANCELED); /* still ours: it was not revoked */
	held = NULL;
	EXPECT("close", xen_carveout_close_window(w, PAGE), -ECANCELED);
	EXPECT("a new window", open_error(0, PAGE, XEN_CARVEOUT_WINDOW_WRITE),
	       -ECANCELED);
	EXPECT("reset", xen_carveout_reset(carveout), 0);
	EXPECT("a window after reset",
	       open_error(0, PAGE, XEN_CARVEOUT_WINDOW_WRITE), 0);
	return 0;
}

static int step_seal(void)
{
	u8 wrong[XEN_CARVEOUT_DIGEST_SIZE] = { 1 };
	int err = step_load();

	if (err)
		return err;
	EXPECT("seal with a wrong digest",
	       xen_carveout_seal(carveout, 2 * PAGE, wrong, NULL), -EBADMSG);
	EXPECT("a window after that",
	       open_error(0, PAGE, XEN_CARVEOUT_WINDOW_WRITE), -ECANCELED);
	return 0;
}

static int step_sealed(void)
{
	u8 digest[XEN_CARVEOUT_DIGEST_SIZE];
	u64 a;
	int err = step_load();

	if (err)
		return err;
	EXPECT("seal", xen_carveout_seal(carveout, 2 * PAGE, NULL, digest), 0);
	pr_info("carveout_api_test: digest %*phN\n", XEN_CARVEOUT_DIGEST_SIZE,
		digest);
	EXPECT("a window", open_error(0, PAGE, XEN_CARVEOUT_WINDOW_WRITE),
	       -EPERM);
	EXPECT("allocate", xen_carveout_alloc(carveout, PAGE, 1, &a), -EPERM);
	EXPECT("seal again", xen_carveout_seal(carveout, 2 * PAGE, NULL, NULL),
	       -EALREADY);
	return 0;
}

static int step_firmware(void)
{
	EXPECT("load", xen_carveout_load_firmware(carveout, image), 0);
	return 0;
}

/* What each entry of "carveouts" gives; what is beyond the list, -ENOENT. */
static const int entry_errors[] = { 0, -EINVAL, -EPROBE_DEFER };

static int check_entry(struct device_node *node, int index, int want)
{
	struct xen_carveout *c = of_xen_carveout_get(node, index);

	EXPECT("an entry", PTR_ERR_OR_ZERO(c), want);
	if (IS_ERR(c))
		return 0;
	xen_carveout_put(c);
	EXPECT("the same carveout", c == carveout, 1);
	return 0;
}

static int check_entries(struct device_node *node)
{
	int i, err, count;

	count = of_count_phandle_with_args(node, "carveouts", NULL);
	EXPECT("entries", count > 0 && count <= ARRAY_SIZE(entry_errors), 1);
	for (i = 0; i < count; i++) {
		err = check_entry(node, i, entry_errors[i]);
		if (err)
			return err;
	}
	err = check_entry(node, count, -ENOENT);
	if (!err)
		snprintf(result, sizeof(result), "found %s, %d entries", name,
			 count);
	return err;
}

static int step_tree(void)
{
	struct device_node *node = of_find_node_by_path(consumer);
	int err;

	EXPECT("the consumer's node", node ? 1 : 0, 1);
	err = check_entries(node);
	of_node_put(node);
	return err;
}

/* Opens windows until told to stop: what it touches is there, or refused. */
static int race_opener(void *rounds)
{
	while (!kthread_should_stop()) {
		struct xen_carveout_window *w =
			fill((*(unsigned int *)rounds)++ % 2 * PAGE, 0xa5);

		if (!IS_ERR(w))
			xen_carveout_discard_window(w);
		cond_resched();
	}
	return 0;
}

#define RACE_RESETS 50

static int race_resets(void)
{
	unsigned int i;

	for (i = 0; i < RACE_RESETS; i++)
		EXPECT("reset", xen_carveout_reset(carveout), 0);
	return 0;
}

static int step_race(void)
{
	unsigned int rounds = 0;
	struct task_struct *opener =
		kthread_run(race_opener, &rounds, "xen-carveout-race");
	int err;

	EXPECT("kthread", PTR_ERR_OR_ZERO(opener), 0);
	err = race_resets();
	kthread_stop(opener);
	EXPECT("windows opened", rounds > RACE_RESETS, 1);
	return err;
}

static const struct {
	const char *name;
	int (*run)(void);
} steps[] = {
	{ "arguments", step_arguments },
	{ "load", step_load },
	{ "access", step_access },
	{ "allocate", step_allocate },
	{ "hold", step_hold },
	{ "revoked", step_revoked },
	{ "kept", step_kept },
	{ "work", step_work },
	{ "rest", step_rest },
	{ "seal", step_seal },
	{ "sealed", step_sealed },
	{ "tree", step_tree },
	{ "race", step_race },
	{ "base", step_base },
	{ "reserve", step_reserve },
	{ "unreserve", step_unreserve },
	{ "die", step_die },
	{ "firmware", step_firmware },
};

static int step_set(const char *text, const struct kernel_param *kp)
{
	unsigned int i;
	int err;

	for (i = 0; i < ARRAY_SIZE(steps); i++)
		if (sysfs_streq(text, steps[i].name))
			break;
	/* Before init has found the carveout there is nothing to run on. */
	if (i == ARRAY_SIZE(steps) || !carveout)
		return -EINVAL;
	strscpy(result, "ok", sizeof(result));
	err = steps[i].run();
	pr_info("carveout_api_test: %s: %s\n", steps[i].name, result);
	return err;
}

/* As many a driver's: in one of the kernel's own queues. */
static void ordinary_work(struct work_struct *work)
{
	msleep(20);
}

static DECLARE_WORK(ordinary, ordinary_work);

/*
 * A driver that takes the first of its node's "carveouts" in its probe: when
 * that one is not attached yet, it is tried again as soon as it is.  It may
 * wait for any work there: the kernel warns of who may not.
 */
static int consumer_probe(struct platform_device *dev)
{
	struct xen_carveout *c = of_xen_carveout_get(dev->dev.of_node, 0);

	if (IS_ERR(c))
		return PTR_ERR(c);
	schedule_work(&ordinary);
	flush_work(&ordinary);
	dev_info(&dev->dev, "has a carveout of %llu bytes\n",
		 xen_carveout_size(c));
	xen_carveout_put(c);
	return 0;
}

static const struct of_device_id consumer_ids[] = {
	{ .compatible = "hv-mgr,test-consumer" }, {}
};

static struct platform_driver consumer_driver = {
	.driver = { .name = "carveout_api_test",
		    .of_match_table = consumer_ids },
	.probe = consumer_probe,
};

static const struct kernel_param_ops step_ops = { .set = step_set };
module_param_cb(step, &step_ops, NULL, 0200);
MODULE_PARM_DESC(step, "write a step's name to run it");

module_param_string(result, result, sizeof(result), 0444);
MODULE_PARM_DESC(result, "what came of the last step");

static int __init api_test_init(void)
{
	struct xen_carveout *c = xen_carveout_get(name);
	int err;

	if (IS_ERR(c))
		return PTR_ERR(c);
	err = platform_driver_register(&consumer_driver);
	if (err) {
		xen_carveout_put(c);
		return err;
	}
	carveout = c;
	return 0;
}

static void __exit api_test_exit(void)
{
	die_no_more();
	work_no_more();
	platform_driver_unregister(&consumer_driver);
	if (held)
		xen_carveout_discard_window(held);
	xen_carveout_put(carveout);
}

module_init(api_test_init);
module_exit(api_test_exit);

MODULE_DESCRIPTION("Test of the carveout API");
MODULE_LICENSE("GPL");
MODULE_IMPORT_NS(XEN_CARVEOUT_NS);
