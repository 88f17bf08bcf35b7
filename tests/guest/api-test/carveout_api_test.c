// SPDX-License-Identifier: GPL-2.0-only
/*
 * carveout_api_test - is the exported API what carveout.h says?
 *
 *   insmod carveout_api_test.ko name=NAME
 *   echo STEP > /sys/module/carveout_api_test/parameters/step
 *   cat /sys/module/carveout_api_test/parameters/result
 *
 * The write fails with the step's errno; result says "ok" or
 * what was expected and what came.  Steps, each proving one thing:
 *
 *   arguments  what is out of bounds is refused, before anything is mapped
 *   load       reset; two windows are written and committed, a third is
 *              discarded; content becomes 8 KiB: 4 KiB of 0xa5, 4 KiB of 0x5a
 *   allocate   the sub-allocator refuses nonsense, fills up and takes back
 *   hold       leaves a window open, for dom0 to revoke
 *   revoked    after dom0's revoke: begin and close say -ECANCELED, a new
 *              window is refused, reset heals.  (Run it too early and it
 *              fails: begin succeeds.)
 *   seal       after load: a wrong digest is refused and scrubs (-EBADMSG)
 *   sealed     load again and seal: the length is right; windows, allocation
 *              and a second seal are refused
 *
 * `sealed` ends what can be tested unless the stanza has guest-reset=1: run it
 * last.  Kernel log: one line a step.
 */
#include <linux/err.h>
#include <linux/module.h>
#include <linux/string.h>

#include "carveout.h"

#define PAGE 4096

static char *name = "modem";
module_param(name, charp, 0444);
MODULE_PARM_DESC(name, "the carveout to test");

static struct carveout *carveout;
static struct carveout_window *held;
static char result[128] = "no step was run";

/* Say which expectation failed. */
static int expect(const char *what, long got, long want)
{
	if (got == want)
		return 0;
	snprintf(result, sizeof(result), "%s: %ld where %ld was expected", what,
		 got, want);
	return got < 0 ? got : -EINVAL;
}

/* Leave the step where an expectation fails. */
#define EXPECT(what, got, want)                       \
	do {                                          \
		int failed = expect(what, got, want); \
                                                      \
		if (failed)                           \
			return failed;                \
	} while (0)

static long open_error(u64 offset, u32 length, int mode)
{
	struct carveout_window *w;

	w = carveout_open_window(carveout, offset, length, mode);
	if (IS_ERR(w))
		return PTR_ERR(w);
	carveout_discard_window(w);
	return 0;
}

static int step_arguments(void)
{
	u64 size = carveout_size(carveout);
	u32 max = carveout_window_max(carveout);

	EXPECT("length 0", open_error(0, 0, CARVEOUT_WINDOW_WRITE), -EINVAL);
	EXPECT("odd offset", open_error(1, PAGE, CARVEOUT_WINDOW_WRITE),
	       -EINVAL);
	EXPECT("too long", open_error(0, max + PAGE, CARVEOUT_WINDOW_WRITE),
	       -EINVAL);
	EXPECT("mode 0", open_error(0, PAGE, 0), -EINVAL);
	EXPECT("at the end", open_error(size, PAGE, CARVEOUT_WINDOW_WRITE),
	       -ENOSPC);
	EXPECT("wrapping", open_error(-(u64)PAGE, PAGE, CARVEOUT_WINDOW_WRITE),
	       -ENOSPC);
	return 0;
}

/* Open a page at `offset` and fill it; the window is the caller's. */
static struct carveout_window *fill(u64 offset, u8 value)
{
	struct carveout_window *w;
	int err;

	w = carveout_open_window(carveout, offset, PAGE, CARVEOUT_WINDOW_WRITE);
	if (IS_ERR(w))
		return w;
	err = carveout_window_begin(w);
	if (err) {
		carveout_discard_window(w);
		return ERR_PTR(err);
	}
	err = memchr_inv(w->addr, 0, PAGE) ? -ENOTEMPTY : 0; /* blank? */
	memset(w->addr, value, PAGE);
	carveout_window_end(w);
	if (!err)
		return w;
	carveout_discard_window(w);
	return ERR_PTR(err);
}

static int fill_and_commit(u64 offset, u8 value)
{
	struct carveout_window *w = fill(offset, value);

	EXPECT("fill", PTR_ERR_OR_ZERO(w), 0);
	EXPECT("close", carveout_close_window(w, PAGE), 0);
	return 0;
}

static int fill_and_discard(u64 offset, u8 value)
{
	struct carveout_window *w = fill(offset, value);

	EXPECT("fill", PTR_ERR_OR_ZERO(w), 0);
	EXPECT("discard", carveout_discard_window(w), 0);
	return 0;
}

