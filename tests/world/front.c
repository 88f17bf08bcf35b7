// SPDX-License-Identifier: GPL-2.0-only
#include "front.h"

#include <errno.h>
#include <gcrypt.h>
#include <stdio.h>
#include <string.h>
#include <xen/io/xenbus.h>

#include "channels.h"
#include "cmocka_all.h"
#include "daemon/store.h"
#include "host.h"
#include "state.h"
#include "xenstored.h"

/* What public/io/ring.h makes of the shared page. */
#define RING_ENTRIES 32
#define REQ_PROD 0
#define REQ_EVENT 4
#define RSP_PROD 8
#define RSP_EVENT 12
#define ENTRY(i) (64 + (i) % RING_ENTRIES * 64)

/* Its memory and its grants: the shared page, directories, window pages. */
#define FIRST_PAGE 1
#define EPOCH_PAGES 8
#define RING_REF 8
#define SLOT_REF (RING_REF + 1)
#define WINDOW_REF 64

#define JUNK 0x5b	  /* written where nothing may keep it */
#define DISCARDED_PIECE 3 /* opens the first window again, and drops it */
#define LATER_MS 20

#define front (host.front)

/* ---- its memory ---- */

static uint64_t page_address(unsigned int page)
{
	return (HV_MODEL_RAM.n + FIRST_PAGE + front.epoch % 2 * EPOCH_PAGES +
		page)
	       << HV_PAGE_SHIFT;
}

static void load(unsigned int page, size_t offset, void *to, size_t length)
{
	assert_true(hv_model_guest_read(
		front.domid, page_address(page) + offset, to, length));
}

static void store(unsigned int page, size_t offset, const void *from,
		  size_t length)
{
	assert_true(hv_model_guest_write(
		front.domid, page_address(page) + offset, from, length));
}

static uint32_t ring_get(size_t offset)
{
	uint32_t value;

	load(0, offset, &value, sizeof(value));
	return value;
}

static void ring_set(size_t offset, uint32_t value)
{
	store(0, offset, &value, sizeof(value));
}

/* ---- xenstore ---- */

static struct store_path front_node(const char *node)
{
	return store_path("/local/domain/%u/device/carveout/0/%s", front.domid,
			  node);
}

static int64_t backend_number(const char *node)
{
	return xenstore_get_number(
		front.domid,
		store_path("/local/domain/0/backend/carveout/%u/0/%s",
			   front.domid, node)
			.text);
}

/* False: the nodes are gone, or somebody else's. */
static bool put_number(const char *node, uint32_t number)
{
	char text[16];
	int length = snprintf(text, sizeof(text), "%u", number);

	return xenstore_put(front.domid, front_node(node).text, text,
			    (unsigned int)length);
}

/* ---- the image ---- */

/* Bytes are below 0x80 and odd: not blank, and nobody else's. */
static void make_image(uint8_t *image, uint8_t seed)
{
	for (uint64_t i = 0; i < HOST_SIZE; i++)
		image[i] = ((i / HV_PAGE_SIZE * 7 + i + seed) & 0x7e) | 1;
}

const uint8_t *front_image(uint8_t seed)
{
	static uint8_t images[FRONT_SEEDS][HOST_SIZE];

	assert_true(seed && seed < FRONT_SEEDS);
	if (!images[seed][0])
		make_image(images[seed], seed);
	return images[seed];
}

static void expect_digest(const uint8_t *digest, uint64_t length)
{
	uint8_t expected[CARVEOUTIF_DIGEST_SIZE];

	gcry_md_hash_buffer(GCRY_MD_SHA256, expected, front_image(front.seed),
			    front.length);
	assert_int_equal(length, front.length);
	assert_memory_equal(digest, expected, sizeof(expected));
}

struct piece {
	uint64_t offset;
	uint32_t length, used;
	bool discard;
};

static bool discards(uint64_t windows)
{
	return !front.plain && windows >= DISCARDED_PIECE;
}

static unsigned int piece_count(void)
{
	uint64_t windows =
		(front.length + front.window_max - 1) / front.window_max;

	return (unsigned int)windows + discards(windows);
}

static struct piece piece_at(unsigned int n)
{
	struct piece piece = { .discard = !front.plain &&
					  n == DISCARDED_PIECE };
	uint64_t left;

