/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The manager: hv-mgr/carveout, hv-mgr/daemon.  One process, and in it one
 * thread; what it knows goes with it when it is killed.
 */

/* The ring (carveoutif.h, 4.): what both can see of it. */
typedef Request {
	unsigned op : 3;
	unsigned slot : 1;
	unsigned page : 1;
	unsigned flag : 1;
	unsigned id : 3;
	unsigned length : 2
}
typedef Answer {
	unsigned tag : 1; /* the request's place */
	unsigned status : 1;
	unsigned id : 3
}
#define ENTRIES 2
Request requests[ENTRIES];
Answer answers[ENTRIES];
unsigned req_prod : 2;
unsigned rsp_prod : 2;
bit bound;   /* the manager's end of the event channel is */
bit pending; /* an event for the manager */
bit rung;    /* an event for the guest */

/* dom0's order, on the control socket */
#define REVOKE	   1
#define REVOKE_NOW 2
#define RESET	   3
#define SEAL	   4
unsigned order : 3;

#define WORK_NONE    0
#define WORK_SCRUB   1
#define WORK_TRIM    2
#define WORK_MEASURE 3

#define is_window(d, s, p) (d.w[s].phase != FREE && d.w[s].page == p)
#define in_record(p)	   (is_window(kept, 0, p) || is_window(kept, 1, p))
#define owned(p)	   (p2m[p] != WINDOW || in_record(p))
#define leaving		   (known.w[0].phase == LEAVING || known.w[1].phase == LEAVING)
#define windows_open	   (known.w[0].phase != FREE || known.w[1].phase != FREE)
#define busy		   (work != WORK_NONE || leaving)
#define is_id(s)	   (known.w[s].phase != FREE && known.w[s].id == r.id)
#define digest_fits(p)	   (kept.digest[p] == content(p))

#define copy_window(to, from)                                        \
	to.phase = from.phase; to.page = from.page; to.id = from.id; \
	to.content = from.content
#define copy_device(to, from)                                                    \
	to.state = from.state; to.dirty = from.dirty; to.length = from.length;   \
	to.last = from.last; to.next = from.next; to.digest[0] = from.digest[0]; \
	to.digest[1] = from.digest[1]; copy_window(to.w[0], from.w[0]);          \
	copy_window(to.w[1], from.w[1])

/* record_state() in daemon/record.c; carveout_record() */
inline record()
{
	if
	:: d_step {
		copy_device(kept, known);
		promise(OWNED, owned(0) && owned(1));
		promise(OWNERS, !(is_window(kept, 0, 0) && is_window(kept, 1, 0)) &&
				!(is_window(kept, 0, 1) && is_window(kept, 1, 1)));
		promise(BLANK, kept.state != EMPTY ||
			       (content(0) == ZERO && content(1) == ZERO));
		promise(MEASURED, kept.state != SEALED ||
				  (digest_fits(0) && digest_fits(1))) }
	OR_KILLED
	fi
}

/* ---- measure.c ---- */

inline measure_reset()
{
	upto = 0; in_order = 1; sum[0] = ZERO; sum[1] = ZERO
}

inline measure_worthless()
{
	upto = 0; in_order = 0; sum[0] = ZERO; sum[1] = ZERO
}

inline measure_add(p, bytes)
{
	if
	:: in_order && upto == p -> sum[p] = bytes; upto++
	:: else -> measure_worthless()
	fi
}

/* ---- carveout.c ---- */

inline start_scrub(next)
{
	measure_reset(); work = WORK_SCRUB; at = 0; target = next
}

inline forget_window(s)
{
	known.last = known.w[s].id;
	known.w[s].phase = FREE; known.w[s].page = 0; known.w[s].id = 0;
	known.w[s].content = 0
}

/*
 * carveout_withdraw().  That it goes is recorded before anything of it is
 * touched: a window that a next manager takes over is as the guest left it.
 */
inline withdraw(s)
{
	if
	:: without(GOING)
	:: else -> known.w[s].phase = TAKEN; record()
	fi;
	frame = known.w[s].page;
	withdraw_frames(frame);
	d_step { frame = 0; forget_window(s) };
	record()
}

#define leave_window(s)                                               \
	if                                                            \
	:: known.w[s].phase == OPEN -> known.w[s].phase = LEAVING     \
	:: else                                                       \
	fi

