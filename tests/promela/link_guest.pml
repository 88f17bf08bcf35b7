/* SPDX-License-Identifier: GPL-2.0-only */
/* The front end. */

#ifdef HOSTILE

#define say(state) front = state; look = exists
#define may_say (exists && front != NONE)
#define send(op) request = op; bytes = window; pending = 1

/* Any state, any request, at any moment; or nothing any more. */
proctype guest()
{
end:
	do
	:: atomic { may_say -> say(INITIALISING) }
	:: atomic { may_say -> say(INITIALISED); ring = 1 }
	:: atomic { may_say -> say(CLOSING_) }
	:: atomic { may_say -> say(CLOSED) }
	:: atomic { mapped -> send(OP_OPEN) }
	:: atomic { mapped -> send(OP_COMMIT) }
	:: atomic { mapped -> send(OP_DISCARD) }
	:: atomic { mapped -> send(OP_SEAL) }
	:: atomic { mapped -> send(OP_RESET) }
	:: break
	od
}

#else

/* A node that is gone is not written. */
#define write(state) d_step { if :: front != NONE -> front = state; look = 1 :: else fi }

/*
 * Linux with guest-driver/xenbus.c and link.c, and of drivers/xen/xenbus what stands
 * between the two: device_shutdown() (xenbus_frontend_dev_shutdown(), which
 * waits for Closing), and a kernel that was started by kexec
 * (xenbus_reset_frontend(), which waits for three states).  It waits five
 * seconds for each; here for ever.
 */

#define is_open (ours == INITIALISED || ours == CONNECTED || ours == CLOSING_)

/* Pages that the manager has yet are not given back. */
#define is_mapped (ring && mapped == ring)

/* xenbus_switch_state() */
inline switch_to(state)
{
	atomic {
		if
		:: front != NONE && ours != state -> front = state; look = 1; ours = state
		:: else
		fi
	}
}

/* xen_carveout_link_unmake() */
inline link_unmake()
{
	atomic {
		up = 0; cut = 1; mine = 0; ring = 0; request = OP_NONE; reply = NONE_YET; asked = 0
	}
}

inline try_connect()
{
	switch_to(INITIALISING);
	atomic { rings = rings % 3 + 1; ring = rings };
	switch_to(INITIALISED)
}

inline approach()
{
	if
	:: back == INITWAIT -> try_connect()
	:: else -> switch_to(INITIALISING)
	fi
}

inline closed()
{
	if
	:: is_open -> link_unmake(); switch_to(CLOSED)
	:: else
	fi
}

/* backend_is() */
inline handle()
{
	atomic { told = 0; theirs = back };
	if
	:: theirs == INITWAIT && ours != INITIALISED ->
		link_unmake();
		if
		:: ours == CLOSED -> approach()
		:: else -> try_connect()
		fi
	:: theirs == CONNECTED && ours == INITIALISED -> switch_to(CONNECTED); up = 1
	:: theirs == CLOSED -> closed(); approach()
	:: theirs == CLOSING_ || theirs == NONE -> closed()
	:: else
	fi;
	theirs = NONE
}

/* xenbus_otherend_changed() of a system that goes down */
inline handle_down()
{
	atomic { told = 0; theirs = back };
	if
	:: theirs == CLOSING_ -> switch_to(CLOSED)
	:: else
	fi;
	theirs = NONE
}

#define none (front == NONE)

/* The xenwatch thread goes on meanwhile. */
inline await(what)
{
	do
	:: none -> goto unplugged
	:: !none && told -> handle()
	:: !none && (what) -> break
	od
}

/* Who was refused, or lost the connection, has failed. */
inline ask(op)
{
	atomic { reply = NONE_YET; request = op; pending = pending || mapped == ring };
	await(reply || cut);
	if
	:: cut -> goto broken
	:: !cut && reply == OK
	:: !cut && reply == NO -> promise(LOADS, orders); goto end_alive
	fi
}

