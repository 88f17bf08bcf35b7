/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What every carveout of one guest shares: the guest's page allowance, its
 * page-table pool, and the right to pause it.
 */
#ifndef BACKING_GUEST_H
#define BACKING_GUEST_H

#include "base/log.h"
#include "base/log_limit.h"
#include "hv/hv.h"

struct guest {
	struct hv *hv;
	hv_domid domid;
	bool scrubs_freed_pages; /* the host does: struct hv_host */
	uint64_t baseline_pages; /* max_pages as the toolstack wants it */
	uint64_t window_pages;	 /* our addition to it */
	/* max_pages is one of these if nobody else set it: what it was, and
	 * what we last set it to. */
	uint64_t was_pages, set_pages;
	bool owes_allowance; /* Xen refused it, for guest_settle() */
	unsigned int owed_unpauses;
	uint64_t saved;	     /* bytes that dom0 keeps locked in memory for it */
	unsigned int pauses; /* of ours, one in the other: Xen has one of them */
	bool stays_paused; /* the outermost is not to be undone by its unpause */
	struct log_limit log; /* of what it causes by itself */
	/*
	 * Called before a pause with true and after the unpause with false,
	 * to write down that a pause is ours: Xen's pause is a bare counter,
	 * and a manager killed in between would leave the guest stopped.  An
	 * error stops the pause.  May be NULL.
	 */
	int (*note_pause)(void *context, bool paused);
	/*
	 * Called before max_pages goes from `now` to `most`, to write down what
	 * it is without us.  May be NULL.
	 */
	void (*note_allowance)(void *context, uint64_t baseline, uint64_t now,
			       uint64_t most);
	void *context;
};

/*
 * Let the guest own `pages` more pages and have page tables for `span` more
 * bytes of guest-physical addresses (guest_reserve); take that back
 * (guest_release).  -ENOMEM: the host has no memory for the page tables.
 */
int guest_reserve(struct guest *guest, uint64_t pages, uint64_t span);
void guest_release(struct guest *guest, uint64_t pages, uint64_t span);

/* For a guest of an earlier manager: max_pages goes from `now` to this and
 * window_pages. */
int guest_take_up(struct guest *guest, uint64_t now, uint64_t baseline_pages);

/*
 * Set max_pages to baseline + windows again if somebody changed it: libxl
 * writes an absolute value on `xl mem-set`, which becomes the new baseline.
 * -ENOMEM: it may not own `pages` more now.
 */
int guest_check_allowance(struct guest *guest, uint64_t pages);

/* Something is not with the guest as it should be; try again to put it right
 * (guest_settle), when no window is left that should be gone. */
bool guest_owes(const struct guest *guest);
void guest_settle(struct guest *guest);

/* The domain is gone or dying: none of its vCPUs runs, and Xen takes its
 * physical map apart. */
bool guest_is_gone(const struct guest *guest);

/* Nest with one another, and with any pause of the admin's. */
int guest_pause(struct guest *guest);
void guest_unpause(struct guest *guest);
/* In place of the unpause: the guest must not see what is there.
 * guest_settle() unpauses it. */
void guest_stay_paused(struct guest *guest);
/* Does it stand still?  An admin's unpause may have undone our pause. */
bool guest_is_paused(const struct guest *guest);
/* Undo a pause that an earlier manager made. */
void guest_undo_pause(struct guest *guest);

#endif
