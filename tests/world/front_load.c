// SPDX-License-Identifier: GPL-2.0-only
#include "front_load.h"

#include <errno.h>
#include <string.h>

#include "base/sha256.h"
#include "cmocka_all.h"
#include "front_ring.h"
#include "host.h"
#include "state.h"

#define JUNK 0x5b	  /* written where nothing may keep it */
#define DISCARDED_PIECE 3 /* opens the first window again, and drops it */
#define LATER_MS 20

#define front (host.front)

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

	sha256_of(front_image(front.seed), front.length, expected);
	assert_int_equal(length, front.length);
	assert_memory_equal(digest, expected, sizeof(expected));
}

struct piece {
	uint64_t offset;
	uint32_t length, used;
	bool discard;
};

static bool is_plain(void)
{
	return front.plain || front.puts;
}

static bool discards(uint64_t windows)
{
	return !is_plain() && windows >= DISCARDED_PIECE;
}

static unsigned int piece_count(void)
{
	uint64_t windows =
		(front.length + front.window_max - 1) / front.window_max;

	return (unsigned int)windows + discards(windows);
}

static struct piece piece_at(unsigned int n)
{
	struct piece piece = { .discard = !is_plain() && n == DISCARDED_PIECE };
	uint64_t left;

	if (!piece.discard)
		piece.offset =
			(uint64_t)(n - (!is_plain() && n > DISCARDED_PIECE)) *
			front.window_max;
	left = front.length - piece.offset;
	piece.used = left < front.window_max ? (uint32_t)left :
					       front.window_max;
	piece.length = (uint32_t)((piece.used + HV_PAGE_SIZE - 1) &
				  ~(HV_PAGE_SIZE - 1));
	return piece;
}

/* ---- requests ---- */

static void send_bare(uint8_t op)
{
	struct carveoutif_request request = { .op = op };

	front_send(&request, 0);
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

	front_send(&request, slot);
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

	front_send(&request, slot);
	front.slots[slot].state = SLOT_CLOSES;
}

static void send_seal(void)
{
	struct carveoutif_request request = {
		.op = CARVEOUTIF_OP_SEAL,
		.u.seal = { .length = front.length },
	};

	front_send(&request, 0);
	front.load = FRONT_SEALS;
}

/* ---- windows ---- */

static void try_later(void)
{
	front.again_at = host.now + LATER_MS;
}

void front_load_failed(int error)
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
		front_directory_set(slot, i, ref);
	}
	return true;
}

/* ---- without a window ---- */

static void send_put(uint8_t slot, const struct piece *piece)
{
	struct carveoutif_request request = {
		.op = CARVEOUTIF_OP_PUT,
		.u.put = { .offset = piece->offset,
			   .length = piece->used,
			   .directory = SLOT_REF + slot },
	};

	front_send(&request, slot);
	front.slots[slot].state = SLOT_CLOSES;
}

/* The rest of the last page is junk. */
static void put(uint8_t i, const struct piece *piece)
{
	uint8_t bytes[HV_PAGE_SIZE];

	for (uint32_t page = 0; page < piece->length / HV_PAGE_SIZE; page++) {
		make_page(piece, piece->offset + page * HV_PAGE_SIZE, bytes);
		front_own_page(i, page, bytes);
	}
	front.slots[i].filled = true;
	if (front.slots[i].piece < front.hold)
		send_put(i, piece);
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
		if (front.puts) {
			put(i, &piece);
			return;
		}
		if (comes_too_early(&piece))
			return;
		send_open(i, &piece);
		slot->state = SLOT_OPENS;
		return;
	case SLOT_OPEN:
		if (!slot->filled && !fill(i, &piece)) {
			front.deaths++;
			front_load_failed(-EFAULT);
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

void front_load_restart(void)
{
	memset(front.slots, 0, sizeof(front.slots));
	front.next_piece = 0;
	front.load = FRONT_LOADS;
}

void front_load_step(void)
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
		front_load_failed(response->status);
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

	/* A window is gone, whatever the answer. */
	if (front.puts && is_passing(response->status)) {
		slot->state = SLOT_WANTS;
		try_later();
		return;
	}
	slot->state = SLOT_FREE;
	if (response->status) {
		front_load_failed(response->status);
		return;
	}
	assert_int_equal(response->u.close.committed,
			 piece.discard ? 0 : piece.used);
}

static void sealed(const struct carveoutif_response *response)
{
	if (response->status) {
		front_load_failed(response->status);
		return;
	}
	expect_digest(response->u.seal.digest, response->u.seal.length);
	front.load = FRONT_SEALED;
}

/* -EPERM: it was sealed, and the answer to that was lost with a connection. */
static void reset_answered(int status)
{
	if (!status)
		front_load_restart();
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
void front_load_answered(const struct carveoutif_response *response)
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
	else if ((op == CARVEOUTIF_OP_CLOSE || op == CARVEOUTIF_OP_PUT) &&
		 front.load == FRONT_LOADS)
		closed(slot, response);
	else if (op == CARVEOUTIF_OP_SEAL && front.load == FRONT_SEALS)
		sealed(response);
	else if (op == CARVEOUTIF_OP_RESET)
		reset_answered(response->status);
	else if (op == CARVEOUTIF_OP_QUERY)
		queried(response);
}

void front_load_event(const struct carveoutif_event *event)
{
	if (event->type != CARVEOUTIF_EVENT_WITHDRAW)
		return;
	for (uint8_t i = 0; i < FRONT_SLOTS; i++)
		if (front.slots[i].state == SLOT_OPEN &&
		    front.slots[i].window == event->window) {
			front.asked++;
			send_close(i, true, 0);
			front_load_failed(event->reason);
		}
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
			front_directory_set(slot, i, ref);
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
