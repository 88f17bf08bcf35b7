// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/ring.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <xenevtchn.h>
#include <xengnttab.h>

#include "base/crash_point.h"

/* What public/io/ring.h needs from its user; for users of an interface as old
 * as the libraries' headers choose, it would want other names. */
#undef __XEN_INTERFACE_VERSION__
#define __XEN_INTERFACE_VERSION__ __XEN_LATEST_INTERFACE_VERSION__
#define xen_mb() __atomic_thread_fence(__ATOMIC_SEQ_CST)
#define xen_rmb() __atomic_thread_fence(__ATOMIC_ACQUIRE)
#define xen_wmb() __atomic_thread_fence(__ATOMIC_RELEASE)
/* Its macros mix signs and sizes, and expand in this file. */
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wsign-conversion"
#include <xen/xen.h>
#include <xen/io/ring.h>

/* Entries that are left to WITHDRAW: each window goes once, and once more where
 * a manager was restarted. */
#define STATE_EVENTS (CARVEOUTIF_EVENTS - 2 * CARVEOUTIF_SLOTS)

DEFINE_RING_TYPES(carveoutif, struct carveoutif_request,
		  struct carveoutif_response);

struct ring {
	xengnttab_handle *gnttab;
	xenevtchn_handle *evtchn;
	uint8_t *page;
	const volatile uint32_t *directories[CARVEOUTIF_SLOTS];
	unsigned int slots;
	uint32_t port;
	uint32_t event_prod; /* ours: the shared copy is read by attach() only */
	bool owes_state;     /* a STATE event found no room */
	struct carveoutif_request current; /* the last that was taken */
	bool restored;			   /* current is to be taken again */
	struct carveoutif_back_ring ring;
};

static uint64_t hypercalls;

uint64_t ring_hypercalls(void)
{
	return hypercalls;
}

static void unmap(struct ring *ring)
{
	for (unsigned int i = 0; i < ring->slots; i++)
		if (ring->directories[i])
			xengnttab_unmap(ring->gnttab,
					(void *)ring->directories[i], 1);
	if (ring->page)
		xengnttab_unmap(ring->gnttab, ring->page, 1);
}

static int map(struct ring *ring, const struct ring_address *address)
{
	ring->page = xengnttab_map_grant_ref(ring->gnttab, address->domid,
					     address->ring_ref,
					     PROT_READ | PROT_WRITE);
	if (!ring->page)
		return -EINVAL;
	ring->slots = address->slots;
	for (unsigned int i = 0; i < address->slots; i++) {
		ring->directories[i] = xengnttab_map_grant_ref(
			ring->gnttab, address->domid, address->slot_refs[i],
			PROT_READ);
		if (!ring->directories[i])
			return -EINVAL;
	}
	return 0;
}

static int bind(struct ring *ring, const struct ring_address *address)
{
	xenevtchn_port_or_error_t port;

	port = xenevtchn_bind_interdomain(ring->evtchn, address->domid,
					  address->port);
	if (port < 0)
		return -EINVAL;
	ring->port = (uint32_t)port;
	return 0;
}

static void notify(struct ring *ring)
{
	hypercalls++;
	crash_point();
	xenevtchn_notify(ring->evtchn, ring->port);
}

static struct carveoutif_scratch *scratch_of(const struct ring *ring)
{
	return (void *)(ring->page + CARVEOUTIF_SCRATCH_OFFSET);
}

/*
 * An answer lies in its request's place, and is there before the front end is
 * told: who is killed in between must find the request elsewhere.
 */
static void save_current(struct ring *ring)
{
	struct carveoutif_scratch *scratch = scratch_of(ring);

	scratch->request = ring->current;
	xen_wmb();
	*(volatile uint32_t *)&scratch->answering = ring->ring.rsp_prod_pvt + 1;
	xen_wmb();
}

static void restore_current(struct ring *ring)
{
	const struct carveoutif_scratch *scratch = scratch_of(ring);

	ring->restored = *(const volatile uint32_t *)&scratch->answering ==
			 ring->ring.req_cons + 1;
	if (ring->restored)
		ring->current =
			*(const volatile struct carveoutif_request *)&scratch
				 ->request;
}

/*
 * Go on where the ring is: a new front end's is at 0, and one that an earlier
 * manager served has what was answered behind rsp_prod, as requests are taken
 * and answered one by one.  The guest may have changed all of it: it would see
 * old requests done again.  Events go on after those that are there.
 */
