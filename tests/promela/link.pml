/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The connection of a front end and the manager (include/carveoutif.h, 2 and 3),
 * from its beginning to its end, over and over; and `hv-mgr detach`.  Here the
 * two states in xenstore, watches that coalesce, and the ring's page count;
 * one window, of a page: carveout.pml has the rest.
 *
 * Set when compiled:
 *   HOSTILE     the guest's kernel is hostile; else it is Linux with our driver
 *   and when run: checked.pml
 */
#include "checked.pml"

/* ---- what is promised ---- */

#define SHOWN	 1 /* at Closing and Closed the manager has no page of the guest's, and it no window */
#define SEEN	 2 /* who waits for the other's state sees it; nobody waits for ever (end states) */
#define PARTS	 3 /* no image is sealed of a load that lost a window, or its connection */
#define DETACHED 4 /* when a detach is answered, nothing is left: window, ring, nodes, content */
#define BOUND	 5 /* a detach takes so many turns beyond the grace, whatever the guest does */
#define GRACE_IS 6 /* who lets go of a window in its grace is not hit */
#define WHOLE	 7 /* both ends' nodes are there, or neither's */
#define BLANK	 8 /* EMPTY is zero */
#define SCRUBBED 9 /* what FAILED leaves is scrubbed, by whom ever */
#define LOADS	 10 /* a guest that connects again can load */

/* ---- the steps that mutants leave out ---- */

#define RING_FIRST   1 /* the ring is unmapped before Closing is said */
#define CLOSING	     2 /* Closing stays until the front end says Closed */
#define BEGIN	     3 /* who is Initialising is answered with InitWait */
#define LOAD_FAILS   4 /* a load fails with its connection */
#define DETACH_FAILS 5 /* a detach ends the load first */
#define GRACE_ENDS   6 /* a window goes without its front end, when its time is over */
#define GRACE	     7 /* but not before */
#define WINDOWS_GO   8 /* a detach is answered when the windows are gone */
#define TURNS	     9 /* slow work and requests in turns */
#define LOOKS	     10 /* the front end's state is not looked at in each turn */
#define AT_ONCE	     11 /* both ends' nodes go at once */
#define WATCH	     12 /* a new manager looks at what the front end says */
#define SCRUB_AGAIN  13 /* a new manager goes on with the scrub */
#define WAIT_FOR     14 /* a driver that goes waits until the manager has seen it */

/* ---- numbers ---- */

/* public/io/xenbus.h; and no node at all */
#define NONE	     0
#define INITIALISING 1
#define INITWAIT     2
#define INITIALISED  3
#define CONNECTED    4
#define CLOSING_     5
#define CLOSED	     6

/* common/state.h */
#define EMPTY	0
#define LOADING 1
#define SEALED	2
#define FAILED	3

/* Phases of the one window. */
#define FREE	0
#define OPEN	1
#define LEAVING 2
#define GOING	3

#define OP_NONE	   0
#define OP_OPEN	   1
#define OP_COMMIT  2
#define OP_DISCARD 3
#define OP_SEAL	   4
#define OP_RESET   5

/* Answers. */
#define NONE_YET 0
#define OK	 1
#define NO	 2

/* ---- what outlives the manager ---- */

/* xenstore; a watch says that something changed, not what. */
unsigned front : 3 = INITIALISING;
unsigned back : 3 = INITWAIT;
bit look; /* the manager's watch fired */
bit connecting; /* it has seen that it is to connect */
bit told; /* the guest's did */

/* The record. */
typedef Device {
	unsigned state : 2;
	unsigned phase : 2;
	bit page
};
Device kept;
bit exists = 1; /* there is one */
bit freed;      /* the vault is destroyed */

/* The guest's memory: two pages' content, one window, the ring's page. */
byte content[2];
bit window;   /* it is mapped into the guest */
byte bytes;   /* in it */
unsigned ring : 2;   /* the page that the guest grants, of one connection or the next */
unsigned mapped : 2; /* the one that the manager has mapped */
unsigned request : 3;
unsigned reply : 2;
bit opened; /* the page that an OPEN is of */
bit asked;    /* WITHDRAW is in the ring */
bit pending;  /* an event for the manager */

/* dom0's command, and its client's end of the socket */
#define DETACH	   1
#define DETACH_NOW 2
unsigned order : 2;
bit answered;
bit at_once; /* there is no grace */
bit lost; /* the manager that was asked is gone */

bit plugged; /* the guest has a device; it sees that go before there is a new one */

/* The clock: a grace began; it is over. */
bit grace;
bit late;
bit overdue; /* a window was taken away at its end */

bit torn; /* of the load that is recorded: something was taken away */

/* await_backend_closing(): a back end in InitWait may be about to connect. */
#define left_us (back != CONNECTED && (back != INITWAIT || without(WAIT_FOR)))

#include "link_manager.pml"
#include "link_guest.pml"

proctype clock()
{
end:
	do
	:: atomic { grace && !late -> late = 1 }
	od
}

proctype dom0()
{
	if
	:: atomic { ORDERS > 0 && exists -> orders = 1; order = DETACH }
	:: atomic { ORDERS > 0 && exists -> orders = 1; order = DETACH_NOW; at_once = 1 }
	:: goto done
	fi;
	answered || lost;
done:
	skip
}

init {
	atomic {
		set();
		look = 1;
		run manager();
		run guest();
		run clock();
		run dom0()
	}
}
