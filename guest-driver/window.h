/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CARVEOUT_WINDOW_H
#define CARVEOUT_WINDOW_H

#include <linux/iosys-map.h>
#include <linux/spinlock.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include "carveout.h"

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

struct window {
	struct carveout_window pub; /* what API users see, and may spoil */
	struct carveout *c;
	unsigned int slot;
	struct iosys_map map; /* window_io.c; set from MAPPING to STOPPING */

	spinlock_t lock; /* all below; offset, length and pub: while not OPEN */
	u64 offset;
	u32 length;
	enum window_state state;
	bool owned;		/* somebody will collect it */
	bool api;		/* opened by carveout_open_window() */
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

void carveout_windows_init(struct carveout *c);
struct window *window_open(struct carveout *c, u32 epoch, u64 offset,
			   u32 length, enum carveout_window_mode mode);
int window_begin(struct window *w);
void window_end(struct window *w);
void window_commit(struct window *w, u32 used);
void window_discard(struct window *w);
int window_collect(struct window *w);
void carveout_window_event(struct carveout *c, u32 id, int reason);
void carveout_windows_revoke(struct carveout *c, int reason);
bool carveout_windows_settle(struct carveout *c);
bool carveout_windows_closed(struct carveout *c);
unsigned int carveout_windows_open(struct carveout *c);

#endif