static int step_load(void)
{
	int err;

	EXPECT("reset", carveout_reset(carveout), 0);
	err = fill_and_commit(0, 0xa5);
	if (!err)
		err = fill_and_commit(PAGE, 0x5a);
	if (!err)
		err = fill_and_discard(2 * PAGE, 0xff);
	return err;
}

static int step_allocate(void)
{
	u64 size = carveout_size(carveout);
	u64 a, b;

	EXPECT("size 0", carveout_alloc(carveout, 0, PAGE, &a), -EINVAL);
	EXPECT("align 3", carveout_alloc(carveout, PAGE, 3, &a), -EINVAL);
	EXPECT("allocate", carveout_alloc(carveout, 100, 1, &a), 0);
	EXPECT("all of it", carveout_alloc(carveout, size, 1, &b), -ENOMEM);
	carveout_free(carveout, a, 100);
	EXPECT("all of it, now", carveout_alloc(carveout, size, 1, &b), 0);
	carveout_free(carveout, b, size);
	return 0;
}

static int step_hold(void)
{
	struct carveout_window *w;

	EXPECT("windows held already", held ? -EBUSY : 0, 0);
	EXPECT("reset", carveout_reset(carveout), 0);
	w = fill(0, 0x77);
	EXPECT("fill", PTR_ERR_OR_ZERO(w), 0);
	held = w;
	return 0;
}

static int step_revoked(void)
{
	struct carveout_window *w = held;
	int begin;

	EXPECT("windows held", w ? 1 : 0, 1);
	begin = carveout_window_begin(w);
	if (!begin)
		carveout_window_end(w);
	EXPECT("begin", begin, -ECANCELED); /* still ours: it was not revoked */
	held = NULL;
	EXPECT("close", carveout_close_window(w, PAGE), -ECANCELED);
	EXPECT("a new window", open_error(0, PAGE, CARVEOUT_WINDOW_WRITE),
	       -ECANCELED);
	EXPECT("reset", carveout_reset(carveout), 0);
	EXPECT("a window after reset",
	       open_error(0, PAGE, CARVEOUT_WINDOW_WRITE), 0);
	return 0;
}

static int step_seal(void)
{
	u8 wrong[CARVEOUT_DIGEST_SIZE] = { 1 };
	int err = step_load();

	if (err)
		return err;
	EXPECT("seal with a wrong digest",
	       carveout_seal(carveout, 2 * PAGE, wrong, NULL), -EBADMSG);
	EXPECT("a window after that",
	       open_error(0, PAGE, CARVEOUT_WINDOW_WRITE), -ECANCELED);
	return 0;
}

static int step_sealed(void)
{
	u8 digest[CARVEOUT_DIGEST_SIZE];
	u64 a;
	int err = step_load();

	if (err)
		return err;
	EXPECT("seal", carveout_seal(carveout, 2 * PAGE, NULL, digest), 0);
	pr_info("carveout_api_test: digest %*phN\n", CARVEOUT_DIGEST_SIZE,
		digest);
	EXPECT("a window", open_error(0, PAGE, CARVEOUT_WINDOW_WRITE), -EPERM);
	EXPECT("allocate", carveout_alloc(carveout, PAGE, 1, &a), -EPERM);
	EXPECT("seal again", carveout_seal(carveout, 2 * PAGE, NULL, NULL),
	       -EALREADY);
	return 0;
}

static const struct {
	const char *name;
	int (*run)(void);
} steps[] = {
	{ "arguments", step_arguments }, { "load", step_load },
	{ "allocate", step_allocate },	 { "hold", step_hold },
	{ "revoked", step_revoked },	 { "seal", step_seal },
	{ "sealed", step_sealed },
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
	err = steps[i].run();
	if (!err)
		strscpy(result, "ok", sizeof(result));
	pr_info("carveout_api_test: %s: %s\n", steps[i].name, result);
	return err;
}

static const struct kernel_param_ops step_ops = { .set = step_set };
module_param_cb(step, &step_ops, NULL, 0200);
MODULE_PARM_DESC(step, "write a step's name to run it");

module_param_string(result, result, sizeof(result), 0444);
MODULE_PARM_DESC(result, "what came of the last step");

static int __init api_test_init(void)
{
	struct carveout *c = carveout_get(name);

	if (IS_ERR(c))
		return PTR_ERR(c);
	carveout = c;
	return 0;
}

static void __exit api_test_exit(void)
{
	if (held)
		carveout_discard_window(held);
	carveout_put(carveout);
}

module_init(api_test_init);
module_exit(api_test_exit);

MODULE_DESCRIPTION("Test of the carveout API");
MODULE_LICENSE("GPL");
