/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The life of a carveout: its states, who may ask what in which of them, and
 * the answer.  The table in state.c is the only place where that stands; the
 * manager obeys it, the driver names states by it, tests and documentation are
 * made from it.
 *
 * Freestanding: compiled into the manager, the kernel module, tests, fuzzers.
 */
#ifndef COMMON_STATE_H
#define COMMON_STATE_H

#include "carveoutif.h"

#ifdef __KERNEL__ /* one name space for all of it */
#define carveout_state_allows xen_carveout_state_allows
#define carveout_state_name xen_carveout_state_name
#define carveout_request_name xen_carveout_request_name
#endif

/* As they are on the wire. */
enum carveout_state {
	CARVEOUT_EMPTY = CARVEOUTIF_STATE_EMPTY,
	CARVEOUT_LOADING = CARVEOUTIF_STATE_LOADING,
	CARVEOUT_SEALED = CARVEOUTIF_STATE_SEALED,
	CARVEOUT_FAILED = CARVEOUTIF_STATE_FAILED,
};
#define CARVEOUT_STATES 5 /* one more than the last state */

enum carveout_request {
	CARVEOUT_REQ_OPEN,  /* a window */
	CARVEOUT_REQ_CLOSE, /* a window: commit or discard */
	CARVEOUT_REQ_WRITE, /* bytes, without a window */
	CARVEOUT_REQ_SEAL,
	CARVEOUT_REQ_ABORT,  /* the writer failed */
	CARVEOUT_REQ_REVOKE, /* take the windows away */
	CARVEOUT_REQ_RESET,
	CARVEOUT_REQ_READ, /* dump the content */
	CARVEOUT_REQUESTS
};

enum carveout_who { CARVEOUT_GUEST, CARVEOUT_DOM0, CARVEOUT_WHOS };

/*
 * May `who` make this request of a carveout in this state?
 * Returns 0, or the negated errno that is the answer.  Never looks at
 * anything but its arguments; out-of-range arguments give -EINVAL.
 */
int carveout_state_allows(enum carveout_state state,
			  enum carveout_request request, enum carveout_who who);

/* "EMPTY", "LOADING", ...; "?" for what is no state.  Static storage. */
const char *carveout_state_name(enum carveout_state state);

/* "open", "close", ...; "?" for what is no request.  Static storage. */
const char *carveout_request_name(enum carveout_request request);

#endif