/* Once; in a run with a detach and a kill that is what happens. */
#define may_end (!lived && !(CRASHES && ORDERS))

inline live()
{
	if
	:: true
	:: may_end -> lived = 1; goto unload
	:: may_end -> lived = 1; goto shut_down
	:: may_end -> lived = 1; goto crash
	fi
}

inline touch()
{
	atomic {
		if
		:: mine && asked -> mine = 0; asked = 0; leaves = 1
		:: mine && !asked ->
			promise(GRACE_IS, window || overdue || at_once);
			bytes = 1 + lived
		:: else
		fi
	};
	if
	:: leaves -> leaves = 0; ask(OP_DISCARD); goto end_alive
	:: else
	fi
}

inline load(p)
{
	opened = p;
	ask(OP_OPEN);
	mine = 1;
	live();
	touch();
	mine = 0;
	ask(OP_COMMIT);
	live()
}

proctype guest()
{
	unsigned ours : 3;
	unsigned theirs : 3;
	bit up; bit cut; bit mine; bit leaves; bit lived;
	unsigned rings : 2;

end_unplugged: /* xen_carveout_probe(), when there are nodes; Closed is what an earlier load of the module left */
	atomic {
		!none -> plugged = 1; told = 1;
		if
		:: front == CLOSED -> ours = CLOSED
		:: else -> ours = INITIALISING; front = INITIALISING; look = 1
		fi
	};
broken:
	do
	:: none -> goto unplugged
	:: !none && told -> handle()
	:: !none && up -> break
	:: may_end && ours == INITIALISED -> lived = 1; goto unload
	od;
	atomic { cut = 0; reply = NONE_YET; request = OP_RESET; pending = pending || mapped == ring };
	await(reply || cut);
	if
	:: cut -> goto broken
	:: !cut && reply == NO -> goto end_alive
	:: else
	fi;
	load(0);
	load(1);
	ask(OP_SEAL);
	promise(LOADS, orders || (content[0] == 1 + lived && content[1] == 1 + lived));
	live();
end_alive:
	do
	:: none -> goto unplugged
	:: !none && told -> handle()
	od;

unload: /* xen_carveout_remove() */
	atomic { up = 0; mine = 0 };
	if
	:: is_open -> switch_to(CLOSING_); none || left_us
	:: else
	fi;
	promise(SHOWN, !is_mapped);
	link_unmake();
	switch_to(CLOSED);
	plugged = 0;
	goto end_unplugged;

shut_down: /* xen_carveout_shutdown() lets go of the window; xenbus alone would not */
	atomic { up = 0; mine = 0 };
	if
	:: ours == CONNECTED ->
		switch_to(CLOSING_);
		do
		:: none || ours == CLOSED -> break
		:: !none && ours != CLOSED && told -> handle_down()
		od
	:: else
	fi;

crash: /* the next kernel: xenbus_probe_frontend() */
	atomic { up = 0; mine = 0; theirs = back };
	if
	:: front == CONNECTED || front == CLOSED ->
		if
		:: theirs == CONNECTED ->
			write(CLOSING_);
			none || back == CLOSING_
		:: else
		fi;
		if
		:: theirs == CONNECTED || theirs == CLOSING_ ->
			write(CLOSED);
			none || back == CLOSED
		:: else
		fi;
		if
		:: theirs == CONNECTED || theirs == CLOSING_ || theirs == CLOSED ->
			write(INITIALISING);
			none || back == INITWAIT
		:: else
		fi
	:: else
	fi;
	atomic { plugged = 0; theirs = NONE; ring = 0; request = OP_NONE; reply = NONE_YET; asked = 0 };
	goto end_unplugged;

unplugged: /* xenbus_dev_changed() removes a device whose nodes are gone */
	atomic { plugged = 0; ours = NONE; up = 0; mine = 0; ring = 0; request = OP_NONE; reply = NONE_YET; asked = 0 };
	lived = 1;
	goto end_unplugged
}

#endif
