/* SPDX-License-Identifier: GPL-2.0-only */
/* The guest: guest-driver/ when it is honest, any kernel at all when not. */

/*
 * Bytes of a load.  What a second vCPU writes after the first wipe, when the
 * window is recorded as TAKEN, is as if the guest gave up a page of its own.
 */
#define is_out(s, p) (is_window(kept, s, p) && \
	(kept.w[s].phase == OPEN || kept.w[s].phase == LEAVING))
#define soil(p) soiled[p] = soiled[p] || is_out(0, p) || is_out(1, p)

#ifdef HOSTILE

/*
 * What it may do to its frames, at any moment that it runs.  What it may write
 * to the ring and to xenstore is in next_request() and take_over_ring().
 * Aliases of a stripped page reach nothing that the manager still looks at.
 */
/* A page of a window's that it gave up itself is a page like any other of its own. */
#ifdef POOL
#define lost_frame(p) skip
#else
#define lost_frame(p)                                        \
	soiled[p] = 0;                                       \
	if                                                   \
	:: !pinned[p] -> mem[p] = ZERO                       \
	:: else                                              \
	fi
#endif

inline write_to(p, bytes)
{
	promise(FOREIGN_IS, mem[p] != FOREIGN);
#ifdef POOL
	promise(SEALED_IS, kept.state != SEALED);
#endif
	mem[p] = bytes;
	soil(p)
}

/* Elsewhere what it puts at a frame is replaced by the next window's. */
#define may_replace (in_record(0) && p2m[0] != STALE && !paused && !gone)

/* All that it does to a frame it does to the first: they do not differ. */
proctype guest()
{
end:
	do
	:: gone -> break
	:: atomic { p2m[0] == STALE && !paused -> promise(FOREIGN_IS, false) }
	:: atomic { p2m[0] == WINDOW && !paused -> write_to(0, A) }
	:: atomic { p2m[0] == WINDOW && !paused -> write_to(0, ZERO) }
	:: atomic { p2m[1] == WINDOW && !paused -> write_to(1, A) }
	:: atomic { may_replace -> p2m[0] = OWN; lost_frame(0) }
	:: atomic { may_replace -> p2m[0] = STRANGE; lost_frame(0) }
#ifndef POOL
	/* XENMEM_decrease_reservation */
	:: atomic { p2m[0] == WINDOW && !paused -> p2m[0] = HOLE; lost_frame(0) }
#endif
	od
}

#else

/* Dom0 ended what it did; or a restart did, where it cannot be helped (pool). */
#ifdef POOL
#define excused (orders || (rewriting && crashes))
#else
#define excused orders
#endif

inline send(o, s_, p_, f_, i_, l_)
{
	d_step {
		requests[req_prod % ENTRIES].op = o;
		requests[req_prod % ENTRIES].slot = s_;
		requests[req_prod % ENTRIES].page = p_;
		requests[req_prod % ENTRIES].flag = f_;
		requests[req_prod % ENTRIES].id = i_;
		requests[req_prod % ENTRIES].length = l_;
		req_prod++;
		outstanding++
	};
	/* evtchn_send() on a port that is unbound does nothing, and says nothing. */
	d_step {
		if
		:: bound -> pending = 1
		:: else
		fi
	}
}

/* ring_work(): sleep for an event, then take every answer that is there. */
inline await()
{
	do
	:: gone -> goto out
	:: !gone && !outstanding -> break
	:: !gone && outstanding && rung ->
		rung = 0;
		do
		:: rsp_cons != rsp_prod ->
			d_step {
				t = answers[rsp_cons % ENTRIES].tag;
				refused[t] = answers[rsp_cons % ENTRIES].status;
				given[t] = answers[rsp_cons % ENTRIES].id;
				t = 0;
				rsp_cons++;
				outstanding--
			}
		:: else -> break
		od
	od
}

/* Entries alternate: the last that was sent, and the one before. */
#define LAST   ((req_prod + 3) % ENTRIES)
#define BEFORE (req_prod % ENTRIES)

inline accepted(tag_)
{
	if
	:: refused[tag_] -> promise(ANSWERS, excused); goto failed
	:: else
	fi
}

inline touch(p, bytes)
{
	atomic {
		!paused || gone ->
		if
		:: gone -> goto out
		:: !gone && p2m[p] != WINDOW -> promise(ANSWERS, excused); goto failed
		:: else ->
			promise(FOREIGN_IS, mem[p] != FOREIGN);
			mem[p] = bytes;
			soil(p)
		fi
	}
}

/*
 * Accepted bytes are there, unless dom0 has ended the load since.  After its
 * reset a guest that goes on with its load begins a new one.
 */
#define has(p, bytes) \
	promise(ANSWERS, gone || was_reset || kept.state == FAILED || content(p) == bytes)

proctype guest()
{
	unsigned outstanding : 2;
	unsigned rsp_cons : 2;
	bit refused[ENTRIES];
	byte given[ENTRIES];
	bit t;
	bit rewriting;
	byte want;
	byte window;
	byte other;

	/* Out of its own pages, two at once; or by windows. */
	if
	:: send(OP_PUT, 0, 0, 0, 0, 0);
	   send(OP_PUT, 0, 1, 0, 0, 0);
	   await();
	   accepted(BEFORE);
	   accepted(LAST);
	   has(0, A);
	   has(1, B);
	   want = A;
	   goto whole
	:: true
	fi;

	/* Two windows at once; their commits come in order, or not, or never. */
	send(OP_OPEN, 0, 0, WRITE, 0, 0);
	send(OP_OPEN, 1, 1, WRITE, 0, 0);
	await();
	accepted(BEFORE);
	accepted(LAST);
	window = given[BEFORE];
	other = given[LAST];
	touch(0, A);
	touch(1, B);
	if
	:: send(OP_CLOSE, 0, 0, COMMIT, window, 0);
	   send(OP_CLOSE, 0, 0, COMMIT, other, 0);
	   await();
	   accepted(BEFORE)
	:: send(OP_CLOSE, 0, 0, COMMIT, other, 0);
	   await();
	   accepted(LAST);
	   has(1, B);
	   send(OP_CLOSE, 0, 0, COMMIT, window, 0);
	   await()
	:: goto out
	fi;
	accepted(LAST);
	other = 0;
	has(0, A);
	has(1, B);

	/* The first page again: changed, or looked at. */
	want = A;
	rewriting = 1;
	send(OP_OPEN, 0, 0, READ_WRITE, 0, 0);
	await();
	accepted(LAST);
	window = given[LAST];
	promise(ANSWERS, excused || gone || mem[0] == A);
	touch(0, B);
	if
	:: want = B; send(OP_CLOSE, 0, 0, COMMIT, window, 0)
	:: send(OP_CLOSE, 0, 0, DISCARD, window, 0)
	fi;
	await();
	accepted(LAST);
	has(0, want);

whole:	/* Its end; sysfs asks meanwhile. */
	if
	:: goto failed
	:: true
	fi;
	send(OP_SEAL, 0, 0, 0, 0, 2);
	send(OP_QUERY, 0, 0, 0, 0, 0);
	await();
	accepted(BEFORE);
	promise(ANSWERS, excused || gone || kept.state == SEALED);
	has(0, want);
	has(1, B);
	goto out;

failed:
	await();
	send(OP_ABORT, 0, 0, 0, 0, 0);
	send(OP_RESET, 0, 0, 0, 0, 0);
	await();
	promise(ANSWERS, orders || gone || (!refused[LAST] && kept.state == EMPTY));
out:
	skip
}

#endif
