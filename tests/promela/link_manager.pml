/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The manager: hv-mgr/daemon/xenbus.c, share.c, tenant.c, recover.c, and of
 * carveout/ what ends a load.
 */

#define busy (work || known.phase == LEAVING)
#define zero (content[0] == 0 && content[1] == 0)

inline record()
{
	effect(torn = (known.state == EMPTY -> 0 : torn || known.state == FAILED);
	       kept.state = known.state; kept.phase = known.phase; kept.page = known.page;
	       promise(PARTS, kept.state != SEALED || !torn);
	       promise(BLANK, kept.state != EMPTY || zero))
}

/* ---- carveout/ ---- */

inline withdraw()
{
	known.phase = GOING;
	record();
	effect(window = 0; bytes = 0);
	known.phase = FREE;
	late = 0;
	grace = 0;
	record()
}

inline leave()
{
	effect(known.phase = LEAVING; grace = 1; asked = (mapped == ring))
}

/* carveout_revoke_windows() */
inline revoke_windows(at_once)
{
	if
	:: known.phase == FREE
	:: known.phase != FREE && at_once -> withdraw()
	:: known.phase != FREE && !at_once ->
		if
		:: known.phase == OPEN -> leave()
		:: else
		fi
	fi
}

/* carveout_fail() */
inline fail(at_once)
{
	d_step { known.state = FAILED; work = 1; target = FAILED };
	record();
	revoke_windows(at_once)
}

/* carveout_disconnected() */
inline disconnected()
{
	if
	:: known.state == LOADING && !without(LOAD_FAILS) -> fail(1)
	:: known.state == LOADING && without(LOAD_FAILS) -> torn = 1; revoke_windows(1)
	:: known.state != LOADING -> revoke_windows(1)
	fi
}

/* carveout_work(), one step; what is zero already takes none. */
inline do_work()
{
	if
	:: known.phase == LEAVING -> overdue = 1; withdraw()
	:: known.phase != LEAVING && content[0] -> effect(content[0] = 0)
	:: known.phase != LEAVING && !content[0] && content[1] -> effect(content[1] = 0)
	:: else ->
		d_step { work = 0; known.state = target };
		record()
	fi
}

/* ---- xenbus.c ---- */

inline set_state(state)
{
	bs = state;
	effect(back = state; told = 1;
	       promise(SHOWN, (state != CLOSING_ && state != CLOSED) || (!mapped && !window)))
}

/* end_connection() */
inline disconnect()
{
	if
	:: mapped ->
		if
		:: without(RING_FIRST) -> set_state(CLOSING_)
		:: else
		fi;
		effect(mapped = 0; pending = 0);
		waiting = OP_NONE;
		disconnected()
	:: else
	fi
}

inline close_to(state)
{
	connecting = 0;
	disconnect();
	if
	:: bs != state -> set_state(state)
	:: else
	fi;
	if
	:: without(CLOSING) && bs == CLOSING_ -> set_state(CLOSED)
	:: else
	fi
}

/* xenbus_connect_step(), with all the nodes in one; refuse() */
inline connect()
{
	address = ring;
	if
	:: address -> effect(mapped = address; pending = 1); set_state(CONNECTED)
	:: !address -> set_state(CLOSED)
	fi;
	address = 0
}

/* follow() */
inline follow()
{
	if
	:: (seen == INITIALISED || seen == CONNECTED) && bs == INITWAIT -> connecting = 1
	:: seen == CLOSING_ -> close_to(CLOSING_)
	:: seen == CLOSED || seen == NONE -> close_to(CLOSED)
	:: seen == INITIALISING && !without(BEGIN) -> close_to(INITWAIT)
	:: else
	fi;
	seen = NONE
}

/* ---- requests.c ---- */

#define may_open \
	(known.phase == FREE && (known.state == EMPTY || known.state == LOADING) && !busy)