	if (!piece.discard)
		piece.offset =
			(uint64_t)(n - (!front.plain && n > DISCARDED_PIECE)) *
			front.window_max;
	left = front.length - piece.offset;
	piece.used = left < front.window_max ? (uint32_t)left :
					       front.window_max;
	piece.length = (uint32_t)((piece.used + HV_PAGE_SIZE - 1) &
				  ~(HV_PAGE_SIZE - 1));
	return piece;
}

/* ---- requests ---- */

static void send(struct carveoutif_request *request, uint8_t slot)
{
	uint32_t old = front.req_prod++;

	request->id = front.next_id++ % 256;
	assert_int_equal(front.in_flight[request->id], 0);
	front.in_flight[request->id] = request->op;
	front.slot_of[request->id] = slot;
	front.flying++;
	store(0, ENTRY(old), request, sizeof(*request));
	ring_set(REQ_PROD, front.req_prod);
	/* RING_PUSH_REQUESTS_AND_CHECK_NOTIFY() */
	if (front.req_prod - ring_get(REQ_EVENT) < front.req_prod - old)
		channels_notify(front.domid, front.port);
}

static void send_bare(uint8_t op)
{
	struct carveoutif_request request = { .op = op };

	send(&request, 0);
}

static void send_open(uint8_t slot, const struct piece *piece)
{
	struct carveoutif_request request = {
		.op = CARVEOUTIF_OP_OPEN,
		.u.open = { .offset = piece->offset,
			    .length = piece->length,
			    .mode = piece->discard ?
					    CARVEOUTIF_MODE_READ_WRITE :
					    CARVEOUTIF_MODE_WRITE,
			    .slot = slot },
	};

	send(&request, slot);
}

static void send_close(uint8_t slot, bool discard, uint32_t used)
{
	struct carveoutif_request request = {
		.op = CARVEOUTIF_OP_CLOSE,
		.u.close = { .window = front.slots[slot].window,
			     .how = discard ? CARVEOUTIF_HOW_DISCARD :
					      CARVEOUTIF_HOW_COMMIT,
			     .used = discard ? 0 : used },
	};

	send(&request, slot);
	front.slots[slot].state = SLOT_CLOSES;
}

static void send_seal(void)
{
	struct carveoutif_request request = {
		.op = CARVEOUTIF_OP_SEAL,
		.u.seal = { .length = front.length },
	};

	send(&request, 0);
	front.load = FRONT_SEALS;
}

/* ---- windows ---- */

static void try_later(void)
{
	front.again_at = host.now + LATER_MS;
}

static void load_failed(int error)
{
	front.failures++;
	front.error = error;
	front.load = FRONT_RESETS;
}

/* How much of the page at `at` is the image's. */
static size_t image_in_page(uint64_t at, uint64_t end)
{
	if (at >= end)
		return 0;
	return end - at < HV_PAGE_SIZE ? end - at : HV_PAGE_SIZE;
}

/* What is in a page of a window when it opens. */
static void expect_page(const struct piece *piece, uint64_t at,
			const uint8_t *page)
{
	uint8_t expected[HV_PAGE_SIZE] = { 0 };

	if (piece->discard)
		memcpy(expected, front_image(front.seed) + at,
		       image_in_page(at, front.length));
	assert_memory_equal(page, expected, sizeof(expected));
}

static void make_page(const struct piece *piece, uint64_t at, uint8_t *page)
{
	memset(page, JUNK, HV_PAGE_SIZE);
	if (!piece->discard)
		memcpy(page, front_image(front.seed) + at,
		       image_in_page(at, piece->offset + piece->used));
}

/* false: it was taken away meanwhile; a kernel that touches it dies. */
static bool fill_page(const struct piece *piece, uint64_t at)
{
	uint8_t page[HV_PAGE_SIZE];

	if (!hv_model_guest_read(front.domid, front.base + at, page,
				 sizeof(page)))
		return false;
	expect_page(piece, at, page);
	make_page(piece, at, page);
	return hv_model_guest_write(front.domid, front.base + at, page,
				    sizeof(page));
}

static bool fill(uint8_t slot, const struct piece *piece)
{
	for (uint32_t i = 0; i < piece->length / HV_PAGE_SIZE; i++) {
		uint64_t at = piece->offset + i * HV_PAGE_SIZE;
		uint32_t ref = WINDOW_REF + (uint32_t)(at / HV_PAGE_SIZE);

		if (!fill_page(piece, at))
			return false;
		hv_model_guest_grant(front.domid, ref,
				     gfn_of_gpa(front.base + at));
		store(1U + slot, i * sizeof(ref), &ref, sizeof(ref));
	}
	return true;
}

