/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A carveout: its state, its windows, what is in it, and what may be done.
 * Knows a backing, and nothing of Xen, rings, sockets or xenstore.
 *
 * Everything here is called from one thread.  Functions return 0 or a negated
 * errno; those marked "slow" may return -EINPROGRESS instead: the work goes on
 * in carveout_work(), and when carveout_busy() says no, carveout_outcome()
 * tells how it ended.
 */
#ifndef CARVEOUT_CARVEOUT_H
#define CARVEOUT_CARVEOUT_H

#include <stdbool.h>
#include <stdint.h>

#include "backing/backing.h"
#include "carveout/chunks.h"
#include "carveout/measure.h"
#include "carveout/scratch.h"
#include "state.h"

#define CARVEOUT_NAME_MAX CARVEOUTIF_NAME_MAX
#define CARVEOUT_WINDOWS CARVEOUTIF_SLOTS

struct carveout_config {
	char name[CARVEOUT_NAME_MAX + 1];
	uint64_t size;
	uint64_t base;		/* guest-physical address */
	uint64_t expected_size; /* of the image; 0: not known */
	uint32_t window_max;	/* bytes */
	uint32_t windows_max;	/* 1..CARVEOUT_WINDOWS */
	bool guest_reset;	/* the guest may reset it when sealed */
};

enum window_state {
	WINDOW_FREE,
	WINDOW_OPENING, /* nobody was told of it yet */
	WINDOW_OPEN,
	WINDOW_LEAVING, /* revoked; the guest was told, and has a little time */
	WINDOW_GOING,	/* being taken away; again and again if that fails */
};

struct carveout_window {
	enum window_state state;
	uint32_t id;	   /* never 0, never used twice in a row */
	uint64_t deadline; /* of a leaving window; when to try a going one */
	struct backing_window memory;
};

enum carveout_work {
	WORK_NONE,
	WORK_SCRUB,   /* zero what is dirty, then become `next` */
	WORK_TRIM,    /* zero what lies beyond the length to be sealed */
	WORK_MEASURE, /* hash [position, end), then seal */
	WORK_EXAMINE, /* show [position, end) to the owner, who allows it */
	WORK_AWAIT,   /* the owner has not made up its mind: there is no step */
};

struct carveout;

/* What the owner of a carveout is told.  Called with the carveout consistent. */
struct carveout_owner {
	/*
	 * State, length, digest or windows are about to matter to the outside:
	 * write them down where a next manager finds them.  The room for that
	 * is there since the carveout is.
	 */
	void (*record)(struct carveout *carveout, void *context);
	/* Ask the front end to let go of a window. */
	void (*leaving)(struct carveout *carveout, uint32_t window, int reason,
			void *context);
	/*
	 * [0, carveout->length) is all that will be sealed, and its digest is
	 * known: may it be?  0: yes.  -EAGAIN: the owner wants to see it, by
	 * see() in order and without gaps, and is asked again by decide().
	 * That may return -EINPROGRESS: carveout_decided() tells, unless the
	 * load has ended before, as carveout_awaits_owner() says.
	 * -EKEYREJECTED, or another errno: no; *why is a sentence that lives
	 * as long as the carveout.  NULL: the owner allows everything.
	 */
	int (*examine)(struct carveout *carveout, const char **why,
		       void *context);
	void (*see)(const void *bytes, size_t length, void *context);
	int (*decide)(const char **why, void *context);
	/* Milliseconds of a clock that never goes back. */
	uint64_t (*now)(void *context);
	void *context;
	uint32_t grace; /* ms that a front end has to let go of a window */
};

struct carveout_counters {
	uint64_t windows_opened;
	uint64_t windows_committed;
	uint64_t windows_revoked;
	uint64_t bytes_committed;
	uint64_t loads_sealed;
	uint64_t loads_failed;
};

/* The sentence in `why` when dom0 revoked the load. */
extern const char carveout_revoked[];