inline answer(status)
{
	effect(
		if
		:: mapped == ring -> request = OP_NONE; reply = status
		:: else
		fi;
		first = 0)
}

inline do_open()
{
	if
	:: first && known.phase == OPEN -> withdraw()
	:: else
	fi;
	if
	:: may_open && !detaching ->
		known.state = LOADING;
		known.phase = OPEN;
		known.page = opened;
		record();
		effect(window = 1; bytes = 0);
		answer(OK)
	:: else -> answer(NO)
	fi
}

inline do_close()
{
	if
	:: known.phase == FREE && first -> answer(OK)
	:: known.phase == OPEN && (request == OP_DISCARD || known.state != LOADING) ->
		withdraw();
		answer(OK)
	:: known.phase == OPEN && request == OP_COMMIT && known.state == LOADING ->
		effect(content[known.page] = bytes);
		withdraw();
		answer(OK)
	:: known.phase == LEAVING -> withdraw(); answer(NO)
	:: else -> answer(NO)
	fi
}

inline do_seal()
{
	if
	:: known.state == LOADING && known.phase == FREE ->
		known.state = SEALED;
		record();
		answer(OK)
	:: known.state == SEALED && first -> answer(OK)
	:: else -> answer(NO)
	fi
}

inline do_reset()
{
	if
	:: known.state == SEALED -> answer(NO)
	:: else ->
		d_step { known.state = FAILED; work = 1; target = EMPTY };
		record();
		revoke_windows(1);
		waiting = OP_RESET
	fi
}

inline serve_one()
{
	if
	:: atomic { request == OP_NONE || mapped != ring -> pending = 0 }
	:: mapped == ring && request == OP_OPEN -> do_open()
	:: mapped == ring && (request == OP_COMMIT || request == OP_DISCARD) -> do_close()
	:: mapped == ring && request == OP_SEAL -> do_seal()
	:: mapped == ring && request == OP_RESET -> do_reset()
	fi
}

/* ---- tenant.c ---- */

#define may_go (detaching && known.phase != LEAVING && known.phase != GOING)

/* tenant_detach(), carveout_revoke() */
inline detach()
{
	detaching = 1;
	if
	:: without(WINDOWS_GO) -> effect(answered = 1; promise(DETACHED, !exists && !window))
	:: else
	fi;
	if
	:: known.state == LOADING && !without(DETACH_FAILS) ->
		fail((order == DETACH_NOW || without(GRACE)))
	:: known.state == LOADING && without(DETACH_FAILS) ->
		torn = 1;
		revoke_windows(order == DETACH_NOW)
	:: known.state != LOADING -> revoke_windows((order == DETACH_NOW || without(GRACE)))
	fi;
	order = 0
}

/* device_dismantle(): the content's memory is scrubbed by who gets it back. */
inline dismantle()
{
	if
	:: mapped -> disconnect(); set_state(CLOSING_)
	:: else
	fi;
	if
	:: without(AT_ONCE) -> effect(front = NONE; told = 1); effect(back = NONE; told = 1)
	:: else -> effect(front = NONE; back = NONE; told = 1)
	fi;
	revoke_windows(1);
	effect(content[0] = 0; content[1] = 0; freed = 1);
	effect(exists = 0);
	effect(answered = 1;
	       promise(DETACHED, !window && !mapped && !front && !back && zero))
}

/* ---- share.c, a turn ---- */

#define due  (known.phase == LEAVING && late && !without(GRACE_ENDS))
#define slow (due || (work && known.phase != LEAVING))

/* Turns from when a detach waits for the manager alone. */
#define count_turn                                                         \
	if                                                                 \
	:: detaching && (late || known.phase != LEAVING) ->                \
		turns++; promise(BOUND, turns <= TURNS_MAX)                \
	:: else                                                            \
	fi
#define TURNS_MAX 4

#define may_look  ((look || connecting) && (!looked || without(LOOKS)))
#define may_serve (pending && waiting == OP_NONE)

