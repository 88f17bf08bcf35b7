/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of this directory know of each other. */
#ifndef CARVEOUT_INTERNAL_H
#define CARVEOUT_INTERNAL_H

#include "carveout/carveout.h"

void carveout_record(struct carveout *carveout);

/* May this party write now?  One writer at a time; slow work comes first. */
int carveout_check_writer(const struct carveout *carveout,
			  enum carveout_request request, enum carveout_who who);

/* May the guest?  And does it know what became of its load? */
int carveout_check_guest(const struct carveout *carveout,
			 enum carveout_request request);

/* The first window or write of a load. */
void carveout_begin_load(struct carveout *carveout, enum carveout_who who);

/* A range may be other than zero from now on. */
void carveout_note_dirty(struct carveout *carveout, uint64_t offset,
			 uint64_t length);

/*
 * These bytes become content, and zeros for the rest of their last page, for
 * which there is room behind them.  They are wiped.  Recorded before it is
 * written: a manager that is killed leaves no byte where the next one does not
 * look.  If it cannot be written the load has FAILED.
 */
int carveout_store(struct carveout *carveout, uint64_t offset, uint8_t *bytes,
		   uint32_t length);

/*
 * The load failed: recorded first, so that a next manager does not go on with
 * it; then windows leave (at once, or with the front end's grace) and
 * everything is scrubbed.
 */
void carveout_fail(struct carveout *carveout, int error, const char *why,
		   bool at_once);

/* ---- windows.c ---- */

struct carveout_window *carveout_find_window(struct carveout *carveout,
					     uint32_t id);

/* Is one there, or going? */
bool carveout_overlaps_window(const struct carveout *carveout, uint64_t offset,
			      uint64_t length);

/*
 * Take a window away.  Returns 0 or what failed; the load is FAILED then.
 */
int carveout_withdraw(struct carveout *carveout,
		      struct carveout_window *window);

/* What the hypervisor refused is tried again after this. */
#define CARVEOUT_RETRY_MS 1000

/* The windows that the front end has: ask for them back, or take them. */
void carveout_revoke_windows(struct carveout *carveout, bool at_once);

/* A window's front end has its grace from now on; it is told by the caller. */
void carveout_let_leave(struct carveout *carveout,
			struct carveout_window *window);

/* Take a window whose time has run out, or try again what failed.  false: there
 * was none. */
bool carveout_withdraw_overdue(struct carveout *carveout);

/* Milliseconds until one of them is due: -1 never. */
int64_t carveout_next_overdue(const struct carveout *carveout);

/* ---- work.c ---- */

/* Begin to zero all that may be dirty; then the state is `next`. */
void carveout_start_scrub(struct carveout *carveout, enum carveout_state next);

/*
 * Begin to seal [0, carveout->length).  0: sealed; -EINPROGRESS; -EBADMSG:
 * not the expected digest.
 */
int carveout_start_seal(struct carveout *carveout);

#endif
