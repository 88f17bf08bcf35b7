// SPDX-License-Identifier: GPL-2.0-only
/*
 * flip      Flaw looked for: the manager reads a field of a request twice, and
 *           uses what it did not check.  Method: one vCPU keeps the ring full,
 *           with a window opened and committed in every round; another writes
 *           ops, fields and reserved bytes of the other entries, and the
 *           directory page, all the time.  Answers lie where requests lay, so
 *           the status is what is looked at: its bytes the other one leaves
 *           alone.  Meaning: "N answers, 0 undefined": each status is one that
 *           the protocol names; -EIO would mean that something got as far as
 *           the hypervisor.  "M done" (status 0) tells that it was no idle run.
 * flood     Flaw: who asks fast enough keeps others from being served.
 *           Method: the ring full of QUERYs, with an OPEN and a CLOSE in each
 *           round, again and again.  Meaning: "N requests, W windows, 0
 *           undefined"; what others saw meanwhile must be looked at in dom0.
 * pour      Flaw: the same, by requests that cost the most.  Method: the ring full
 *           of PUTs of as many bytes as one may have, again and again.
 *           Meaning: "N puts, 0 refused".
 * hold      Flaw: a revoke waits for the guest.  Method: open every window
 *           there is, then do nothing more.  Meaning: "2 windows held"; how
 *           long a revoke takes must be looked at in dom0.
 */
#include <linux/cpumask.h>
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/sched.h>
#include <linux/string.h>

#include "rogue.h"

/* Entries of each round that nobody writes to but who asks. */
#define HONEST 2

struct tally {
	unsigned int answers, done, windows, undefined;
	int example; /* of an undefined status */
};

static bool defined(int status)
{
	static const int statuses[] = {
		0,	 -EINVAL, -ENOSPC, -EBUSY,   -EPERM,	-ECANCELED,
		-ENOMEM, -ENOENT, -EFAULT, -ENODATA, -EALREADY, -EBADMSG
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(statuses); i++)
		if (status == statuses[i])
			return true;
	return false;
}

static void count(struct tally *tally, int status)
{
	tally->answers++;
	tally->done += !status;
	if (defined(status))
		return;
	tally->undefined++;
	tally->example = status;
}

/*
 * One round: the last round's window is closed, the next one opened; the rest
 * are QUERYs, or what somebody made of them.  Both are answered at once, so
 * their answers come first.
 */
static int run_round(struct link *link, u32 *window, u8 how,
		     struct tally *tally)
{
	static struct carveoutif_request round[RING_ENTRIES] = {
		[HONEST... RING_ENTRIES - 1] = QUERY
	};
	const struct carveoutif_request honest[HONEST] = {
		CLOSE(*window, how, 0), OPEN(0, 2 * PAGE, W, 0)
	};
	struct carveoutif_response response;
	unsigned int i;

	memcpy(round, honest, sizeof(honest));
	link_push(link, round, RING_ENTRIES);
	for (i = 0; i < RING_ENTRIES; i++) {
		if (link_take(link, &response))
			return -ETIMEDOUT;
		count(tally, response.status);
		if (i != 1 || response.status)
			continue;
		tally->windows++;
		*window = response.u.open.window;
	}
	return 0;
}

static int run_rounds(struct link *link, u8 how, struct tally *tally)
{
	const struct carveoutif_request reset = RESET;
	struct carveoutif_response response;
	u64 deadline = 0;
	u32 window = 0;
	int err = 0;

	while (!err && time_left(&deadline))
		err = run_round(link, &window, how, tally);
	return err ? err : link_ask(link, &reset, &response);
}

/* ---- the other vCPU ---- */

/* A number for an offset, a length, a window and how it is closed, ... */
static u64 pick(u64 *random)
{
	static const u64 numbers[] = { 0,	   1,	       PAGE,  2 * PAGE,
				       1ULL << 20, 1ULL << 22, ~0ULL, ~4095ULL,
				       1ULL << 32, 1ULL << 63 };
	u32 number = roll(random) % (ARRAY_SIZE(numbers) + 2);

	if (number < ARRAY_SIZE(numbers))
		return numbers[number];
	return (u64)(number - ARRAY_SIZE(numbers) + COMMIT) << 32 |
	       roll(random) % 64;
}

