/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef XEN_CARVEOUT_WINDOW_H
#define XEN_CARVEOUT_WINDOW_H

#include <linux/iosys-map.h>
#include <linux/spinlock.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include "xen_carveout.h"

/*
 *            open sent      answered      mapped
 *   FREE ──▶ OPENING ──▶ MAPPING ──▶ OPEN
 *    ▲          │            │ failed   │ closed, or withdrawn
 *    │   failed │            ▼          ▼
 *    │          │          STOPPING ◀───┘   no new brackets; wait for the old
 *    │          ▼            ▼ unmapped, close sent
 *    └─────── CLOSED ◀──── CLOSING
 *   owner collected       answered
 *
 * A window that lost its owner (killed, or tired of waiting) goes from
 * OPENING to STOPPING by itself and from CLOSING straight to FREE.
 */
enum window_state {
	WINDOW_FREE,
	WINDOW_OPENING,
	WINDOW_MAPPING,
	WINDOW_OPEN,
	WINDOW_STOPPING,
	WINDOW_CLOSING,
	WINDOW_CLOSED,
};

struct xen_carveout_win {
	struct xen_carveout_window pub; /* what API users see, and may spoil */
	struct xen_carveout *c;
	unsigned int slot;
	struct iosys_map map; /* window_io.c; set from MAPPING to STOPPING */

	spinlock_t lock; /* all below; offset, length and pub: while not OPEN */
	u64 offset;
	u32 length;
	enum window_state state;
	bool owned;		/* somebody will collect it */
	bool api;		/* opened by xen_carveout_open_window() */
	bool dead;		/* mapped for good: its slot is lost */
	unsigned int users;	/* access brackets */
	int revoked;		/* negated errno: taken away, and why */
	int error;		/* what its owner will hear */
	u64 connection;		/* that it was asked for on */
	u32 id;			/* the back end's, on that connection */
	u32 committing;		/* bytes of the CLOSE under way */
	wait_queue_head_t wait; /* state or users changed */
	struct work_struct withdraw;
};

void xen_carveout_windows_init(struct xen_carveout *c);
struct xen_carveout_win *
xen_carveout_win_open(struct xen_carveout *c, u32 epoch, u64 offset, u32 length,
		      enum xen_carveout_window_mode mode);
int xen_carveout_win_begin(struct xen_carveout_win *w);
void xen_carveout_win_end(struct xen_carveout_win *w);
void xen_carveout_win_commit(struct xen_carveout_win *w, u32 used);
void xen_carveout_win_discard(struct xen_carveout_win *w);
int xen_carveout_win_collect(struct xen_carveout_win *w);
void xen_carveout_window_event(struct xen_carveout *c, u32 id, int reason);
void xen_carveout_windows_revoke(struct xen_carveout *c, int reason);
bool xen_carveout_windows_await_unmapped(struct xen_carveout *c);
bool xen_carveout_windows_await_closed(struct xen_carveout *c);
unsigned int xen_carveout_windows_open(struct xen_carveout *c);

#endif