/* carveout_fail(): FAILED is recorded before a window is touched. */
inline fail()
{
	d_step {
		known.state = FAILED;
		leave_window(0);
		leave_window(1);
		start_scrub(FAILED)
	};
	record()
}

#define some_window (known.w[0].phase == FREE) /* the index of one */

inline withdraw_all()
{
	do
	:: windows_open -> victim = some_window; withdraw(victim)
	:: else -> victim = 0; break
	od
}

#define overlaps(p) (is_window(known, 0, p) || is_window(known, 1, p))
#define may_open                                                               \
	(known.w[s].phase == FREE && known.state != SEALED &&                  \
	 known.state != FAILED && !busy && (!overlaps(page) || without(OVERLAPS)))

/* carveout_open().  Replayed: the window that it had made is nobody's. */
inline do_open()
{
	s = r.slot; page = r.page;
	if
	:: first && known.w[s].phase == OPEN && !without(OPEN_AGAIN) -> withdraw(s)
	:: else
	fi;
	if
	:: !may_open -> status = NO
	:: else ->
		d_step {
			if
			:: known.state == EMPTY -> known.state = LOADING; measure_reset()
			:: else
			fi;
			known.w[s].phase = OPENING; known.w[s].page = page;
			known.w[s].content = page < known.dirty;
#ifdef HOSTILE
			known.w[s].id = s + 1 /* it may name any: no use to count */
#else
			known.next = known.next % IDS + 1;
			known.w[s].id = known.next
#endif
		};
		if
		:: without(RECORD_FIRST)
		:: else -> record()
		fi;
		backing_open(s, page, r.flag);
		known.w[s].phase = OPEN;
		record();
		id = known.w[s].id
	fi;
	s = 0; page = 0
}

#define may_put                                                   \
	(known.state != SEALED && known.state != FAILED && !busy && \
	 (!overlaps(page) || without(OVERLAPS)))

/* fetch() in carveout/put.c: an honest guest's page of its own stays as it is until the answer. */
inline fetch()
{
#ifdef HOSTILE
	buf = A
#else
	buf = (page -> B : A)
#endif
}

/* carveout_put(): recorded before it is written. */
inline do_put()
{
	page = r.page;
	if
	:: !may_put -> status = NO
	:: else ->
		d_step {
			if
			:: known.state == EMPTY -> known.state = LOADING; measure_reset()
			:: else
			fi;
			if
			:: known.dirty <= page && !without(AHEAD) -> known.dirty = page + 1
			:: else
			fi;
			fetch()
		};
		record();
		put(page, buf);
		d_step {
			if
			:: known.dirty <= page -> known.dirty = page + 1
			:: else
			fi;
			measure_add(page, buf);
			buf = ZERO
		}
	fi;
	page = 0
}

/* commit_window() */
inline commit_window(s, p)
{
	backing_commit(s, p);
	if
	:: failing ->
		known.state = FAILED; failing = 0; status = NO;
		withdraw(s);
		fail()
	:: else ->
		d_step {
			if
			:: known.dirty <= p -> known.dirty = p + 1
			:: else
			fi
		};
		backing_hand_over_window(s, p);
		d_step { measure_add(p, buf); forget_window(s); buf = ZERO };
		record();
		taken = p + 1
	fi
}

/* carveout_commit(), carveout_discard().  Replayed: what was closed last is. */
inline do_close()
{
	if
	:: is_id(0) -> s = 0
	:: !is_id(0) && is_id(1) -> s = 1
	:: else -> s = SLOTS
	fi;
	if
	:: s == SLOTS -> status = !(first && r.id == known.last && !without(CLOSE_AGAIN))
	:: s != SLOTS && r.flag == COMMIT && known.w[s].phase == OPEN ->
		page = known.w[s].page;
		commit_window(s, page);
		page = 0
	:: else -> status = (r.flag == COMMIT); withdraw(s)
	fi;
	s = 0
}

/* carveout_seal(), carveout_start_seal() */
inline do_seal()
{
	if
	:: known.state == SEALED ->
		status = !(first && known.length == wanted && !without(SEAL_AGAIN))
	:: known.state != SEALED &&
	   (known.state != LOADING || busy || (windows_open && !without(NO_WINDOWS))) ->
		status = NO
	:: else ->
		known.length = wanted;
		if
		:: in_order && upto == wanted -> publish()
		:: else -> d_step { work = WORK_TRIM; at = wanted; measure_reset() }
		fi
	fi;
	wanted = 0
}