static void flip(struct link *link, u64 *random)
{
	u32 entry = HONEST + roll(random) % (RING_ENTRIES - HONEST);
	struct carveoutif_request *request = &link->ring->ring[entry].req;

	switch (roll(random) % 8) {
	case 0:
		WRITE_ONCE(request->op, roll(random) % 8);
		break;
	case 1:
		WRITE_ONCE(request->reserved[0], roll(random) % 2);
		break;
	case 2:
		WRITE_ONCE(request->u.open.offset, pick(random));
		break;
	case 3:
		WRITE_ONCE(request->u.open.length, pick(random));
		break;
	case 4:
		WRITE_ONCE(request->u.open.mode, roll(random) % 4);
		break;
	case 5:
		WRITE_ONCE(request->u.open.slot, roll(random) % 4);
		break;
	case 6:
		WRITE_ONCE(request->u.none[18 + roll(random) % 38],
			   roll(random) % 2);
		break;
	case 7:
		WRITE_ONCE(link->directory[roll(random) % (PAGE / 4)],
			   roll(random) % 1024);
		break;
	}
}

static int flip_all_the_time(void *context)
{
	u64 random = seed_of(1);
	unsigned int i;

	while (!kthread_should_stop()) {
		for (i = 0; i < 1024; i++)
			flip(context, &random);
		cond_resched();
	}
	return 0;
}

int attack_flip(void)
{
	struct link *link = &links[SPARE];
	struct task_struct *other;
	struct tally tally = { 0 };
	int err;

	if (num_online_cpus() < 2) {
		tell("this needs two vCPUs");
		return -ENODEV;
	}
	other = kthread_run(flip_all_the_time, link, "rogue-flip");
	if (IS_ERR(other))
		return PTR_ERR(other);
	err = run_rounds(link, COMMIT, &tally);
	kthread_stop(other);
	tell("%u answers, %u undefined (%d), %u done, %u windows, seed %llu",
	     tally.answers, tally.undefined, tally.example, tally.done,
	     tally.windows, seed_of(0));
	return err;
}

int attack_flood(void)
{
	struct tally tally = { 0 };
	int err;

	err = run_rounds(&links[MODEM], DISCARD, &tally);
	tell("%u requests, %u windows, %u undefined", tally.answers,
	     tally.windows, tally.undefined);
	return err;
}

/* One round; how many were refused, or -ETIMEDOUT. */
static int pour(struct link *link)
{
	static struct carveoutif_request round[RING_ENTRIES];
	struct carveoutif_response response;
	int refused = 0;
	unsigned int i;

	for (i = 0; i < RING_ENTRIES; i++)
		round[i] = (struct carveoutif_request)PUT(
			i * MODEM_WINDOW, MODEM_WINDOW, link->directory_ref);
	link_push(link, round, RING_ENTRIES);
	for (i = 0; i < RING_ENTRIES; i++) {
		if (link_take(link, &response))
			return -ETIMEDOUT;
		refused += response.status != 0;
	}
	return refused;
}

int attack_pour(void)
{
	const struct carveoutif_request reset = RESET;
	struct carveoutif_response response;
	struct link *link = &links[MODEM];
	unsigned int puts = 0, refused = 0;
	u64 deadline = 0;
	int err = 0;

	link_list(link, link->ring_ref);
	while (err >= 0 && time_left(&deadline)) {
		err = pour(link);
		puts += RING_ENTRIES;
		refused += max(err, 0);
	}
	link_list(link, 0);
	tell("%u puts, %u refused", puts, refused);
	return err < 0 ? err : link_ask(link, &reset, &response);
}

int attack_hold(void)
{
	const struct carveoutif_request opens[] = {
		OPEN(0, MODEM_WINDOW, W, 0),
		OPEN(MODEM_WINDOW, MODEM_WINDOW, W, 1),
	};
	struct carveoutif_response response;
	unsigned int held = 0;

	while (held < ARRAY_SIZE(opens) &&
	       !link_ask(&links[MODEM], &opens[held], &response))
		held++;
	tell("%u windows held", held);
	return 0;
}
