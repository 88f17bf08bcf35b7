// SPDX-License-Identifier: GPL-2.0-only
/*
 * storm     Flaw looked for: a node's value, or the order of states, crashes
 *           the manager or wedges the device.  Method: nodes of both devices
 *           written at random for some seconds: no numbers, huge ones, other
 *           domains' references and ports, long ones; nodes deleted; `state`
 *           through all its values in any order; now and then what is right,
 *           so that it connects in between.  Meaning: "N writes": what counts
 *           is the honest handshake of the next attack, and dom0.
 * watches   Flaw: changes that come faster than they are read keep the manager
 *           from everything else.  Method: `state` written as fast as xenstore
 *           takes it, always the same.  Meaning: "N writes"; how fast others
 *           were answered must be looked at in dom0.
 * churn     Flaw: connecting costs the manager what it does not get back, or
 *           more than others can spare.  Method: connect and disconnect,
 *           without waiting for the other end.  Meaning: as for watches; the
 *           ledger tells what was left behind.
 * vanish    Flaw: a device whose nodes are gone cannot be detached.  Method:
 *           delete the second device's directory; the guest's xenbus drops
 *           the device.  Meaning: "gone"; dom0 must be able to detach it.
 */
#include <linux/delay.h>
#include <linux/string.h>

#include "rogue.h"

#define LONG 2000 /* octets; xenstore's own limit is a little more */

static const char *const nodes[] = {
	"state",	 "version",    "ring-ref",
	"event-channel", "slot-ref-0", "slot-ref-1",
};

static const char *const values[] = {
	"",
	" ",
	"-1",
	"+1",
	"0x1",
	"1 ",
	"01",
	"1.0",
	"one",
	"%s%n%s%n",
	"4294967295",
	"4294967296",
	"18446744073709551615",
	"18446744073709551616",
	"340282366920938463463374607431768211456",
	"/local/domain/0/device",
};

static void write_text(struct link *link, const char *node, const char *text)
{
	xenbus_write(XBT_NIL, link->dev->nodename, node, text);
}

static void write_long(struct link *link, const char *node)
{
	static char text[LONG + 1];

	memset(text, '7', LONG);
	write_text(link, node, text);
}

/* A node with something in it: or without, or not there. */
static void write_any(struct link *link, u64 *random)
{
	const char *node = nodes[roll(random) % ARRAY_SIZE(nodes)];

	switch (roll(random) % 8) {
	case 0:
		xenbus_rm(XBT_NIL, link->dev->nodename, node);
		break;
	case 1:
		write_long(link, node);
		break;
	case 2: /* others' references and ports are numbers like these */
	case 3:
		link_write(link, node, roll(random) % 1024);
		break;
	default:
		write_text(link, node,
			   values[roll(random) % ARRAY_SIZE(values)]);
	}
}

/* Any state that there is, and some that there are not. */
static void write_state(struct link *link, u64 *random)
{
	link_write(link, "state", roll(random) % 11);
}

/* Nothing of the handshake is waited for: the next write may come any time. */
static void offer(struct link *link)
{
	link_write(link, "state", XenbusStateInitialising);
	link_write(link, "version", CARVEOUTIF_VERSION);
	link_write(link, "ring-ref", link->ring_ref);
	link_write(link, "event-channel", link->port);
	link_write(link, "slot-ref-0", link->directory_ref);
	link_write(link, "slot-ref-1", link->directory_ref);
	link_write(link, "state", XenbusStateInitialised);
}

int attack_storm(void)
{
	u64 random = seed_of(0), deadline = 0;
	unsigned int writes = 0, offers = 0;
	struct link *link;

	while (time_left(&deadline)) {
		link = &links[roll(&random) % LINKS];
		writes++;
		switch (roll(&random) % 16) {
		case 0:
			offers++;
			offer(link);
			break;
		case 1 ... 5:
			write_state(link, &random);
			break;
		default:
			write_any(link, &random);
		}
	}
	tell("%u writes, %u offers, seed %llu", writes, offers, seed_of(0));
	return 0;
}

int attack_watches(void)
{
	unsigned int writes = 0;
	u64 deadline = 0;

	while (time_left(&deadline)) {
		link_write(&links[MODEM], "state", XenbusStateConnected);
		writes++;
	}
	tell("%u writes", writes);
	return 0;
}

int attack_churn(void)
{
	unsigned int writes = 0;
	u64 deadline = 0;

	while (time_left(&deadline)) {
		link_write(&links[SPARE], "state", XenbusStateInitialising);
		link_write(&links[SPARE], "state", XenbusStateInitialised);
		writes += 2;
	}
	tell("%u writes", writes);
	return 0;
}

int attack_vanish(void)
{
	int err;

	err = xenbus_rm(XBT_NIL, "device/" CARVEOUTIF_DEVICE, "1");
	tell(err ? "it stays: %d" : "gone", err);
	return err;
}