/* finish_seal() */
inline publish()
{
#ifdef HOSTILE
	if
	:: true
	:: unexpected = 1 /* the digest is not the one that it gave */
	fi;
#endif
	work = WORK_NONE;
	if
	:: unexpected -> unexpected = 0; status = NO; fail()
	:: else ->
		d_step {
			known.state = SEALED;
			known.digest[0] = sum[0]; known.digest[1] = sum[1];
			measure_reset()
		};
		record()
	fi
}

/* carveout_reset(), carveout_abort() of the guest: it needs no grace */
inline do_end()
{
	if
	:: known.state == SEALED -> status = NO
	:: known.state != SEALED && r.op == OP_ABORT && known.state != LOADING
	:: else ->
		withdraw_all();
		known.state = FAILED;
		record();
		start_scrub((r.op == OP_RESET -> EMPTY : FAILED))
	fi
}

/* ---- commands.c: what dom0 orders ---- */

inline revoke()
{
	if
	:: known.state == LOADING && !without(FAILED_FIRST) -> fail()
	:: else
	fi;
	if
	:: order == REVOKE_NOW -> withdraw_all()
	:: else
	fi;
	if
	:: known.state == LOADING -> fail()
	:: else
	fi
}

inline do_order()
{
	if
	:: order == REVOKE || order == REVOKE_NOW -> revoke()
	:: order == RESET ->
		if
		:: without(RESET_RECORDED) && p2m[0] != WINDOW -> put(0, ZERO)
		:: else
		fi;
		fail();
		target = EMPTY
	:: order == SEAL -> wanted = 2; do_seal(); status = OK
	fi;
	order = 0
}

/* ---- work.c: one step, when no window is leaving any more ---- */

inline do_work()
{
	if
	:: work == WORK_SCRUB && at < known.dirty -> put(at, ZERO); at++
	:: work == WORK_SCRUB && at >= known.dirty ->
		d_step {
			work = WORK_NONE; at = 0; known.dirty = 0; known.length = 0;
			known.digest[0] = ZERO; known.digest[1] = ZERO;
			known.state = target; target = 0
		};
		record()
	:: work == WORK_TRIM && at < known.dirty && !without(TRIM) -> put(at, ZERO); at++
	:: work == WORK_TRIM && (at >= known.dirty || without(TRIM)) ->
		work = WORK_MEASURE; at = 0
	:: work == WORK_MEASURE && at < known.length -> get(at, sum[at]); at++
	:: work == WORK_MEASURE && at == known.length -> at = 0; publish()
	:: else
	fi
}

/* ---- requests.c, ring.c ---- */

/* ring_answer() */
inline answer()
{
	promise(COMMITTED, !taken || status || p2m[taken - 1] != WINDOW);
#ifndef HOSTILE
	effect(answers[rsp_prod % ENTRIES].tag = tag;
	       answers[rsp_prod % ENTRIES].status = status;
	       answers[rsp_prod % ENTRIES].id = id);
	effect(rsp_prod++);
	effect(rung = 1);
#endif
	d_step { status = OK; id = 0; tag = 0; taken = 0 }
}

/* ring_next(): a hostile guest may have written anything there. */
inline next_request()
{
#ifdef HOSTILE
	if
	:: r.op = OP_OPEN;
		if :: r.slot = 0 :: r.slot = 1 fi;
		if :: r.page = 0 :: r.page = 1 fi;
		if :: r.flag = WRITE :: r.flag = READ_WRITE fi
	:: r.op = OP_CLOSE;
		if :: r.id = 1 :: r.id = 2 fi;
		if :: r.flag = COMMIT :: r.flag = DISCARD fi
	:: r.op = OP_SEAL;
		if :: r.length = 1 :: r.length = 2 fi
	:: r.op = OP_PUT;
		if :: r.page = 0 :: r.page = 1 fi
	:: r.op = OP_RESET
	:: r.op = OP_ABORT
	fi
#else
	d_step {
		tag = req_cons % ENTRIES;
		r.op = requests[tag].op; r.slot = requests[tag].slot;
		r.page = requests[tag].page; r.flag = requests[tag].flag;
		r.id = requests[tag].id; r.length = requests[tag].length;
		req_cons++
	}
#endif
}