/* What is to be opened again, and dropped, is not committed yet. */
static bool comes_too_early(const struct piece *piece)
{
	for (unsigned int i = 0; piece->discard && i < FRONT_SLOTS; i++)
		if (front.slots[i].state != SLOT_FREE &&
		    front.slots[i].piece == 0)
			return true;
	return false;
}

static void slot_step(uint8_t i)
{
	struct front_slot *slot = &front.slots[i];
	struct piece piece = piece_at(slot->piece);

	switch (slot->state) {
	case SLOT_FREE:
		if (front.next_piece == piece_count())
			return;
		slot->piece = front.next_piece++;
		slot->state = SLOT_WANTS;
		return;
	case SLOT_WANTS:
		if (comes_too_early(&piece))
			return;
		send_open(i, &piece);
		slot->state = SLOT_OPENS;
		return;
	case SLOT_OPEN:
		if (!slot->filled && !fill(i, &piece)) {
			front.deaths++;
			load_failed(-EFAULT);
			return;
		}
		slot->filled = true;
		if (slot->piece >= front.hold)
			return;
		if (front.before_close &&
		    front.before_close(front.base + piece.offset))
			front.before_close = NULL;
		send_close(i, piece.discard, piece.used);
		return;
	case SLOT_OPENS:
	case SLOT_CLOSES:
		return;
	}
}

static bool all_committed(void)
{
	for (unsigned int i = 0; i < FRONT_SLOTS; i++)
		if (front.slots[i].state != SLOT_FREE)
			return false;
	return front.next_piece == piece_count();
}

static void restart_load(void)
{
	memset(front.slots, 0, sizeof(front.slots));
	front.next_piece = 0;
	front.load = FRONT_LOADS;
}

static void load_step(void)
{
	switch (front.load) {
	case FRONT_LOADS:
		if (all_committed())
			send_seal();
		for (uint8_t i = 0; i < FRONT_SLOTS; i++)
			if (front.load == FRONT_LOADS)
				slot_step(i);
		return;
	case FRONT_RESETS:
		if (!front.flying)
			send_bare(CARVEOUTIF_OP_RESET);
		return;
	case FRONT_QUERIES:
		if (!front.flying)
			send_bare(CARVEOUTIF_OP_QUERY);
		return;
	case FRONT_IDLE:
	case FRONT_SEALS:
	case FRONT_SEALED:
		return;
	}
}

/* ---- answers ---- */

static bool is_passing(int status)
{
	return status == -EBUSY || status == -ENOMEM;
}

static void opened(struct front_slot *slot,
		   const struct carveoutif_response *response)
{
	struct piece piece = piece_at(slot->piece);

	if (is_passing(response->status)) {
		slot->state = SLOT_WANTS;
		try_later();
		return;
	}
	if (response->status) {
		load_failed(response->status);
		return;
	}
	assert_int_equal(response->u.open.gpa, front.base + piece.offset);
	assert_int_not_equal(response->u.open.window, 0);
	slot->window = response->u.open.window;
	slot->filled = false;
	slot->state = SLOT_OPEN;
}

static void closed(struct front_slot *slot,
		   const struct carveoutif_response *response)
{
	struct piece piece = piece_at(slot->piece);

	slot->state = SLOT_FREE;
	if (response->status) {
		load_failed(response->status);
		return;
	}
	assert_int_equal(response->u.close.committed,
			 piece.discard ? 0 : piece.used);
}

static void sealed(const struct carveoutif_response *response)
{
	if (response->status) {
		load_failed(response->status);
		return;
	}
	expect_digest(response->u.seal.digest, response->u.seal.length);
	front.load = FRONT_SEALED;
}

/* -EPERM: it was sealed, and the answer to that was lost with a connection. */
static void reset_answered(int status)
{
	if (!status)
		restart_load();
	else if (status == -EPERM)
		front.load = FRONT_QUERIES;
	else
		try_later();
}

