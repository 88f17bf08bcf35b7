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
	int err;

	err = expect("length 0", open_error(0, 0, CARVEOUT_WINDOW_WRITE),
		     -EINVAL);
	err = err   ?:
		      expect("odd offset",
			     open_error(1, PAGE, CARVEOUT_WINDOW_WRITE),
			     -EINVAL);
	err = err   ?:
		      expect("too long",
			     open_error(0, max + PAGE, CARVEOUT_WINDOW_WRITE),
			     -EINVAL);
	err = err ?: expect("mode 0", open_error(0, PAGE, 0), -EINVAL);
	err = err   ?:
		      expect("at the end",
			     open_error(size, PAGE, CARVEOUT_WINDOW_WRITE),
			     -ENOSPC);
	err = err   ?:
		      expect("wrapping",
			     open_error(-(u64)PAGE, PAGE,
					CARVEOUT_WINDOW_WRITE),
			     -ENOSPC);
	return err;
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

static int fill_and_close(u64 offset, u8 value, bool commit)
{
	struct carveout_window *w = fill(offset, value);
	int err = expect("fill", PTR_ERR_OR_ZERO(w), 0);

	if (err)
		return err;
	if (commit)
		return expect("close", carveout_close_window(w, PAGE), 0);
	return expect("discard", carveout_discard_window(w), 0);
}

static int step_load(void)
{
	int err = expect("reset", carveout_reset(carveout), 0);

	err = err ?: fill_and_close(0, 0xa5, true);
	err = err ?: fill_and_close(PAGE, 0x5a, true);
	err = err ?: fill_and_close(2 * PAGE, 0xff, false);
	return err;
}

static int step_allocate(void)
{
	u64 size = carveout_size(carveout);
	u64 a, b;
	int err;

	err = expect("size 0", carveout_alloc(carveout, 0, PAGE, &a), -EINVAL);
	err = err   ?:
		      expect("align 3", carveout_alloc(carveout, PAGE, 3, &a),
			     -EINVAL);
	err = err   ?:
		      expect("allocate", carveout_alloc(carveout, 100, 1, &a),
			     0);
	if (err)
		return err;
	err = expect("all of it", carveout_alloc(carveout, size, 1, &b),
		     -ENOMEM);
	carveout_free(carveout, a, 100);
	err = err   ?:
		      expect("all of it, now",
			     carveout_alloc(carveout, size, 1, &b), 0);
	if (!err)
		carveout_free(carveout, b, size);
	return err;
}

static int step_hold(void)
{
	int err = expect("reset", carveout_reset(carveout), 0);

	if (err)
		return err;
	if (held)
		return expect("a window is held already", -EBUSY, 0);
	held = fill(0, 0x77);
	if (!IS_ERR(held))
		return 0;
	err = expect("fill", PTR_ERR(held), 0);
	held = NULL;
	return err;
}

static int step_revoked(void)
{
	int begin, err;

	if (!held)
		return expect("no window is held", -ENOENT, 0);
	begin = carveout_window_begin(held);
	if (!begin)
		carveout_window_end(held);
	err = expect("begin", begin, -ECANCELED);
	if (err)
		return err; /* still ours: it was not revoked */
	err = expect("close", carveout_close_window(held, PAGE), -ECANCELED);
	held = NULL;
	err = err   ?:
		      expect("a new window",
			     open_error(0, PAGE, CARVEOUT_WINDOW_WRITE),
			     -ECANCELED);
	err = err ?: expect("reset", carveout_reset(carveout), 0);
	err = err   ?:
		      expect("a window after reset",
			     open_error(0, PAGE, CARVEOUT_WINDOW_WRITE), 0);
	return err;
}

static int step_seal(void)
{
	u8 wrong[CARVEOUT_DIGEST_SIZE] = { 1 };
	int err = step_load();

	err = err   ?:
		      expect("seal with a wrong digest",
			     carveout_seal(carveout, 2 * PAGE, wrong, NULL),
			     -EBADMSG);
	return err   ?:
		       expect("a window after that",
			      open_error(0, PAGE, CARVEOUT_WINDOW_WRITE),
			      -ECANCELED);
}

static int step_sealed(void)
{
	u8 digest[CARVEOUT_DIGEST_SIZE];
	u64 a;
	int err = step_load();

	err = err   ?:
		      expect("seal",
			     carveout_seal(carveout, 2 * PAGE, NULL, digest),
			     0);
	if (err)
		return err;
	pr_info("carveout_api_test: digest %*phN\n", CARVEOUT_DIGEST_SIZE,
		digest);
	err = expect("a window", open_error(0, PAGE, CARVEOUT_WINDOW_WRITE),
		     -EPERM);
	err = err   ?:
		      expect("allocate", carveout_alloc(carveout, PAGE, 1, &a),
			     -EPERM);
	return err   ?:
		       expect("seal again",
			      carveout_seal(carveout, 2 * PAGE, NULL, NULL),
			      -EALREADY);
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