struct carveout {
	struct carveout_config config;
	const struct carveout_owner *owner;
	struct backing *backing;
	struct scratch *scratch; /* shared by all carveouts */

	enum carveout_state state;
	enum carveout_who writer; /* of a carveout that is LOADING */
	/* The guest believes that a load of its own is under way. */
	bool guest_loads;
	int error;	 /* why the last load failed: negated errno, or 0 */
	const char *why; /* the same as a sentence; NULL: nothing failed */
	bool verified;	 /* it is SEALED, and was examined for that */

	struct carveout_window windows[CARVEOUT_WINDOWS]; /* by slot */
	uint32_t last_opened, last_closed;		  /* ids; 0: none */

	uint64_t written; /* end of the highest byte committed in this load */
	struct chunks dirty; /* where it may be other than zero */
	uint64_t length;     /* sealed, or being sealed */
	uint8_t digest[MEASURE_DIGEST_SIZE]; /* valid when SEALED */
	bool has_expected;
	uint8_t expected[MEASURE_DIGEST_SIZE];
	struct measure measure;

	enum carveout_work work;
	enum carveout_state next; /* when the scrub is done */
	uint64_t position, end;	  /* of the work */

	struct carveout_counters counters;
};

/*
 * All of a carveout that a next manager needs to go on with it, as of the last
 * call of record().  Of a window: state, id, and offset, length, has_content
 * and kept of its memory.
 */
struct carveout_snapshot {
	enum carveout_state state;
	enum carveout_who writer;
	bool guest_loads;
	uint64_t length; /* these two if SEALED */
	uint8_t digest[MEASURE_DIGEST_SIZE];
	bool verified;
	bool rejected; /* if FAILED */
	/* [0, dirty) may be other than zero. */
	uint64_t written, dirty;
	uint32_t last_opened, last_closed;
	struct carveout_window windows[CARVEOUT_WINDOWS];
};
struct carveout_snapshot carveout_snapshot(const struct carveout *carveout);

/*
 * A new, EMPTY carveout.  `scratch` stays the caller's.  scrub_first: its
 * backing may hold old bytes; it is EMPTY when carveout_busy() says no.
 * On an error the backing is still the caller's; on success the carveout's.
 */
int carveout_init(struct carveout *carveout,
		  const struct carveout_config *config,
		  const struct carveout_owner *owner, struct backing *backing,
		  struct scratch *scratch, bool scrub_first);

/*
 * Go on with a carveout that was just initialised, on the backing of an earlier
 * manager, as that recorded it.  A guest's load goes on, with the windows that
 * were open; one of dom0's has lost its writer and FAILED.  A window that
 * nobody was told of, or that was being taken away, is taken away.  A snapshot
 * is believed, but for what was written after it was taken.
 * -EIO: a window could not be taken away; it is tried again.
 */
int carveout_resume(struct carveout *carveout,
		    const struct carveout_snapshot *from);

/* There is a front end (again): tell it of the windows that have to go. */
void carveout_remind(struct carveout *carveout);

/*
 * End of the carveout: withdraw windows, free the content (scrubbed).  -EIO:
 * the guest may still reach it, so that it is not free, but lost.
 * carveout_hand_over() instead leaves it all as it is for a next manager.
 */
int carveout_destroy(struct carveout *carveout);
void carveout_hand_over(struct carveout *carveout);

/* What the guest is told: FAILED too, when dom0 made a load EMPTY that the
 * guest believes to be under way. */
enum carveout_state carveout_state_for_guest(const struct carveout *carveout);

/*
 * Open a window for the guest, in a slot of the caller's choice: a window over
 * what was committed (show_content), or a blank one.  *id is set.
 * Errors: include/carveoutif.h, OPEN.
 */
int carveout_open(struct carveout *carveout, unsigned int slot, uint64_t offset,
		  uint64_t length, bool show_content, uint32_t *id);