static void queried(const struct carveoutif_response *response)
{
	const struct carveoutif_state *state = &response->u.query;

	assert_int_equal(response->status, 0);
	if (state->state != CARVEOUT_SEALED) {
		front.load = FRONT_RESETS;
		return;
	}
	expect_digest(state->digest, state->length);
	front.load = FRONT_SEALED;
}

/* What was in flight when a load failed means nothing any more. */
static void answered(const struct carveoutif_response *response)
{
	uint8_t op = front.in_flight[response->id];
	struct front_slot *slot = &front.slots[front.slot_of[response->id]];

	if (!op || op != response->op)
		fail_msg("an answer to no request: id %u op %u", response->id,
			 response->op);
	front.in_flight[response->id] = 0;
	front.flying--;
	if (op == CARVEOUTIF_OP_OPEN && front.load == FRONT_LOADS)
		opened(slot, response);
	else if (op == CARVEOUTIF_OP_CLOSE && front.load == FRONT_LOADS)
		closed(slot, response);
	else if (op == CARVEOUTIF_OP_SEAL && front.load == FRONT_SEALS)
		sealed(response);
	else if (op == CARVEOUTIF_OP_RESET)
		reset_answered(response->status);
	else if (op == CARVEOUTIF_OP_QUERY)
		queried(response);
}

static void withdrawn(const struct carveoutif_event *event)
{
	for (uint8_t i = 0; i < FRONT_SLOTS; i++)
		if (front.slots[i].state == SLOT_OPEN &&
		    front.slots[i].window == event->window) {
			send_close(i, true, 0);
			load_failed(event->reason);
		}
}

static void take_events(void)
{
	const size_t at = CARVEOUTIF_EVENTS_OFFSET;
	uint32_t prod = ring_get(at), cons = ring_get(at + 4);
	struct carveoutif_event event;

	for (; cons != prod; cons++) {
		load(0,
		     at + offsetof(struct carveoutif_events, event) +
			     cons % CARVEOUTIF_EVENTS * sizeof(event),
		     &event, sizeof(event));
		if (event.type == CARVEOUTIF_EVENT_WITHDRAW)
			withdrawn(&event);
	}
	ring_set(at + 4, cons);
}

static void take_answers(void)
{
	struct carveoutif_response response;

	if (!channels_pending(front.domid, front.port))
		return;
	/* RING_FINAL_CHECK_FOR_RESPONSES() */
	while (front.rsp_cons != ring_get(RSP_PROD)) {
		load(0, ENTRY(front.rsp_cons), &response, sizeof(response));
		front.rsp_cons++;
		answered(&response);
		ring_set(RSP_EVENT, front.rsp_cons + 1);
	}
	take_events();
}

/* ---- the connection ---- */

static void make_ring(void)
{
	static const uint8_t zeros[HV_PAGE_SIZE];

	store(0, 0, zeros, sizeof(zeros));
	ring_set(REQ_EVENT, 1);
	ring_set(RSP_EVENT, 1);
	front.req_prod = front.rsp_cons = 0;
	front.flying = 0;
	memset(front.in_flight, 0, sizeof(front.in_flight));
	for (unsigned int i = 0; i < 1 + FRONT_SLOTS; i++)
		hv_model_guest_grant(front.domid, RING_REF + i,
				     gfn_of_gpa(page_address(i)));
	channels_close(front.domid, front.port);
	front.port = channels_allocate(front.domid);
}

static void set_link(enum front_link link, enum xenbus_state state)
{
	front.link = link;
	put_number("state", state);
}

static void offer(void)
{
	front.base = (uint64_t)backend_number("base");
	front.size = (uint64_t)backend_number("size");
	front.window_max = (uint32_t)backend_number("window-max");
	make_ring();
	put_number("version", CARVEOUTIF_VERSION);
	put_number("ring-ref", RING_REF);
	put_number("event-channel", front.port);
	for (unsigned int i = 0; i < FRONT_SLOTS; i++)
		put_number(store_path("slot-ref-%u", i).text, SLOT_REF + i);
	set_link(FRONT_OFFERS, XenbusStateInitialised);
}

/* Windows and what was in flight are lost with the connection. */
static void lose(void)
{
	bool loading = front.load != FRONT_IDLE && front.load != FRONT_SEALED;

	for (unsigned int i = 0; i < 1 + FRONT_SLOTS; i++)
		hv_model_guest_ungrant(front.domid, RING_REF + i);
	channels_close(front.domid, front.port);
	front.port = 0;
	if (loading)
		load_failed(-EPIPE);
}

