// SPDX-License-Identifier: GPL-2.0-only
#include "driver_world.h"

#include "internal.h"

#include "few_nodes.h"
#include "fuzz.h"

#define DEPTH 6 /* waits within waits */
#define NODES 9 /* all but the script */

static const uint8_t *script;
static size_t left;
static unsigned int depth, fault, scribble;
static bool in_xenwatch, ending;

static struct xenbus_device *xbdev; /* NULL: removed */
static struct carveout *c;
static struct window *held[CARVEOUTIF_SLOTS];	 /* whose owner we are */
static struct window *bracket[CARVEOUTIF_SLOTS]; /* where we are inside */

static u8 next8(void)
{
	if (!left)
		return 0;
	left--;
	return *script++;
}

static u32 next32(void)
{
	u32 value = 0;

	for (int i = 0; i < 4; i++)
		value = value << 8 | next8();
	return value;
}

bool world_fails(void)
{
	return fault && !--fault;
}

static void set_fault(void)
{
	fault = next8() % 64;
}

/* Who uses windows ------------------------------------------------------ */

static void open_window(void)
{
	u32 epoch = carveout_epoch(c);
	u8 mode = next8();
	u64 offset = (u64)next8() * PAGE_SIZE + (mode >> 7);
	u32 length = next8() * (u32)PAGE_SIZE + (mode >> 6 & 1);
	struct window *w = window_open(c, epoch, offset, length, mode & 3);
	unsigned int i = 0;

	if (IS_ERR(w))
		return;
	while (held[i])
		i++;
	require(i < CARVEOUTIF_SLOTS && w->pub.length == length);
	held[i] = w;
}

static void leave(unsigned int i)
{
	if (bracket[i])
		window_end(bracket[i]);
	bracket[i] = NULL;
}

static void close_held(unsigned int i, bool commit, u32 used)
{
	struct window *w = held[i];

	if (!w)
		return;
	leave(i); /* who closes has left */
	held[i] = NULL;
	if (commit)
		window_commit(w, used % (w->pub.length + 1));
	else
		window_discard(w);
	window_collect(w);
}

static void close_window(void)
{
	u8 how = next8();

	close_held(how % CARVEOUTIF_SLOTS, how & 0x80, next32());
}

static void enter(void)
{
	unsigned int i = next8() % CARVEOUTIF_SLOTS;

	if (held[i] && !bracket[i] && !window_begin(held[i]))
		bracket[i] = held[i];
}

/* In a bracket every byte of the window is there, whatever goes on. */
static void touch(void)
{
	struct window *w = bracket[next8() % CARVEOUTIF_SLOTS];
	u32 offset = next32(), octet;

	if (!w)
		return;
	offset %= w->pub.length - sizeof(octet) + 1;
	window_io_write(w, offset, &offset, sizeof(offset));
	window_io_read(w, offset, &octet, sizeof(octet));
	require(octet == offset);
	window_io_zero(w, w->pub.length - 1, 1);
}

static void leave_one(void)
{
	leave(next8() % CARVEOUTIF_SLOTS);
}

static void control(void)
{
	struct carveoutif_state state;
	u8 digest[CARVEOUT_DIGEST_SIZE] = { 0 };
	u8 what = next8();

	switch (what % 4) {
	case 0:
		carveout_query(c, &state);
		break;
	case 1:
		carveout_seal(c, next32(), what & 0x80 ? digest : NULL, digest);
		break;
	case 2:
		carveout_reset_idle(c);
		break;
	default:
		carveout_abort(c);
	}
}

/* The back end ---------------------------------------------------------- */

static struct carveoutif_sring *ring(void)
{
	return kernel_ring_page();
}

/* What a manager would say; `lie` spoils an octet of it. */
static void answer(unsigned int index, int status, bool lie)
{
	struct carveoutif_sring *s = ring();
	struct carveoutif_request req;
	struct carveoutif_response rsp = { .status = status };

	req = s->ring[index % CARVEOUT_RING_ENTRIES].req;
	rsp.id = req.id;
	rsp.op = req.op;
	if (req.op == CARVEOUTIF_OP_OPEN) {
		rsp.u.open.gpa = c->limits.base + req.u.open.offset;
		rsp.u.open.window = req.u.open.slot;
	} else if (req.op == CARVEOUTIF_OP_CLOSE) {
		rsp.u.close.committed = req.u.close.used;
	} else if (req.op == CARVEOUTIF_OP_SEAL) {
		rsp.u.seal.length = req.u.seal.length;
	}
	if (lie) {
		u8 at = next8() % sizeof(rsp);

		((u8 *)&rsp)[at] = next8();
	}
	s->ring[s->rsp_prod % CARVEOUT_RING_ENTRIES].rsp = rsp;
	s->rsp_prod++;
}

static void answer_one(void)
{
	u8 how = next8();

	if (ring())
		answer(ring()->rsp_prod + (how & 3), how & 4 ? -next8() : 0,
		       how & 8);
}

/* All that is asked, as it should be. */
static void serve(void)
{
	unsigned int i;

	for (i = 0; ring() && i < CARVEOUT_RING_ENTRIES; i++)
		if (ring()->rsp_prod != ring()->req_prod)
			answer(ring()->rsp_prod, 0, false);
	kernel_interrupt();
	for (i = 0; i < CARVEOUTIF_SLOTS + 1; i++)
		kernel_run_work(0);
}

