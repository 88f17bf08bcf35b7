/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The protocol of include/carveoutif.h with everybody in it: the manager, which
 * may be killed at each step and starts again; a guest, honest or hostile; the
 * hypervisor; dom0.  tests/promela/run checks it and its mutants.
 *
 * A carveout of two pages, windows of one page, two slots.  What is left out
 * needs no more: sizes and alignment (tests/unit), several carveouts (they share
 * nothing but the pause), loads from dom0 (no window, no guest in them).
 *
 * Set when compiled:
 *   POOL        the pool backing; else the vault
 *   SCRUBS      Xen scrubs what is freed (scrub-domheap)
 *   HOSTILE     the guest's kernel is hostile; else honest
 *   and when run: checked.pml
 */
#include "checked.pml"

/* ---- what is promised ---- */

#define OWNERS	  1  /* never two owners of a frame */
#define COMMITTED 2  /* committed bytes are out of the guest's reach */
#define SEALED_IS 3  /* sealed content never changes until a reset */
#define MEASURED  4  /* what is measured is what is kept */
#define SCRUBBED  5  /* a frame that leaves is scrubbed */
#define BLANK	  6  /* EMPTY is zero everywhere, and so is a blank window */
#define FOREIGN_IS 7 /* nobody's old bytes are seen */
#define ANSWERS	  8  /* an honest guest's requests mean what they say */
#define OWNED	  9  /* no window without an owner */
#define RUNNING	  10 /* no guest is left paused */
#define ANSWERED  11 /* every request is answered: nobody waits for ever (an end state) */
#define WITHDRAWN 12 /* a window of a load that has ended goes (the formula below) */
#define GOES	  13 /* a window goes in two rounds, whatever is put in its place */

/* ---- the steps that mutants leave out ---- */

#define NOTE_FIRST     1  /* a pause is noted before it is made */
#define RIGHT_LAST     2  /* pool: the right goes after the map */
#define UNMAP_FIRST    3  /* pool: bytes are read when nobody else has them */
#define FILL_FIRST     4  /* a paused guest runs when its pages are blank */
#define WIPE_FIRST     5  /* a page is wiped before it is stripped */
#define ONE_FETCH      6  /* what is hashed is what is written */
#define STRIP	       7  /* a committed window is stripped */
#define GOING	       8  /* that a window goes is recorded first */
#define OVERLAPS       9  /* no window over another */
#define OPEN_AGAIN     10 /* a replayed OPEN takes its first window back */
#define RECORD_FIRST   11 /* a window is recorded before it has memory */
#define CLOSE_AGAIN    12 /* a replayed CLOSE is known */
#define SEAL_AGAIN     13 /* a replayed SEAL is known */
#define NO_WINDOWS     14 /* no seal with a window open */
#define FAILED_FIRST   15 /* a revoke records FAILED first */
#define RESET_RECORDED 16 /* a reset is recorded before it scrubs */
#define SCRUB_LAST     17 /* a scrub waits for windows that leave */
#define TRIM	       18 /* what lies beyond the length is scrubbed */
#define WORTHLESS      19 /* a new manager does not trust the running digest */
#define SAVED	       20 /* pool: bytes that only the old manager had end the load */
#define DIRTY_WINDOWS  21 /* what lies under a recorded window is dirty */
#define IDS_KEPT       22 /* ids go on after a restart */
#define FINISH	       23 /* a new manager takes the frames of TAKEN windows */
#define UNPAUSE_LAST   24 /* OPENING windows go before a pause is undone */
#define TAKEN_FIRST    25 /* so do TAKEN ones */
#define GRACE_AGAIN    26 /* windows of a failed load leave after a restart */
#define LOOK	       27 /* a new manager looks at the ring */
#define RING	       28 /* a new manager notifies the guest */
#define ONE_BY_ONE     29 /* nothing is taken while an answer is due */
#define EVICTED	       30 /* a pause that no half-done window explains takes all windows */
#define STAND_STILL    31 /* the guest stands still for the second round */
#define AHEAD	       32 /* what is put is recorded before it is */

/* ---- numbers ---- */

#define PAGES 2
#define SLOTS 2
#define IDS   7 /* window ids are 1..IDS, then 1 again */

/* common/state.h */
#define EMPTY	0
#define LOADING 1
#define SEALED	2
#define FAILED	3

/* Phases of a window, as recorded. */
#define FREE	0
#define OPENING 1 /* nobody was told of it */
#define OPEN	2
#define LEAVING 3 /* revoked: the guest was told, and has a little time */
#define TAKEN	4 /* its bytes are safe, or not wanted: only its frames are left to take */

/* Bytes. */
#define ZERO	0
#define A	1
#define B	2
#define FOREIGN 3 /* somebody's old bytes */

/* include/carveoutif.h; WRITE, COMMIT and READ_WRITE, DISCARD are the flag. */
#define OP_NONE	 0
#define OP_OPEN	 1
#define OP_CLOSE 2
#define OP_SEAL	 3
#define OP_RESET 4
#define OP_ABORT 5
#define OP_QUERY 6
#define OP_PUT	 7
#define WRITE	   0
#define READ_WRITE 1
#define COMMIT	0
#define DISCARD 1

/* Answers: OK, or refused. */
#define OK 0
#define NO 1

typedef Window {
	unsigned phase : 3;
	unsigned page : 1;
	unsigned id : 3;
	bit content /* committed bytes may be under it */
};

/* What is recorded of a device, in one value (hv-mgr/daemon/record.h). */
typedef Device {
	unsigned state : 2;
	unsigned dirty : 2;  /* pages [0, dirty) may be other than zero */
	unsigned length : 2; /* sealed */
	unsigned last : 3;   /* id of the window that was closed last */
	unsigned next : 3;   /* id that was given last */
	byte digest[PAGES];
	Window w[SLOTS]
};

Device kept;		/* recorded */
bit noted;		/* "we pause it", recorded */
bit gone;		/* the guest is destroyed */
bit was_reset;		/* dom0 ordered that */

#include "hypervisor.pml"
#include "backing.pml"
#include "manager.pml"
#include "guest.pml"
#include "dom0.pml"

/* A window of a load that has ended goes, whatever its guest does or does not do. */
ltl withdrawn { [] (p2m[0] == WINDOW && kept.state == FAILED -> <> (p2m[0] != WINDOW)) }

init {
	atomic {
		set();
		run manager();
		run guest();
		run dom0()
	}
}
