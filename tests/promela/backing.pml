/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How windows come and go: hv-mgr/backing/vault.c and pool.c, call by call.
 * For the manager's process only, with its variables.
 */

/* ---- guest.c: the pause is noted first, so that a next manager undoes it ---- */

inline guest_pause()
{
	if
	:: without(NOTE_FIRST) -> effect(paused = 1); effect(noted = 1)
	:: else -> effect(noted = 1); effect(paused = 1)
	fi
}

inline guest_unpause()
{
	effect(paused = 0);
	effect(noted = 0)
}

/* ---- frames.c: frames_evict() ---- */

inline evict(p)
{
#ifdef SCRUBS
	effect(p2m[p] = OWN); /* a fresh page, blank */
	effect(p2m[p] = HOLE)
#else
	if
	:: paused -> effect(p2m[p] = STALE); effect(p2m[p] = HOLE)
	:: else ->
		guest_pause();
		effect(p2m[p] = STALE);
		effect(p2m[p] = HOLE);
		guest_unpause()
	fi
#endif
}

#define is_hole(p) (p2m[p] == HOLE)

/* strip_paused(), unmap_paused(): the second round decides, as nothing is refilled in it. */
inline stand_still()
{
	if
	:: without(STAND_STILL)
	:: else -> guest_pause()
	fi
}

inline go_on()
{
	if
	:: without(STAND_STILL)
	:: else -> guest_unpause()
	fi
}

/* The hypervisor does what it says, so that what is there yet the guest has put there. */
#define look_again(p) promise(GOES, gone || is_hole(p))

#ifdef POOL

/* ---- pool.c ---- */

/* pool_open_window(), prepare() */
inline backing_open(s, p, mode)
{
	if
	:: known.w[s].content ->
		get(p, saved[p]);
		if
		:: mode == WRITE -> put(p, ZERO)
		:: else
		fi
	:: else
	fi;
	effect(right[p] = 1);
	promise(BLANK, mode == READ_WRITE || mem[p] == ZERO);
	hv_iomem_map(p)
}

/* unmap_all(), unmap_replaced() */
inline unmap(p)
{
	hv_iomem_unmap(p);
	if
	:: p2m[p] == OWN || p2m[p] == STALE -> hv_strip(p); replaced = 1
	:: p2m[p] == STRANGE -> evict(p); replaced = 1
	:: else
	fi
}

/*
 * take_away(), end_window().  That lines are cleaned after the unmap is for
 * tests/unit/test_pool.c: bytes have no cache here.
 */
inline take_frames(p)
{
	if
	:: without(RIGHT_LAST) -> effect(right[p] = 0)
	:: else
	fi;
	unmap(p);
	if
	:: without(RIGHT_LAST) || is_hole(p)
	:: else -> stand_still(); unmap(p); look_again(p); go_on()
	fi;
	effect(right[p] = 0)
}

/* take_all_away(): without the right there is no unmap */
inline take_unknown(p)
{
	effect(right[p] = 1);
	take_frames(p);
	replaced = 0
}

/* restore(): what was committed there, or zeros; nothing is saved over a restart */
inline restore(p)
{
	put(p, saved[p]);
	saved[p] = ZERO
}

inline withdraw_frames(p)
{
	take_frames(p);
	replaced = 0;
	restore(p)
}

/* pool_keep() */
inline backing_commit(s, p)
{
	if
	:: without(UNMAP_FIRST) -> get(p, buf); take_frames(p)
	:: else -> take_frames(p); get(p, buf)
	fi;
	if
	:: replaced -> failing = 1; restore(p)
	:: else -> saved[p] = ZERO
	fi;
	replaced = 0
}

/* All is done: the bytes are where they stay. */
inline backing_hand_over_window(s, p)
{
	skip
}

#else

/* ---- vault.c ---- */

/* fill_pinned() */
inline fill(p, mode)
{
	if
	:: d_step {
		if
		:: mode == READ_WRITE && !gone -> mem[p] = vault[p]; soiled[p] = 1
		:: else -> mem[p] = ZERO
		fi }
	OR_KILLED
	fi
}

/* open_paused() */
inline open_paused(p, mode)
{
	guest_pause();
	hv_populate(p);
	hv_pin(p);
	if
	:: without(FILL_FIRST) -> guest_unpause(); fill(p, mode)
	:: else -> fill(p, mode); guest_unpause()
	fi
}

/* vault_open() */
inline backing_open(s, p, mode)
{
#ifdef SCRUBS
	if
	:: mode == WRITE -> hv_populate(p)
	:: else -> open_paused(p, mode)
	fi
#else
	open_paused(p, mode)
#endif
}

/* frames_strip() */
inline strip(p)
{
	if
	:: p2m[p] == STRANGE -> evict(p)
	:: else -> hv_strip(p)
	fi
}

/*
 * strip_window(); on a host that does not scrub with a wipe through the pin
 * before it, for a kill between the two, and one after it, for a second vCPU.
 */
inline take_frames(p)
{
#ifndef SCRUBS
	hv_pin(p);
	if
	:: without(WIPE_FIRST)
	:: else -> hv_wipe(p)
	fi;
#endif
	strip(p);
	if
	:: is_hole(p)
	:: else -> stand_still(); strip(p); look_again(p); go_on()
	fi;
#ifndef SCRUBS
	hv_wipe(p);
#endif
	hv_unpin(p)
}

inline take_unknown(p)
{
	take_frames(p)
}

inline withdraw_frames(p)
{
	take_frames(p)
}

inline restore(p)
{
	skip
}

/*
 * vault_keep(), its first half: into the private buffer (take()), and from
 * there into the vault.  A guest that removed the pages fails; one that put its
 * own there, or forges its grants, commits bytes of its own.
 */
inline backing_commit(s, p)
{
	d_step {
		if
		:: p2m[p] == WINDOW || pinned[p] -> buf = mem[p]
		:: p2m[p] != WINDOW && !pinned[p] && p2m[p] == OWN -> buf = A
		:: else -> failing = 1
		fi
	};
	if
	:: failing
	:: !failing && without(ONE_FETCH) -> put(p, mem[p])
	:: else -> put(p, buf)
	fi
}

/* Its second half: the frames go when it is recorded that the bytes are safe. */
inline backing_hand_over_window(s, p)
{
	known.w[s].phase = TAKEN;
	record();
	if
	:: without(STRIP)
	:: else -> take_frames(p)
	fi
}

#endif
