// SPDX-License-Identifier: GPL-2.0-only
#include "driver_manager.h"

#include "internal.h"

#include "driver_play.h"
#include "fuzz.h"

#define PAGES 256 /* of the carveout: enough for its pages to be counted */

static struct given {
	bool there, asked; /* for it back */
	u64 at, length;
	u32 id;
} given[CARVEOUTIF_SLOTS];

static u64 base, whole_size;
static u32 last_id;
static enum carveout_state state;
static bool written[PAGES];
static bool whole; /* what is sealed */
static bool connected;

void manager_begin(u64 at, u64 size)
{
	base = at;
	whole_size = size;
	require(size / PAGE_SIZE <= PAGES);
	last_id = 0;
	connected = false;
	state = CARVEOUT_EMPTY;
	memset(given, 0, sizeof(given));
	memset(written, 0, sizeof(written));
}

static void take_all(void)
{
	memset(given, 0, sizeof(given));
}

static void scrub(enum carveout_state to)
{
	take_all();
	memset(written, 0, sizeof(written));
	state = to;
}

/* Windows go with the connection, and what was not sealed; ids begin anew. */
void manager_sees(int front_state)
{
	connected = front_state == XenbusStateInitialised ||
		    front_state == XenbusStateConnected;
	if (connected)
		return;
	take_all();
	last_id = 0;
	if (state != CARVEOUT_SEALED)
		scrub(CARVEOUT_EMPTY);
}

static bool overlaps(u64 at, u64 length)
{
	for (unsigned int i = 0; i < CARVEOUTIF_SLOTS; i++)
		if (given[i].there && at < given[i].at + given[i].length &&
		    given[i].at < at + length)
			return true;
	return false;
}

static int open_window(const struct carveoutif_open *open,
		       struct carveoutif_opened *opened)
{
	struct given *g = &given[open->slot % CARVEOUTIF_SLOTS];

	if (state == CARVEOUT_SEALED)
		return -EPERM;
	if (state == CARVEOUT_FAILED)
		return -ECANCELED;
	if (g->there || overlaps(base + open->offset, open->length))
		return -EBUSY;
	*g = (struct given){ .there = true,
			     .at = base + open->offset,
			     .length = open->length,
			     .id = ++last_id };
	state = CARVEOUT_LOADING;
	opened->gpa = g->at;
	opened->window = g->id;
	return 0;
}

static int close_window(const struct carveoutif_close *close,
			struct carveoutif_closed *closed)
{
	unsigned int i = 0;

	while (i < CARVEOUTIF_SLOTS &&
	       !(given[i].there && given[i].id == close->window))
		i++;
	if (i == CARVEOUTIF_SLOTS)
		return -ENOENT;
	given[i].there = false;
	if (close->how != CARVEOUTIF_HOW_COMMIT)
		return 0;
	for (u64 at = 0; at < close->used; at += PAGE_SIZE)
		written[(given[i].at - base + at) / PAGE_SIZE] = true;
	closed->committed = close->used;
	return 0;
}

/* A page's part of a put: all of it is granted, and as it was written. */
static void expect_page(u32 ref, u64 offset, u32 length)
{
	const u8 *octets = kernel_granted_page(ref);
	u32 here = min_t(u32, length, PAGE_SIZE);

	require(octets);
	for (u32 i = 0; i < here; i++)
		require(octets[i] == kernel_stream_octet(offset + i));
}

/* Only a stream puts. */
static int put(const struct carveoutif_put *put,
	       struct carveoutif_closed *closed)
{
	const u32 *refs = (const void *)kernel_granted_page(put->directory);

	if (state == CARVEOUT_SEALED)
		return -EPERM;
	if (state == CARVEOUT_FAILED)
		return -ECANCELED;
	if (!play.c->ring.up) /* we have not noticed that it has ended */
		return -EFAULT;
	require(refs && put->offset % PAGE_SIZE == 0);
	require(put->offset + put->length <= whole_size);
	/* One that somebody opened who was killed may be there yet. */
	if (overlaps(base + put->offset, put->length))
		return -EBUSY;
	for (u32 at = 0; at < put->length; at += PAGE_SIZE) {
		expect_page(refs[at / PAGE_SIZE], put->offset + at,
			    put->length - at);
		written[(put->offset + at) / PAGE_SIZE] = true;
	}
	state = CARVEOUT_LOADING;
	closed->committed = put->length;
	return 0;
}

