/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Xen, as far as hv-mgr/hv/hv.h lets the manager see it: what lies at the
 * carveout's two frames of the guest, and where the content is.  Each call is
 * one step; a killed manager's last call is done or not begun.
 */

/* What the guest has at a frame. */
#define HOLE	0
#define WINDOW	1
#define OWN	2 /* a page of its own that it put there */
#define STRANGE 3 /* something that a strip cannot take: a grant that it mapped */
#define STALE	4 /* a fresh page by which a strange thing is being evicted */

byte p2m[PAGES];
byte mem[PAGES];    /* bytes of the window's frame; of a pool: the content */
byte vault[PAGES];  /* bytes in the vault */
bit right[PAGES];   /* pool: the guest's right to the frame (iomem) */
bit pinned[PAGES];  /* mapped by the manager: the page outlives a strip */
bit paused;

bit soiled[PAGES];  /* bytes of a load are in the window's frame, and not wiped */

#ifdef POOL
#define content(p) mem[p]
#else
#define content(p) vault[p]
#endif

/* A page goes back to Xen's heap (vault), or stays without a user (pool). */
#ifdef POOL
#define leaves(p) skip
#else
#ifdef SCRUBS
#define leaves(p) mem[p] = ZERO; soiled[p] = 0
#else
#define leaves(p) promise(SCRUBBED, !soiled[p]); mem[p] = ZERO; soiled[p] = 0
#endif
#endif

/* hv_populate(): fresh pages of the guest's own.  It replaces what is there. */
inline hv_populate(p)
{
	if
	:: d_step {
		if
		:: gone
		:: else ->
			promise(OWNERS, p2m[p] != WINDOW);
			p2m[p] = WINDOW;
			soiled[p] = 0;
#ifdef SCRUBS
			mem[p] = ZERO
#else
			mem[p] = FOREIGN
#endif
		fi
		}
	OR_KILLED
	fi
}

/* hv_strip(): XENMEM_decrease_reservation; takes only pages of the guest's own. */
inline hv_strip(p)
{
	if
	:: d_step {
		if
		:: p2m[p] == WINDOW && !pinned[p] -> leaves(p)
		:: else
		fi;
		if
		:: p2m[p] != STRANGE -> p2m[p] = HOLE
		:: else
		fi
		}
	OR_KILLED
	fi
}

/* hv_map(): of what is there now, whoever put it there. */
inline hv_pin(p)
{
	if
	:: d_step {
		if
		:: p2m[p] == WINDOW -> pinned[p] = 1
		:: else
		fi
		}
	OR_KILLED
	fi
}

inline hv_wipe(p)
{
	if
	:: d_step {
		if
		:: pinned[p] -> mem[p] = ZERO; soiled[p] = 0
		:: else
		fi
		}
	OR_KILLED
	fi
}

/* hv_unmap(), and what the end of the process does. */
inline unpin(p)
{
	if
	:: pinned[p] && p2m[p] != WINDOW && !gone -> leaves(p)
	:: else
	fi;
	pinned[p] = 0
}

inline hv_unpin(p)
{
	if
	:: d_step { unpin(p) }
	OR_KILLED
	fi
}

/* hv_iomem_map(): a frame of the pool, with the right to it. */
inline hv_iomem_map(p)
{
	if
	:: d_step {
		if
		:: gone
		:: else ->
			promise(OWNERS, p2m[p] != WINDOW && right[p]);
			p2m[p] = WINDOW
		fi
		}
	OR_KILLED
	fi
}

/* hv_iomem_unmap(): Xen wants the guest to have the right to what is unmapped. */
inline hv_iomem_unmap(p)
{
	if
	:: d_step {
		if
		:: p2m[p] == WINDOW && right[p] -> p2m[p] = HOLE
		:: else
		fi
		}
	OR_KILLED
	fi
}

/* Bytes of the content, by the manager: nobody else has the frame meanwhile. */
inline put(p, bytes)
{
	if
	:: d_step {
		promise(SEALED_IS, kept.state != SEALED);
#ifdef POOL
		promise(OWNERS, p2m[p] != WINDOW);
#endif
		content(p) = bytes
		}
	OR_KILLED
	fi
}

inline get(p, bytes)
{
	d_step {
#ifdef POOL
		promise(OWNERS, p2m[p] != WINDOW);
#endif
		bytes = content(p)
	}
}

/* The guest's end: Xen scrubs the pages of a dying domain, whoever pins them. */
inline hv_destroy()
{
	gone = 1;
	p2m[0] = HOLE; p2m[1] = HOLE;
	right[0] = 0; right[1] = 0;
	soiled[0] = 0; soiled[1] = 0
}
