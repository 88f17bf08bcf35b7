// SPDX-License-Identifier: GPL-2.0-only
#include "front_ring.h"

#include <string.h>

#include "channels.h"
#include "cmocka_all.h"
#include "host.h"

/* What public/io/ring.h makes of the shared page. */
#define RING_ENTRIES 32
#define REQ_PROD 0
#define REQ_EVENT 4
#define RSP_PROD 8
#define RSP_EVENT 12
#define ENTRY(i) (64 + (i) % RING_ENTRIES * 64)

#define FIRST_PAGE 1
#define EPOCH_PAGES 8

#define front (host.front)

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

void front_directory_set(unsigned int slot, uint32_t page, uint32_t ref)
{
	store(1 + slot, page * sizeof(ref), &ref, sizeof(ref));
}

/* Behind the ring and the directories. */
void front_own_page(unsigned int slot, uint32_t page, const uint8_t *bytes)
{
	unsigned int own =
		slot * (unsigned int)(HOST_WINDOW / HV_PAGE_SIZE) + page;
	uint32_t ref = OWN_REF + own;

	assert_true(1 + FRONT_SLOTS + own < EPOCH_PAGES);
	store(1 + FRONT_SLOTS + own, 0, bytes, HV_PAGE_SIZE);
	hv_model_guest_grant(front.domid, ref,
			     gfn_of_gpa(page_address(1 + FRONT_SLOTS + own)));
	front_directory_set(slot, page, ref);
}

void front_send(struct carveoutif_request *request, uint8_t slot)
{
	uint32_t old = front.req_prod++;

	request->id = front.next_id++ % 256;
	assert_int_equal(front.in_flight[request->id], 0);
	front.in_flight[request->id] = request->op;
	front.slot_of[request->id] = slot;
	front.sent_at[request->id] = host_clock();
	front.flying++;
	store(0, ENTRY(old), request, sizeof(*request));
	ring_set(REQ_PROD, front.req_prod);
	/* RING_PUSH_REQUESTS_AND_CHECK_NOTIFY() */
	if (front.req_prod - ring_get(REQ_EVENT) < front.req_prod - old)
		channels_notify(front.domid, front.port);
}

static void note_time(uint16_t id)
{
	uint64_t took = host_clock() - front.sent_at[id % 256];

	if (took > front.slowest)
		front.slowest = took;
}

static void take_events(void (*each)(const struct carveoutif_event *event))
{
	const size_t at = CARVEOUTIF_EVENTS_OFFSET;
	uint32_t prod = ring_get(at), cons = ring_get(at + 4);
	struct carveoutif_event event;

	for (; cons != prod; cons++) {
		load(0,
		     at + offsetof(struct carveoutif_events, event) +
			     cons % CARVEOUTIF_EVENTS * sizeof(event),
		     &event, sizeof(event));
		each(&event);
	}
	ring_set(at + 4, cons);
}

void front_ring_take(
	void (*answered)(const struct carveoutif_response *response),
	void (*event)(const struct carveoutif_event *event))
{
	struct carveoutif_response response;

	if (!channels_pending(front.domid, front.port))
		return;
	/* RING_FINAL_CHECK_FOR_RESPONSES() */
	while (front.rsp_cons != ring_get(RSP_PROD)) {
		load(0, ENTRY(front.rsp_cons), &response, sizeof(response));
		front.rsp_cons++;
		note_time(response.id);
		answered(&response);
		ring_set(RSP_EVENT, front.rsp_cons + 1);
	}
	take_events(event);
}

void front_ring_make(void)
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

void front_ring_drop(void)
{
	for (unsigned int i = 0; i < 1 + FRONT_SLOTS; i++)
		hv_model_guest_ungrant(front.domid, RING_REF + i);
	channels_close(front.domid, front.port);
	front.port = 0;
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