#define is_slow(op) (op == OP_SEAL || op == OP_RESET || op == OP_ABORT)

/* serve_one(): what is slow is answered when it is done, and nothing before it. */
inline serve_one()
{
	next_request();
	if
	:: r.op == OP_OPEN -> do_open()
	:: r.op == OP_CLOSE -> do_close()
	:: r.op == OP_PUT -> do_put()
	:: r.op == OP_SEAL -> wanted = r.length; do_seal()
	:: r.op == OP_RESET || r.op == OP_ABORT -> do_end()
	:: else
	fi;
	first = 0;
	if
	:: is_slow(r.op) && work != WORK_NONE && status == OK ->
		waiting = r.op; wait_tag = tag; tag = 0
	:: else -> answer()
	fi;
	d_step { r.op = 0; r.slot = 0; r.page = 0; r.flag = 0; r.id = 0; r.length = 0 }
}

/* requests_serve(), RING_FINAL_CHECK_FOR_REQUESTS() */
inline take_turn()
{
#ifdef HOSTILE
	if
	:: true
	:: serve_one()
	fi
#else
	if
	:: atomic { req_cons == req_prod -> pending = 0 }
	:: req_cons != req_prod -> serve_one()
	fi
#endif
}

/* waiters_answer(), answer_waiter(), carveout_outcome() */
inline settle()
{
	d_step {
		tag = wait_tag; wait_tag = 0;
		status = (waiting == OP_SEAL && known.state != SEALED) ||
			 (waiting == OP_RESET && known.state != EMPTY);
		waiting = OP_NONE
	};
	answer()
}

/* xenbus_disconnect(), carveout_disconnected() */
inline disconnect()
{
	if
	:: known.state == LOADING -> fail()
	:: else
	fi;
	withdraw_all()
}

/* ---- recover.c ---- */

/* What dies with a process: its memory, its maps, its end of the channel. */
inline lose_memory()
{
	d_step {
		unpin(0); unpin(1);
		known.state = 0; known.dirty = 0; known.length = 0; known.next = 0;
		known.digest[0] = 0; known.digest[1] = 0;
		forget_window(0); forget_window(1); known.last = 0;
		upto = 0; in_order = 0; sum[0] = 0; sum[1] = 0;
		work = 0; at = 0; target = 0; saved[0] = 0; saved[1] = 0;
		waiting = 0; wait_tag = 0; status = 0; id = 0; tag = 0;
		s = 0; page = 0; frame = 0; victim = 0; wanted = 0; buf = 0;
		failing = 0; replaced = 0; unexpected = 0; first = 0; taken = 0;
		r.op = 0; r.slot = 0; r.page = 0; r.flag = 0; r.id = 0; r.length = 0;
		req_cons = 0; bound = 0; pending = 0; order = 0
	}
}

#define end_of(s)                                                           \
	if                                                                  \
	:: known.w[s].phase != FREE && known.dirty <= known.w[s].page ->    \
		known.dirty = known.w[s].page + 1                           \
	:: else                                                             \
	fi
#define stay_window(s) /* a grace is not recorded */               \
	if                                                         \
	:: known.w[s].phase == LEAVING -> known.w[s].phase = OPEN  \
	:: else                                                    \
	fi
#define had_saved(s) (known.w[s].phase != FREE && known.w[s].content)

/*
 * carveout_resume().  Vault: a commit that was cut may have written under a
 * window, which counts as dirty.  Pool: what a discard would put back was in the
 * memory of the manager that was killed.
 */
inline resume()
{
	d_step {
		copy_device(known, kept);
		stay_window(0);
		stay_window(1);
		if
		:: without(WORTHLESS) -> measure_reset()
		:: else
		fi;
#ifdef POOL
		if
		:: !without(SAVED) && (had_saved(0) || had_saved(1)) -> known.state = FAILED
		:: else
		fi;
#else
		if
		:: without(DIRTY_WINDOWS)
		:: else -> end_of(0); end_of(1)
		fi;
#endif
		if
		:: without(IDS_KEPT) -> known.next = 0
		:: else
		fi
	}
}