#define has_turn \
	(may_look || looked || slow || may_serve || (waiting && !busy) || may_go)

inline serve()
{
	d_step { worked = slow && !((worked || without(TURNS)) && may_serve) };
	if
	:: worked -> do_work()
	:: !worked && may_serve -> serve_one()
	:: else
	fi
}

inline turn()
{
	count_turn;
	if
	:: may_look && connecting ->
		d_step { connecting = 0; looked = 1 };
		if
		:: bs == INITWAIT -> connect()
		:: else
		fi
	:: may_look && !connecting ->
		d_step { look = 0; looked = 1; seen = front };
		follow()
	:: else -> looked = 0; serve()
	fi;
	if
	:: waiting && !busy ->
		answer((known.state == EMPTY -> OK : NO));
		waiting = OP_NONE;
		pending = 1
	:: else
	fi;
	if
	:: may_go -> dismantle(); goto end_gone
	:: else
	fi
}

/* ---- recover.c, resume.c ---- */

inline lose_memory()
{
	d_step {
		mapped = 0; pending = 0; known.state = 0; known.phase = 0; known.page = 0;
		work = 0; target = 0; waiting = 0; bs = 0; seen = 0; address = 0; detaching = 0; first = 0;
		worked = 0; looked = 0; turns = 0; late = 0; grace = 0; look = 0;
		connecting = 0;
		lost = lost || order || orders; order = 0
	}
}

/* carveout_resume() */
inline resume()
{
	d_step {
		known.state = kept.state; known.phase = kept.phase; known.page = kept.page;
		work = (known.state == FAILED || known.state == EMPTY) && !without(SCRUB_AGAIN);
		target = known.state
	};
	if
	:: known.phase == GOING || known.phase == LEAVING -> withdraw()
	:: known.phase == OPEN && known.state != LOADING -> leave()
	:: else
	fi
}

/* take_up() */
inline take_over()
{
	bs = back;
	d_step { seen = front; address = ring };
	if
	:: bs == CONNECTED && (seen == CONNECTED || seen == INITIALISED) && address ->
		effect(mapped = address; pending = 1; first = 1)
	:: else ->
		disconnected();
		if
		:: bs != INITWAIT && bs != CLOSED -> set_state(CLOSING_)
		:: else
		fi
	fi;
	d_step { seen = NONE; address = 0 }
}

/* xenbus_take_up(): a new watch fires at once. */
inline recover()
{
	resume();
	if
	:: back == NONE -> !plugged; effect(front = INITIALISING; back = INITWAIT; told = 1); bs = INITWAIT
	:: back != NONE -> take_over()
	fi;
	look = !without(WATCH)
}

/* detach_lost(): its content is gone. */
inline drop()
{
	effect(front = NONE; back = NONE; told = 1);
	effect(exists = 0)
}

#ifdef HOSTILE
#define whole true /* it may remove its own */
#else
#define whole ((front != NONE) == (back != NONE))
#endif

proctype manager()
{
	Device known;
	unsigned bs : 3;
	unsigned seen : 3;
	unsigned address : 2;
	bit work; unsigned target : 2;
	unsigned waiting : 3;
	bit detaching; bit first;
	bit worked; bit looked; byte turns;

started:
	if
	:: !exists -> goto end_gone
	:: exists && freed -> drop(); goto end_gone
	:: exists && !freed -> recover()
	fi;
	do
	:: has_turn -> turn()
	:: order && !detaching -> detach()
	:: else ->
		promise(WHOLE, whole);
		promise(SCRUBBED, busy || known.state == LOADING || known.state == SEALED || zero);
end_idle:
		if
		:: has_turn || (order && !detaching)
		:: crashes < CRASHES -> crashes++; goto killed
		fi
	od;
killed:
	lose_memory();
	goto started;
end_gone:
	if
	:: atomic { !exists -> promise(DETACHED, !front && !back && !window && !mapped) }
	fi
}