static void connected(void)
{
	front.connections++;
	set_link(FRONT_CONNECTED, XenbusStateConnected);
}

static void follow_connected(int64_t backend)
{
	if (backend == XenbusStateConnected)
		return;
	lose();
	if (backend == XenbusStateInitWait)
		offer();
	else
		set_link(FRONT_WAITS, XenbusStateClosed);
}

static void follow_backend(void)
{
	int64_t backend = backend_number("state");

	switch (front.link) {
	case FRONT_ABSENT:
		return;
	case FRONT_WAITS:
		if (backend == XenbusStateInitWait)
			offer();
		return;
	case FRONT_OFFERS:
		if (backend == XenbusStateConnected)
			connected();
		else if (backend != XenbusStateInitWait)
			follow_connected(backend);
		return;
	case FRONT_CONNECTED:
		follow_connected(backend);
		return;
	case FRONT_LEAVES:
		if (backend == XenbusStateConnected)
			return;
		lose();
		set_link(FRONT_ABSENT, XenbusStateClosed);
		return;
	}
}

void front_step(void)
{
	if (!hv_model_guest_runs(front.domid))
		return;
	follow_backend();
	if (front.link != FRONT_CONNECTED || front.idle)
		return;
	take_answers();
	if (host.now >= front.again_at)
		load_step();
}

/* ---- what tests do ---- */

void front_boot(hv_domid domid)
{
	unsigned int epoch = front.epoch + 1;

	channels_close(front.domid, front.port);
	memset(&front, 0, sizeof(front));
	front.domid = domid;
	front.epoch = epoch;
	set_link(FRONT_WAITS, XenbusStateInitialising);
}

void front_unload(void)
{
	if (front.link == FRONT_CONNECTED)
		set_link(FRONT_LEAVES, XenbusStateClosing);
	else
		set_link(FRONT_ABSENT, XenbusStateClosed);
}

void front_begin(uint8_t seed, uint64_t length)
{
	front.seed = seed;
	front.length = length;
	front.hold = UINT32_MAX;
	restart_load();
}

void front_idle(void)
{
	front.idle = true;
}

void front_scribble(unsigned int page, size_t offset, const void *bytes,
		    size_t length)
{
	store(page, offset, bytes, length);
}

void front_push(const struct carveoutif_request *request)
{
	store(0, ENTRY(front.req_prod), request, sizeof(*request));
	ring_set(REQ_PROD, ++front.req_prod);
	channels_notify(front.domid, front.port);
}

void front_fill_all(void)
{
	uint8_t page[HV_PAGE_SIZE];

	memset(page, JUNK, sizeof(page));
	for (uint32_t i = 0; i < HOST_SIZE / HV_PAGE_SIZE; i++) {
		uint64_t gpa = HOST_BASE + i * HV_PAGE_SIZE;
		uint32_t ref = WINDOW_REF + i;

		hv_model_guest_write(front.domid, gpa, page, sizeof(page));
		hv_model_guest_grant(front.domid, ref, gfn_of_gpa(gpa));
		for (unsigned int slot = 0; slot < FRONT_SLOTS; slot++)
			store(1 + slot, i * sizeof(ref), &ref, sizeof(ref));
	}
}

bool front_may_touch(uint64_t offset)
{
	for (unsigned int i = 0; i < FRONT_SLOTS; i++) {
		struct piece piece = piece_at(front.slots[i].piece);

		if (!front.idle && front.link == FRONT_CONNECTED &&
		    front.load == FRONT_LOADS &&
		    front.slots[i].state == SLOT_OPEN &&
		    offset - piece.offset < piece.length)
			return true;
	}
	return false;
}

void front_spy(void)
{
	static const size_t looked_at[] = { 0, HV_PAGE_SIZE / 2,
					    HV_PAGE_SIZE - 1 };

	for (uint64_t at = 0; at < HOST_SIZE; at += HV_PAGE_SIZE)
		for (size_t i = 0; i < 3; i++) {
			uint64_t gpa = HOST_BASE + at + looked_at[i];
			uint8_t byte;

			if (!hv_model_guest_read(front.domid, gpa, &byte, 1))
				break;
			if (byte & 0x80)
				fail_msg("the guest sees 0x%02x at 0x%llx",
					 byte, ull(gpa));
		}
}