static void attach(struct ring *ring)
{
	struct carveoutif_sring *sring = (void *)ring->page;
	const struct carveoutif_events *events =
		(const void *)(ring->page + CARVEOUTIF_EVENTS_OFFSET);
	RING_IDX answered = *(volatile RING_IDX *)&sring->rsp_prod;

	BACK_RING_ATTACH(&ring->ring, sring, answered, CARVEOUTIF_RING_BYTES);
	ring->event_prod = *(const volatile uint32_t *)&events->prod;
	restore_current(ring);
}

int ring_connect(struct xengntdev_handle *gnttab,
		 struct xenevtchn_handle *evtchn,
		 const struct ring_address *address, struct ring **ring)
{
	struct ring *new = calloc(1, sizeof(*new));
	int rc;

	if (!new)
		return -ENOMEM;
	new->gnttab = gnttab;
	new->evtchn = evtchn;
	rc = map(new, address);
	if (!rc)
		rc = bind(new, address);
	if (rc) {
		unmap(new);
		free(new);
		return rc;
	}
	attach(new);
	*ring = new;
	return 0;
}

void ring_wake(struct ring *ring)
{
	notify(ring);
}

void ring_disconnect(struct ring *ring)
{
	xenevtchn_unbind(ring->evtchn, ring->port);
	unmap(ring);
	free(ring);
}

uint32_t ring_port(const struct ring *ring)
{
	return ring->port;
}

int ring_next(struct ring *ring, struct carveoutif_request *request)
{
	struct carveoutif_back_ring *back = &ring->ring;
	RING_IDX prod = *(volatile RING_IDX *)&back->sring->req_prod;
	int more;

	if (RING_REQUEST_PROD_OVERFLOW(back, prod))
		return -EPROTO;
	if (ring->owes_state)
		ring_state_changed(ring);
	if (back->req_cons == prod) {
		/* Ask for an event at the next request, then look again. */
		RING_FINAL_CHECK_FOR_REQUESTS(back, more);
		if (!more)
			return 0;
	}
	if (RING_REQUEST_CONS_OVERFLOW(back, back->req_cons))
		return 0;
	xen_rmb();
	if (!ring->restored)
		RING_COPY_REQUEST(back, back->req_cons, &ring->current);
	ring->restored = false;
	back->req_cons++;
	*request = ring->current;
	return 1;
}

void ring_answer(struct ring *ring, const struct carveoutif_response *response)
{
	struct carveoutif_back_ring *back = &ring->ring;
	int waits;

	crash_point();
	save_current(ring);
	*RING_GET_RESPONSE(back, back->rsp_prod_pvt) = *response;
	crash_point();
	back->rsp_prod_pvt++;
	RING_PUSH_RESPONSES_AND_CHECK_NOTIFY(back, waits);
	if (waits)
		notify(ring);
}

static struct carveoutif_events *events_of(const struct ring *ring)
{
	return (void *)(ring->page + CARVEOUTIF_EVENTS_OFFSET);
}

/* Entries that the front end has not taken yet, if what it says is so. */
static uint32_t events_pending(const struct ring *ring)
{
	return ring->event_prod - *(volatile uint32_t *)&events_of(ring)->cons;
}

static void put_event(struct ring *ring, const struct carveoutif_event *event)
{
	struct carveoutif_events *events = events_of(ring);

	crash_point();
	events->event[ring->event_prod % CARVEOUTIF_EVENTS] = *event;
	xen_wmb();
	*(volatile uint32_t *)&events->prod = ++ring->event_prod;
	notify(ring);
}

void ring_withdraw(struct ring *ring, uint32_t window, int reason)
{
	const struct carveoutif_event event = {
		.type = CARVEOUTIF_EVENT_WITHDRAW,
		.reason = reason,
		.window = window,
	};

	if (events_pending(ring) < CARVEOUTIF_EVENTS)
		put_event(ring, &event);
}

void ring_state_changed(struct ring *ring)
{
	const struct carveoutif_event event = { .type = CARVEOUTIF_EVENT_STATE };

	ring->owes_state = events_pending(ring) >= STATE_EVENTS;
	if (!ring->owes_state)
		put_event(ring, &event);
}

void ring_read_directory(const struct ring *ring, unsigned int slot,
			 uint32_t *refs, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		refs[i] = ring->directories[slot][i];
}