/* The slot of a window, or -ENOENT. */
int carveout_slot(const struct carveout *carveout, uint32_t id);

/*
 * Commit the first `used` bytes of a window, and zeros for the rest.
 * refs: grants of its pages, as many as it has pages.
 * Errors: include/carveoutif.h, CLOSE.
 */
int carveout_commit(struct carveout *carveout, uint32_t id, uint64_t used,
		    const uint32_t *refs);
int carveout_discard(struct carveout *carveout, uint32_t id);

/*
 * The guest's bytes, out of pages of its own, become content.  directory: its
 * grant of a page that lists its grants of these.  Of no bytes a load begins.
 * Errors: include/carveoutif.h, PUT.
 */
int carveout_put(struct carveout *carveout, uint64_t offset, uint32_t length,
		 uint32_t directory);

/* Write bytes from dom0; offset a multiple of the page size, length at most
 * CARVEOUT_CHUNK, and a multiple of the page size but for the last piece. */
int carveout_write(struct carveout *carveout, uint64_t offset,
		   const void *bytes, uint32_t length);

/* Slow.  digest: what it has to be, or NULL. */
int carveout_seal(struct carveout *carveout, enum carveout_who who,
		  uint64_t length, const uint8_t *digest);

/* What decide() left open: 0, or an errno with its sentence. */
bool carveout_awaits_owner(const struct carveout *carveout);
void carveout_decided(struct carveout *carveout, int rc, const char *why);

/* Its last load was examined, and is not to be used: FAILED for that. */
bool carveout_is_rejected(const struct carveout *carveout);

/* Out of pages of the guest's own, as carveout_put() fetches them; length at
 * most what a window may have.  -EFAULT. */
int carveout_fetch(struct carveout *carveout, uint32_t directory, void *to,
		   uint32_t length);

/* Slow.  Scrub; become EMPTY. */
int carveout_reset(struct carveout *carveout, enum carveout_who who);

/* Slow.  The writer failed: scrub; become FAILED. */
int carveout_abort(struct carveout *carveout, enum carveout_who who,
		   const char *why);

/*
 * Slow.  Withdraw all windows and end the load.  The front end is told, and
 * has the owner's grace to let go before the windows go; at_once: it has none.
 */
int carveout_revoke(struct carveout *carveout, bool at_once);

/* Read sealed content into `bytes` (any alignment; inside [0, length)). */
int carveout_read(struct carveout *carveout, uint64_t offset, void *bytes,
		  uint32_t length);

/* The content is gone, with the place that it was in: FAILED, until the
 * carveout is detached.  why: static storage. */
void carveout_lost(struct carveout *carveout, const char *why);

/* The front end is gone: nobody can let go of windows any more. */
void carveout_disconnected(struct carveout *carveout);

bool carveout_busy(const struct carveout *carveout);

/*
 * One bounded step of what is under way: at most CARVEOUT_CHUNK bytes, or the
 * windows whose time has run out.
 */
void carveout_work(struct carveout *carveout);

/*
 * Milliseconds until carveout_work() has something to do: 0 now, -1 never.
 */
int64_t carveout_wait(const struct carveout *carveout);

/*
 * Is a slow request done?  A revoke is when the windows are gone, which may be
 * never where the hypervisor fails: one that is going is not gone.  The scrub
 * that follows takes time that depends on what was loaded, and goes on by
 * itself.
 */
bool carveout_done(const struct carveout *carveout,
		   enum carveout_request request);

/* How a slow request ended: 0 or the errno for its answer. */
int carveout_outcome(const struct carveout *carveout,
		     enum carveout_request request);

/* The guest may reach what it should not, as the hypervisor failed: a window
 * that is to be gone, or more.  Try again. */
bool carveout_exposed(const struct carveout *carveout);
void carveout_settle(struct carveout *carveout);
unsigned int carveout_windows_held(const struct carveout *carveout);

#endif
