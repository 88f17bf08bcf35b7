// SPDX-License-Identifier: GPL-2.0-only
#include "driver_liar.h"

#include "internal.h"

#include "driver_play.h"
#include "driver_script.h"
#include "few_nodes.h"

#define NODES 11 /* all but the script */

static unsigned int scribble;

void liar_begin(void)
{
	scribble = 0;
	kernel_grants_busy = false;
}

void answer(unsigned int index, int status, bool lie)
{
	struct carveoutif_sring *s = ring();
	struct carveoutif_request req;
	struct carveoutif_response rsp = { .status = status };

	req = s->ring[index % XEN_CARVEOUT_RING_ENTRIES].req;
	rsp.id = req.id;
	rsp.op = req.op;
	if (req.op == CARVEOUTIF_OP_OPEN) {
		rsp.u.open.gpa = play.c->limits.base + req.u.open.offset;
		rsp.u.open.window = req.u.open.slot;
	} else if (req.op == CARVEOUTIF_OP_CLOSE) {
		rsp.u.close.committed = req.u.close.used;
	} else if (req.op == CARVEOUTIF_OP_PUT) {
		rsp.u.close.committed = req.u.put.length;
	} else if (req.op == CARVEOUTIF_OP_SEAL) {
		rsp.u.seal.length = req.u.seal.length;
	}
	if (lie) {
		u8 at = next8() % sizeof(rsp);

		((u8 *)&rsp)[at] = next8();
	}
	s->ring[s->rsp_prod % XEN_CARVEOUT_RING_ENTRIES].rsp = rsp;
	s->rsp_prod++;
}

void answer_one(void)
{
	u8 how = next8();

	if (ring())
		answer(ring()->rsp_prod + (how & 3), how & 4 ? -next8() : 0,
		       how & 8);
}

void write_event(void)
{
	struct carveoutif_events *events =
		ring() ? (void *)((u8 *)ring() + CARVEOUTIF_EVENTS_OFFSET) :
			 NULL;
	u8 how = next8();
	struct carveoutif_event e = {
		.type = how & 3,
		.reason = (int)next32(),
		.window = next8(),
		.reserved2 = how & 0x40,
	};

	if (!events)
		return;
	events->event[events->prod % CARVEOUTIF_EVENTS] = e;
	events->prod += how & 0x80 ? next32() : 1;
}

void move_index(void)
{
	u8 by = next8();

	if (ring())
		ring()->rsp_prod += by == 0xff ? next32() : by;
}

void write_anything(void)
{
	u32 at = next32() % PAGE_SIZE;
	u8 octet = next8();

	if (ring())
		((u8 *)ring())[at] = octet;
}

static void (*const page_acts[])(void) = { answer_one, write_event, move_index,
					   write_anything };

/* Lets the back end act in the middle of a later look at the shared page. */
void scribble_soon(void)
{
	scribble = 1 + next8() % 8;
}

void world_touches_page(void)
{
	if (scribble && !--scribble)
		page_acts[next8() % ARRAY_SIZE(page_acts)]();
}

void use_grants(void)
{
	kernel_grants_busy = next8() & 1;
}

void rewrite_node(void)
{
	struct node *node = &nodes[next8() % NODES];
	u8 length = next8() % 24;
	const uint8_t *value = script_take(length);

	if (value)
		node_set(node, value, length);
}