#define is_half(s) (known.w[s].phase == OPENING || known.w[s].phase == TAKEN)

#define half_done (is_half(0) || is_half(1))

inline finish_window(s)
{
	if
	:: is_half(s) && !(known.w[s].phase == TAKEN && without(FINISH)) ->
		frame = known.w[s].page;
		take_unknown(frame);
		restore(frame);
		frame = 0
	:: else
	fi
}

inline forget_half(s)
{
	if
	:: is_half(s) -> forget_window(s)
	:: else
	fi
}

inline undo_pause()
{
	if
	:: noted -> effect(paused = 0); effect(noted = 0)
	:: else
	fi
}

/* Windows whose load has ended have their grace anew. */
inline take_over_windows()
{
	if
	:: without(GRACE_AGAIN)
	:: !without(GRACE_AGAIN) && known.state == FAILED -> fail()
	:: else
	fi
}

/* The ring, from where it stands: one request at most was not answered. */
inline take_over_ring()
{
#ifdef HOSTILE
	first = 1;
	if
	:: true
	:: disconnect() /* its nodes name no ring any more */
	fi
#else
	effect(first = 1; req_cons = rsp_prod; bound = 1; pending = !without(LOOK);
	       rung = rung || !without(RING))
#endif
}

#define take_window(s)                                            \
	if                                                        \
	:: known.w[s].phase != FREE -> known.w[s].phase = TAKEN   \
	:: else                                                   \
	fi
#define is_opening (known.w[0].phase == OPENING || known.w[1].phase == OPENING)

/*
 * A pause with no window half done: a frame of a window that was being taken was
 * evicted, and may hold somebody's old bytes.  No window is as the guest left it.
 */
inline suspect_windows()
{
	if
	:: noted && !half_done && windows_open && !without(EVICTED) ->
		d_step { take_window(0); take_window(1); known.state = FAILED }
	:: else
	fi
}

inline recover()
{
	resume();
	if
	:: without(UNPAUSE_LAST) || (without(TAKEN_FIRST) && !is_opening) -> undo_pause()
	:: else
	fi;
	suspect_windows();
	do
	:: finish_window(victim);
		if
		:: victim -> victim = 0; break
		:: else -> victim = 1
		fi
	od;
	/* They explain the pause: they stay in the record as long as its note. */
	undo_pause();
	if
	:: half_done ->
		d_step { forget_half(0); forget_half(1) };
		record()
	:: else
	fi;
	take_over_windows();
	promise(OWNED, owned(0) && owned(1));
	promise(RUNNING, !paused);
	take_over_ring()
}

/* ---- daemon.c: the loop ---- */

#ifdef HOSTILE
#define may_take !waiting
#else
#define may_take (pending && (!waiting || without(ONE_BY_ONE)))
#endif
/* What was not answered comes before anything that dom0 wants now. */
#define may_order (order && !(first && pending))

inline turn()
{
	if
	:: may_take -> take_turn()
	:: else
	fi;
	if
	:: leaving -> victim = (known.w[0].phase != LEAVING); withdraw(victim); victim = 0
	:: !leaving || without(SCRUB_LAST) -> do_work()
	fi;
	if
	:: waiting && !busy -> settle()
	:: else
	fi;
	if
	:: may_order -> do_order()
	:: else
	fi
}

proctype manager()
{
	Device known;
	bit in_order; unsigned upto : 2; byte sum[PAGES];
	unsigned work : 2; unsigned at : 2; unsigned target : 2;
	byte saved[PAGES];
	unsigned waiting : 3; bit wait_tag;
	Request r; bit first; unsigned req_cons : 2;
	bit tag; bit status; unsigned id : 3;
	unsigned s : 2; bit page; bit frame; unsigned wanted : 2; byte buf;
	bit victim; bit failing; bit replaced; bit unexpected; unsigned taken : 2;

started:
	recover();
end_turn:
	do
	:: may_take || busy || waiting || may_order -> turn()
	:: gone -> break /* tenant_release_if_gone(): Xen scrubs the vault */
	:: crashes < CRASHES -> crashes++; goto killed
	od;
	goto end_released;
killed:
	lose_memory();
	goto started;
end_released:
	skip
}
