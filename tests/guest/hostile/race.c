// SPDX-License-Identifier: GPL-2.0-only
/*
 * What needs a second vCPU.  The other half is a program that touches the
 * windows by /dev/mem, so that only a process ends at a hole.
 *
 * race-open, race-close, race-seal
 *   Flaw looked for: what is measured is not what is kept, when the guest
 *   writes all the while.  Method: windows of one page, one behind the other;
 *   a process on another vCPU writes to each while it is closed, through its
 *   own mapping of the window, or through an alias (grants.c) that goes on
 *   when the window is gone, up to and after the seal.  racer drives this.
 *   Meaning: dom0 compares the digest with that of what it keeps.  race-open
 *   says "page N" and either "alias" or "alias refused: STATUS".
 *
 * blank-windows
 *   Flaw: a fresh window shows, for a moment, what others left in the memory
 *   that it is made of.  Method: open and discard windows of 1 MiB, while
 *   poller looks.  Meaning: poller sees zeros alone.
 *
 * shown-windows
 *   The same with READ_WRITE windows over content of C's: it sees zeros and
 *   C's.
 */
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/mm.h>

#include "hostile.h"

#define POLL_BYTES (1U << 20)
#define POLL_ROUNDS 12
#define POLL_MS 40

static struct {
	struct xen_carveout_window *window;
	unsigned int pages; /* committed, and the next one's number */
	bool aliased;
	struct alias alias;
} race;

static void drop_race_alias(void)
{
	if (race.aliased)
		drop_alias(&race.alias);
	race.aliased = false;
}

static void make_race_alias(void)
{
	int refusal = make_alias(frame_gpa(race.pages), &race.alias);

	race.aliased = !refusal;
	if (refusal)
		say("alias refused: %d", refusal);
	else
		say("alias");
}

/* The first one of a batch starts from scratch. */
static int attack_race_open(void)
{
	int err = race.pages ? 0 : xen_carveout_reset(target);
	struct xen_carveout_window *w;

	drop_race_alias();
	if (err)
		return err;
	w = open_filled((u64)race.pages * PAGE_SIZE, PAGE_SIZE, 'A');
	if (IS_ERR(w))
		return PTR_ERR(w);
	race.window = w;
	say("page %u", race.pages);
	make_race_alias();
	return 0;
}

static int attack_race_close(void)
{
	int err;

	if (!race.window)
		return -ENOENT;
	err = commit(race.window);
	race.window = NULL;
	race.pages++;
	return err;
}

static int attack_race_seal(void)
{
	u64 length = (u64)race.pages * PAGE_SIZE;

	race.pages = 0;
	return xen_carveout_seal(target, length, NULL, NULL);
}

static int show_windows(enum xen_carveout_window_mode mode)
{
	unsigned int i;
	int err = 0;

	for (i = 0; i < POLL_ROUNDS && !err; i++) {
		struct xen_carveout_window *w =
			xen_carveout_open_window(target, 0, POLL_BYTES, mode);

		if (IS_ERR(w))
			return PTR_ERR(w);
		msleep(POLL_MS);
		err = xen_carveout_discard_window(w);
	}
	return err;
}

static int attack_blank_windows(void)
{
	int err = xen_carveout_reset(target);

	return err ? err : show_windows(XEN_CARVEOUT_WINDOW_WRITE);
}

static int attack_shown_windows(void)
{
	struct xen_carveout_window *w;
	int err = xen_carveout_reset(target);

	if (err)
		return err;
	w = open_filled(0, POLL_BYTES, 'C');
	if (IS_ERR(w))
		return PTR_ERR(w);
	err = commit(w);
	return err ? err : show_windows(XEN_CARVEOUT_WINDOW_READ_WRITE);
}

const struct attack race_attacks[] = {
	{ "race-open", attack_race_open },
	{ "race-close", attack_race_close },
	{ "race-seal", attack_race_seal },
	{ "blank-windows", attack_blank_windows },
	{ "shown-windows", attack_shown_windows },
	{},
};