static int seal(const struct carveoutif_seal *seal,
		struct carveoutif_sealed *sealed)
{
	if (state == CARVEOUT_SEALED)
		return -EALREADY;
	if (state != CARVEOUT_LOADING)
		return -ENODATA;
	if (overlaps(base, whole_size))
		return -EBUSY;
	if (!seal->length || seal->length > whole_size)
		return -EINVAL;
	state = CARVEOUT_SEALED;
	sealed->length = seal->length;
	whole = true;
	for (u64 at = 0; at < seal->length; at += PAGE_SIZE)
		whole &= written[at / PAGE_SIZE];
	return 0;
}

static int fail(void)
{
	if (state == CARVEOUT_SEALED)
		return -EPERM;
	scrub(CARVEOUT_FAILED);
	return 0;
}

static int serve(const struct carveoutif_request *req,
		 struct carveoutif_response *rsp)
{
	switch (req->op) {
	case CARVEOUTIF_OP_OPEN:
		return open_window(&req->u.open, &rsp->u.open);
	case CARVEOUTIF_OP_CLOSE:
		return close_window(&req->u.close, &rsp->u.close);
	case CARVEOUTIF_OP_PUT:
		return put(&req->u.put, &rsp->u.close);
	case CARVEOUTIF_OP_SEAL:
		return seal(&req->u.seal, &rsp->u.seal);
	case CARVEOUTIF_OP_RESET:
		scrub(CARVEOUT_EMPTY);
		return 0;
	case CARVEOUTIF_OP_ABORT:
		return fail();
	default:
		rsp->u.query.state = (u8)state;
		return 0;
	}
}

bool manager_answers(struct carveoutif_sring *ring, bool short_of_memory)
{
	struct carveoutif_request req;
	struct carveoutif_response rsp = { 0 };

	if (!ring || !connected || ring->rsp_prod == ring->req_prod)
		return false;
	req = ring->ring[ring->rsp_prod % XEN_CARVEOUT_RING_ENTRIES].req;
	rsp.id = req.id;
	rsp.op = req.op;
	if (short_of_memory &&
	    (req.op == CARVEOUTIF_OP_OPEN || req.op == CARVEOUTIF_OP_PUT))
		rsp.status = -ENOMEM;
	else
		rsp.status = serve(&req, &rsp);
	ring->ring[ring->rsp_prod % XEN_CARVEOUT_RING_ENTRIES].rsp = rsp;
	ring->rsp_prod++;
	return true;
}

void manager_withdraws(struct carveoutif_events *events, unsigned int slot)
{
	if (!given[slot].there || given[slot].asked)
		return;
	given[slot].asked = true; /* once: there is not room for more */
	events->event[events->prod % CARVEOUTIF_EVENTS] =
		(struct carveoutif_event){
			.type = CARVEOUTIF_EVENT_WITHDRAW,
			.reason = -ECANCELED,
			.window = given[slot].id,
		};
	events->prod++;
}

bool manager_has_any(void)
{
	return overlaps(base, whole_size);
}

void manager_takes(void)
{
	if (manager_has_any())
		scrub(CARVEOUT_FAILED);
}

bool manager_has(u64 at, u64 bytes)
{
	for (unsigned int i = 0; i < CARVEOUTIF_SLOTS; i++)
		if (given[i].there && at >= given[i].at &&
		    at + bytes <= given[i].at + given[i].length)
			return true;
	return false;
}

bool manager_wrote(u64 offset, u32 bytes)
{
	bool all = true;

	for (u64 at = 0; at < bytes; at += PAGE_SIZE)
		all &= written[(offset + at) / PAGE_SIZE];
	return all;
}

bool manager_sealed_whole(void)
{
	return whole;
}