static void write_event(void)
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

static void move_index(void)
{
	u8 by = next8();

	if (ring())
		ring()->rsp_prod += by == 0xff ? next32() : by;
}

static void write_anything(void)
{
	u32 at = next32() % PAGE_SIZE;
	u8 octet = next8();

	if (ring())
		((u8 *)ring())[at] = octet;
}

static void (*const page_acts[])(void) = { answer_one, write_event, move_index,
					   write_anything };

/* Lets the back end act in the middle of a later look at the shared page. */
static void scribble_soon(void)
{
	scribble = 1 + next8() % 8;
}

void world_touches_page(void)
{
	if (scribble && !--scribble)
		page_acts[next8() % ARRAY_SIZE(page_acts)]();
}

static void use_grants(void)
{
	kernel_grants_busy = next8() & 1;
}

static void rewrite_node(void)
{
	struct node *node = &nodes[next8() % NODES];
	u8 length = next8() % 24;

	if (length > left)
		return;
	node_set(node, script, length);
	script += length;
	left -= length;
}

/* xenbus ---------------------------------------------------------------- */

/*
 * The xenwatch thread does one thing at a time, and cannot wait for the ring's
 * work if that waits below us on the stack.
 */
static bool xenwatch_is_free(void)
{
	return xbdev && !in_xenwatch && !c->link_lock.held &&
	       !c->ring.work.running;
}

static void change_state(void)
{
	kernel_backend_state = next8() % (XenbusStateReconfigured + 1);
	if (!xenwatch_is_free() || !xbdev->otherend)
		return;
	in_xenwatch = true;
	carveout_xenbus_driver.otherend_changed(
		xbdev, (enum xenbus_state)kernel_backend_state);
	in_xenwatch = false;
}

/*
 * The guest is to be saved, and is not; or it is restored, where its back end
 * is, or where there is none.
 */
static void suspend(void)
{
	u8 end = next8() % 3;

	if (!xenwatch_is_free() || !xbdev->otherend)
		return;
	in_xenwatch = true;
	carveout_xenbus_driver.suspend(xbdev);
	if (end == 1) {
		xbdev->state = XenbusStateInitialising;
		carveout_xenbus_driver.resume(xbdev);
	} else if (end == 2) {
		xbdev->otherend = NULL;
	}
	in_xenwatch = false;
}

/* As device_shutdown(), which waits for nobody who holds the link. */
static void shut_down(void)
{
	if (!xenwatch_is_free())
		return;
	in_xenwatch = true;
	carveout_shutdown(&c->dev);
	in_xenwatch = false;
}

static void remove_device(void)
{
	if (!xenwatch_is_free())
		return;
	in_xenwatch = true;
	carveout_xenbus_driver.remove(xbdev);
	in_xenwatch = false;
	kernel_bound = NULL;
	free(xbdev);
	xbdev = NULL;
}

/* The script ------------------------------------------------------------ */

static void run_work(void)
{
	kernel_run_work(next8());
}

/* The first ones may wait. */
#define WAITING 8
static void (*const acts[])(void) = {
	open_window,
	close_window,
	control,
	run_work,
	change_state,
	suspend,
	remove_device,
	shut_down,
	serve,
	enter,
	touch,
	leave_one,
	kernel_interrupt,
	answer_one,
	write_event,
	move_index,
	write_anything,
	use_grants,
	scribble_soon,
	rewrite_node,
	set_fault,
};

/* The script is over: nobody stays anywhere, and all that is queued runs. */
static enum world come_to_an_end(void)
{
	for (unsigned int i = 0; i < CARVEOUTIF_SLOTS; i++)
		leave(i);
	if (ending)
		return WORLD_STOPS;
	ending = true;
	while (kernel_run_work(0))
		;
	ending = false;
	return WORLD_STOPS;
}

enum world world_step(void)
{
	u8 what;

	if (!left)
		return come_to_an_end();
	what = next8();
	if (what == 0xff)
		return WORLD_STOPS;
	if (what == 0xfe)
		return WORLD_KILLS;
	what %= ARRAY_SIZE(acts);
	if (what < WAITING && depth >= DEPTH)
		return WORLD_STOPS;
	depth++;
	acts[what]();
	depth--;
	return WORLD_GOES_ON;
}

struct carveout *world_begin(const uint8_t *octets, size_t length)
{
	script = octets;
	left = length;
	depth = fault = scribble = 0;
	kernel_grants_busy = false;
	kernel_backend_state = XenbusStateInitialising;
	xbdev = calloc(1, sizeof(*xbdev));
	xbdev->nodename = "front";
	xbdev->otherend = "back";
	xbdev->dev.refs = 1;
	require(!carveout_xenbus_driver.probe(xbdev, NULL));
	c = dev_get_drvdata(&xbdev->dev);
	kernel_bound = &xbdev->dev;
	get_device(&c->dev);
	return c;
}

void world_play(void)
{
	while (left)
		world_step();
}

void world_end(void)
{
	for (unsigned int i = 0; i < CARVEOUTIF_SLOTS; i++)
		close_held(i, false, 0);
	fault = 0;
	remove_device();
	come_to_an_end();
}
