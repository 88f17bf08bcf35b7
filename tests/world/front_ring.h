/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The front end's end of the ring: its pages, requests and answers, and the
 * grants and the event channel that belong to them.  It knows nothing of what
 * a request is about.
 */
#ifndef TESTS_WORLD_FRONT_RING_H
#define TESTS_WORLD_FRONT_RING_H

#include "carveoutif.h"
#include "front.h"

/* Its grants: the shared page, directories, window pages. */
#define RING_REF 8
#define SLOT_REF (RING_REF + 1)
#define OWN_REF 32 /* pages of its own that it puts */
#define WINDOW_REF 64

/* A blank ring, with its grants and a channel: nothing is in flight. */
void front_ring_make(void);
void front_ring_drop(void);

/* Queue a request about a slot, with an id of its own, and notify. */
void front_send(struct carveoutif_request *request, uint8_t slot);

/* If it was notified: what there is of answers, then of events. */
void front_ring_take(
	void (*answered)(const struct carveoutif_response *response),
	void (*event)(const struct carveoutif_event *event));

/* A page of its own that belongs to a slot, and which it is of HOST_WINDOW:
 * written and granted, and in the slot's directory. */
void front_own_page(unsigned int slot, uint32_t page, const uint8_t *bytes);

/* Which of its refs has a page of a carveout, in the slot's directory. */
void front_directory_set(unsigned int slot, uint32_t page, uint32_t ref);

#endif
