/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The shared page, the directory pages and the event channel of one connected
 * front end (include/carveoutif.h, 4 and 5).  Everything in the pages is the
 * guest's to change at any moment: what is read is copied once.
 */
#ifndef DAEMON_RING_H
#define DAEMON_RING_H

#include <stdbool.h>
#include <stdint.h>

#include "carveoutif.h"

struct xengntdev_handle;
struct xenevtchn_handle;
struct ring;

/* What a front end wrote to xenstore. */
struct ring_address {
	uint16_t domid;
	uint32_t ring_ref;
	uint32_t port; /* its unbound event channel */
	uint32_t slot_refs[CARVEOUTIF_SLOTS];
	unsigned int slots;
};

/*
 * Also to a front end that an earlier manager served: its end of the channel
 * was closed with that, and the guest's port can be bound again
 * (evtchn_close()). -EINVAL: a reference or the port does not stand; -ENOMEM.
 */
int ring_connect(struct xengntdev_handle *gnttab,
		 struct xenevtchn_handle *evtchn,
		 const struct ring_address *address, struct ring **ring);
void ring_disconnect(struct ring *ring);

/* Make the front end look: an answer may lie there of which it was not told. */
void ring_wake(struct ring *ring);

/* Our end of the event channel. */
uint32_t ring_port(const struct ring *ring);

/*
 * The next request, copied; the last one has been answered.  Returns 1; 0 when
 * there is none; -EPROTO when the indices are broken.
 */
int ring_next(struct ring *ring, struct carveoutif_request *request);

/* Answer the request that was taken last, and tell the front end if it waits
 * for it. */
void ring_answer(struct ring *ring, const struct carveoutif_response *response);

/*
 * Events.  A front end that takes none fills the room there is: then STATE
 * comes when it asks for something again (it asks after each STATE that it
 * takes), and room is left for WITHDRAW.
 */
void ring_withdraw(struct ring *ring, uint32_t window, int reason);
void ring_state_changed(struct ring *ring);

/* The first `count` grant references of a slot's directory page, copied. */
void ring_read_directory(const struct ring *ring, unsigned int slot,
			 uint32_t *refs, uint32_t count);

/* Hypercalls made here since the start of the process. */
uint64_t ring_hypercalls(void);

#endif
