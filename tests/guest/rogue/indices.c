// SPDX-License-Identifier: GPL-2.0-only
/*
 * indices   Flaw looked for: an index that jumps makes the manager read beyond
 *           the ring, loop, or stop looking at it.  Method: on a fresh ring
 *           with a little behind it, move req_prod by each of the table's
 *           steps and notify; entries that nobody wrote are taken as requests.
 *           Then write over every other index and the events, and ask.
 *           Meaning: "N jumps, 0 wrong": jumps by what the ring holds were
 *           answered, entry by entry; others closed the connection; and the
 *           scribbled ring was answered on.
 * replay    Flaw: requests that come twice, with one id, or before the answers
 *           that they build on, are mixed up.  Method: in one push: a window
 *           closed before it is opened, opened twice, closed twice, and the
 *           rest of the ring filled with one QUERY, all with the same id.
 *           Meaning: "0 wrong": each got the answer that its turn gives it.
 */
#include <xen/events.h>

#include "rogue.h"

static const struct {
	const char *what;
	u32 by;
	bool closes;
} jumps[] = {
	{ "by one", 1, false },
	{ "by the ring", RING_ENTRIES, false },
	{ "by the ring and one", RING_ENTRIES + 1, true },
	{ "by half of all", 1U << 31, true },
	{ "back by one", ~0U, true },
	{ "back by the ring", -RING_ENTRIES, true },
};

/* All of them were answered, whatever it is that was asked there. */
static bool take_all(struct link *link, u32 count)
{
	struct carveoutif_response response;

	while (count && !link_take(link, &response))
		count--;
	return !count;
}

static bool make_progress(struct link *link)
{
	const struct carveoutif_request queries[] = { QUERY, QUERY, QUERY };

	link_push(link, queries, ARRAY_SIZE(queries));
	return take_all(link, ARRAY_SIZE(queries));
}

static bool jump(struct link *link, u32 by, bool closes)
{
	if (link_connect(link) || !make_progress(link))
		return false;
	link->prod += by;
	WRITE_ONCE(link->ring->req_prod, link->prod);
	notify_remote_via_evtchn(link->port);
	if (closes)
		return link_becomes(link, XenbusStateClosing);
	return take_all(link, by) && make_progress(link);
}

/* The manager keeps its own copy of what it writes. */
static bool scribble(struct link *link)
{
	struct carveoutif_events *events =
		(void *)link->ring + CARVEOUTIF_EVENTS_OFFSET;

	if (link_connect(link) || !make_progress(link))
		return false;
	memset(events, 0xff, sizeof(*events));
	WRITE_ONCE(link->ring->req_event, ~0U);
	WRITE_ONCE(link->ring->rsp_event, ~0U);
	WRITE_ONCE(link->ring->rsp_prod, ~0U);
	return make_progress(link);
}

int attack_indices(void)
{
	unsigned int i, wrong = 0;

	for (i = 0; i < ARRAY_SIZE(jumps); i++) {
		if (jump(&links[SPARE], jumps[i].by, jumps[i].closes))
			continue;
		wrong++;
		pr_err("rogue: wrong after a jump %s\n", jumps[i].what);
	}
	if (!scribble(&links[SPARE])) {
		wrong++;
		pr_err("rogue: no answer on a scribbled ring\n");
	}
	tell("%u jumps, %u wrong", i, wrong);
	return 0;
}

/* What the first few get; the others are QUERYs. */
static const int replayed[] = {
	-ENOENT, 0, -EBUSY, -EBUSY, 0, -ENOENT, -ENOENT
};

/* The next window's id follows the last one's, so it can be forged. */
static void write_replay(struct carveoutif_request *requests, u32 next)
{
	const struct carveoutif_request first[] = {
		CLOSE(next, COMMIT, 0),	 OPEN(0, PAGE, W, 0),
		OPEN(0, PAGE, W, 0),	 OPEN(0, PAGE, W, 1),
		CLOSE(next, COMMIT, 0),	 CLOSE(next, COMMIT, 0),
		CLOSE(next, DISCARD, 0),
	};
	const struct carveoutif_request query = QUERY;
	unsigned int i;

	BUILD_BUG_ON(ARRAY_SIZE(first) != ARRAY_SIZE(replayed));
	for (i = 0; i < RING_ENTRIES; i++) {
		requests[i] = i < ARRAY_SIZE(first) ? first[i] : query;
		requests[i].id = 0xabcd;
	}
}

static unsigned int count_wrong(struct link *link)
{
	struct carveoutif_response response;
	unsigned int i, wrong = 0;
	int expected;

	for (i = 0; i < RING_ENTRIES; i++) {
		expected = i < ARRAY_SIZE(replayed) ? replayed[i] : 0;
		if (link_take(link, &response) || response.id != 0xabcd ||
		    response.status != expected)
			wrong++;
	}
	return wrong;
}

int attack_replay(void)
{
	static struct carveoutif_request requests[RING_ENTRIES];
	const struct carveoutif_request open = OPEN(0, PAGE, W, 0);
	const struct carveoutif_request reset = RESET;
	struct carveoutif_response response;
	struct link *link = &links[MODEM];
	int err;

	err = link_ask(link, &open, &response);
	if (err)
		return err;
	write_replay(requests, response.u.open.window + 1);
	err = link_ask(link, &reset, &response);
	if (err)
		return err;
	link_push(link, requests, RING_ENTRIES);
	tell("%u wrong", count_wrong(link));
	return link_ask(link, &reset, &response);
}
