// SPDX-License-Identifier: GPL-2.0-only
#include "driver_world.h"

#include "control.h"
#include "internal.h"
#include "stream.h"
#include "xenbus.h"

#include "driver_manager.h"
#include "few_nodes.h"
#include "fuzz.h"

#define DEPTH 6 /* waits within waits */
#define NODES 9 /* all but the script */

static const uint8_t *script;
static size_t left;
static unsigned int depth, fault, scribble;
static bool in_xenwatch, ending;
static bool shutting_down;
static bool saved;   /* the guest is being: what freezes is frozen */
static bool honest;  /* the manager is as it should be */
static bool faulted; /* the kernel has had one of its own, or is to */
static unsigned int times_over; /* waits that ended without what they were for */
static unsigned int tries;	/* to connect, since the last that succeeded */

static struct xenbus_device *xbdev; /* NULL: removed */
static struct xenbus_watch *fired;  /* but not handled yet */
static struct xen_carveout *c;
static struct xen_carveout_window *held[CARVEOUTIF_SLOTS];    /* ours */
static struct xen_carveout_window *bracket[CARVEOUTIF_SLOTS]; /* we are inside */
/* Occasions at which windows are taken from who has them, and how many there
 * had been when each was opened. */
static unsigned int takings, held_since[CARVEOUTIF_SLOTS];
static struct xen_carveout_stream stream;
static bool streaming;

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
	faulted |= fault != 0;
}

/* Who uses windows ------------------------------------------------------ */

static void open_window(void)
{
	u8 mode = next8();
	u64 offset = (u64)next8() * PAGE_SIZE + (mode >> 7);
	u32 length = next8() * (u32)PAGE_SIZE + (mode >> 6 & 1);
	struct xen_carveout_window *w;
	unsigned int since = takings, i = 0;

	w = xen_carveout_open_window(c, offset, length,
				     (enum xen_carveout_window_mode)(mode & 3));
	if (IS_ERR(w))
		return;
	while (held[i])
		i++;
	require(i < CARVEOUTIF_SLOTS && w->length == length);
	held[i] = w;
	held_since[i] = since;
}

static void leave(unsigned int i)
{
	if (bracket[i])
		xen_carveout_window_end(bracket[i]);
	bracket[i] = NULL;
}

/* Beside an honest manager, who commits is told what became of it: it is there,
 * unless somebody scrubbed it since, or somebody has taken the window. */
static void commit_held(struct xen_carveout_window *w, u32 used,
			unsigned int since)
{
	u64 offset = w->offset;
	int err = xen_carveout_close_window(w, used);

	if (!honest || since != takings)
		return;
	require(err != -ECANCELED);
	require(err || manager_wrote(offset, used));
}

static void close_held(unsigned int i, bool commit, u32 used)
{
	struct xen_carveout_window *w = held[i];

	if (!w)
		return;
	leave(i); /* who closes has left */
	held[i] = NULL;
	if (commit)
		commit_held(w, used % (w->length + 1), held_since[i]);
	else
		xen_carveout_discard_window(w);
}

static void close_window(void)
{
	u8 how = next8();

	close_held(how % CARVEOUTIF_SLOTS, how & 0x80, next32());
}

static void enter(void)
{
	unsigned int i = next8() % CARVEOUTIF_SLOTS;

	if (held[i] && !bracket[i] && !xen_carveout_window_begin(held[i]))
		bracket[i] = held[i];
}

/* In a bracket every byte of the window is there, whatever goes on. */
static void touch(void)
{
	struct xen_carveout_window *w = bracket[next8() % CARVEOUTIF_SLOTS];
	u32 offset = next32(), octet;

	if (!w)
		return;
	offset %= w->length - sizeof(octet) + 1;
	require(!xen_carveout_window_write(w, offset, &offset, sizeof(offset)));
	require(!xen_carveout_window_read(w, offset, &octet, sizeof(octet)));
	require(octet == offset);
	require(!xen_carveout_window_zero(w, w->length - 1, 1));
}

static void leave_all(void)
{
	for (unsigned int i = 0; i < CARVEOUTIF_SLOTS; i++)
		leave(i);
}

static void leave_one(void)
{
	leave(next8() % CARVEOUTIF_SLOTS);
}

static void control(void)
{
	struct carveoutif_state state;
	u8 digest[XEN_CARVEOUT_DIGEST_SIZE] = { 0 };
	u8 what = next8();

	switch (what % 8) {
	case 0:
	case 4:
		xen_carveout_query(c, &state);
		break;
	case 1:
	case 5:
		xen_carveout_seal(c, next32(), what & 0x80 ? digest : NULL,
				  digest);
		break;
	case 2:
		takings++;
		xen_carveout_reset_idle(c);
		break;
	case 6:
		takings++;
		xen_carveout_reset(c);
		break;
	default:
		if (!honest) /* else it is for a stream's end alone */
			xen_carveout_abort(c);
	}
}

/* A stream: others may act while it waits, but not as this very writer. */

static void stream_begins(void)
{
	if (!streaming && !xen_carveout_stream_begin(&stream, c))
		streaming = true;
}

/* No bytes: an fsync, which seals what is known to be whole. */
static void stream_writes(void)
{
	struct iov_iter from = { next8() * (size_t)1024 };
	unsigned long slept = kernel_slept;
	int failed_before = stream.error;
	ssize_t done;

	if (!streaming || stream.lock.held)
		return;
	mutex_lock(&stream.lock);
	if (from.count)
		done = xen_carveout_stream_write(&stream, &from);
	else
		done = xen_carveout_stream_sync(&stream);
	/* A host that is short of memory gets as long as an answer; then no
	 * more. */
	if (done == -ENOMEM && honest && !faulted && !failed_before)
		require(kernel_slept - slept >= 30000);
	if (stream.sealed)
		require(stream.expected && stream.pos == stream.expected);
	if (stream.sealed && honest)
		require(manager_sealed_whole());
	mutex_unlock(&stream.lock);
}

static void stream_ends(void)
{
	if (!streaming || stream.lock.held)
		return;
	mutex_lock(&stream.lock);
	xen_carveout_stream_last(&stream);
	if (stream.sealed && honest)
		require(manager_sealed_whole());
	mutex_unlock(&stream.lock);
	streaming = false;
	xen_carveout_stream_end(&stream);
}

/* What the world says of memory. */

void world_touches(u64 at, u64 bytes)
{
	require(!honest || manager_has(at, bytes));
}

/* Who does not let us connect is asked at once a few times, and then ever more
 * seldom, down to each quarter of an hour. */
static void check_try(void)
{
	const unsigned int at_once = 5, doublings = 10;

	if (++tries > at_once)
		require(kernel_delay >=
			(unsigned long)HZ
				<< min(tries - at_once - 1, doublings));
	kernel_delay = 0;
}

void world_front_is(int state)
{
	/* Since 7.2 the kernel may take the device for another, elsewhere. */
	require(state != XenbusStateInitialising || in_xenwatch);
	if (state == XenbusStateInitialised)
		check_try();
	if (state == XenbusStateConnected)
		tries = 0;
	if (honest)
		manager_sees(state);
}

/* Work of xenbus.c waits for the link; who has it is below us on the stack. */
bool world_may_run(const struct work_struct *work)
{
	bool windows = false;

	if (saved && work->freezable)
		return false;
	for (unsigned int i = 0; i < CARVEOUTIF_SLOTS; i++)
		windows |= work == &c->windows[i].withdraw;
	return windows || work == &c->ring.work || !c->link_lock.held;
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

	req = s->ring[index % XEN_CARVEOUT_RING_ENTRIES].req;
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
	s->ring[s->rsp_prod % XEN_CARVEOUT_RING_ENTRIES].rsp = rsp;
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

	while (honest && manager_answers(ring(), false))
		;
	for (i = 0; ring() && i < XEN_CARVEOUT_RING_ENTRIES; i++)
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

/* An honest manager's turns. */

static void answer_next(void)
{
	manager_answers(ring(), next8() & 1);
	kernel_interrupt();
}

/* Work that is queued runs within the grace, if it is not below us. */
static bool all_work_done(void)
{
	for (unsigned int i = 0; i < 4 * CARVEOUTIF_SLOTS; i++)
		if (!kernel_run_work(i))
			break;
	return !kernel_work_left();
}

static void ask_for_windows(void)
{
	struct carveoutif_events *events;

	takings++;
	if (!ring())
		return;
	events = (void *)((u8 *)ring() + CARVEOUTIF_EVENTS_OFFSET);
	for (unsigned int i = 0; i < CARVEOUTIF_SLOTS; i++)
		manager_withdraws(events, i);
	kernel_interrupt();
}

static void revoke(void)
{
	next8(); /* scripts have an octet here */
	if (!ring())
		return;
	ask_for_windows();
	leave_all();
	if (all_work_done())
		manager_takes();
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

/* The one that waits for the thread: the driver asks for one at a time. */
void world_watch_fires(struct xenbus_watch *watch)
{
	fired = watch;
}

void world_watch_is_gone(const struct xenbus_watch *watch)
{
	if (fired == watch)
		fired = NULL;
}

static void fire_watch(void)
{
	struct xenbus_watch *watch = fired;

	if (!watch || !xenwatch_is_free())
		return;
	fired = NULL;
	in_xenwatch = true;
	watch->callback(watch, watch->node, "");
	in_xenwatch = false;
}

static void change_state(void)
{
	kernel_backend_state = next8() % (XenbusStateReconfigured + 1);
	if (!xenwatch_is_free() || !xbdev->otherend || shutting_down)
		return;
	in_xenwatch = true;
	kernel_driver->otherend_changed(
		xbdev, (enum xenbus_state)kernel_backend_state);
	in_xenwatch = false;
}

/*
 * What is saved has no window, unless the manager did not take it back in time;
 * until then others may go on, which are not frozen.
 */
static void be_saved(unsigned int late, u8 how)
{
	if (!honest || times_over != late)
		return;
	require(!manager_has_any());
	if (how & 0x40)
		kernel_rest();
	require(!manager_has_any());
}

/*
 * The guest is to be saved, and is not; or it is restored, where its back end
 * is, or where there is none.
 */
static void suspend(void)
{
	u8 how = next8(), end = how % 3;
	unsigned int late = times_over;

	if (!xenwatch_is_free() || !xbdev->otherend || shutting_down)
		return;
	takings++;
	tries = 0;
	in_xenwatch = saved = true;
	kernel_driver->suspend(xbdev);
	be_saved(late, how);
	if (end == 1) {
		xbdev->state = XenbusStateInitialising;
		kernel_backend_state = XenbusStateInitWait;
		world_front_is(XenbusStateInitialising);
		kernel_driver->resume(xbdev);
	} else if (end == 2) {
		xbdev->otherend = NULL;
	}
	in_xenwatch = saved = false;
}

/*
 * device_shutdown(), which waits for nobody who holds the link: the class, and
 * then xenbus_frontend_dev_shutdown().  From then on xenbus tells us nothing.
 */
static void shut_down(void)
{
	if (!xenwatch_is_free())
		return;
	takings++;
	in_xenwatch = true;
	system_state = next8() & 1 ? SYSTEM_POWER_OFF : SYSTEM_RESTART;
	if (c->published)
		xen_carveout_shutdown(&c->dev);
	if (xbdev->state == XenbusStateConnected)
		xenbus_switch_state(xbdev, XenbusStateClosing);
	in_xenwatch = false;
	shutting_down = true;
}

/* What a manager says to the front end's state. */
static void manager_turn(void)
{
	static const enum xenbus_state says[] = {
		[XenbusStateInitialising] = XenbusStateInitWait,
		[XenbusStateInitialised] = XenbusStateConnected,
		[XenbusStateConnected] = XenbusStateConnected,
		[XenbusStateClosing] = XenbusStateClosing,
		[XenbusStateClosed] = XenbusStateClosed,
	};

	if (!xenwatch_is_free() || !xbdev->otherend || shutting_down)
		return;
	takings += says[xbdev->state] != XenbusStateConnected;
	kernel_backend_state = (int)says[xbdev->state];
	in_xenwatch = true;
	kernel_driver->otherend_changed(
		xbdev, (enum xenbus_state)kernel_backend_state);
	in_xenwatch = false;
}

static void remove_device(void)
{
	if (!xenwatch_is_free())
		return;
	takings++;
	in_xenwatch = true;
	kernel_driver->remove(xbdev);
	in_xenwatch = false;
	kernel_bound = NULL;
	free(xbdev);
	xbdev = NULL;
}

/* The script ------------------------------------------------------------ */

static void run_work(void)
{
	kernel_run_work(next8());
	fire_watch();
}

/* The first ones may wait, and the last ones. */
#define WAITING 7
#define LATER_WAITING 4
static void (*const liars_acts[])(void) = {
	open_window,  close_window,  control,	    run_work,
	change_state, suspend,	     remove_device, serve,
	enter,	      touch,	     leave_one,	    kernel_interrupt,
	answer_one,   write_event,   move_index,    write_anything,
	use_grants,   scribble_soon, rewrite_node,  set_fault,
	shut_down,    stream_begins, stream_writes, stream_ends,
};

/* Beside an honest manager: that something is touched which is not there, or
 * sealed with something missing, is the driver's fault. */
static void (*const honest_acts[])(void) = {
	open_window,  close_window,  control,	      run_work,
	manager_turn, suspend,	     remove_device,   serve,
	enter,	      touch,	     leave_one,	      kernel_interrupt,
	answer_next,  revoke,	     ask_for_windows, serve,
	manager_turn, answer_next,   touch,	      set_fault,
	shut_down,    stream_begins, stream_writes,   stream_ends,
};

static_assert(ARRAY_SIZE(liars_acts) == ARRAY_SIZE(honest_acts), "acts");
#define ACTS ARRAY_SIZE(honest_acts)

static void act(unsigned int which)
{
	bool waits = which < WAITING || which >= ACTS - LATER_WAITING;

	if (waits && depth >= DEPTH)
		return;
	depth++;
	(honest ? honest_acts : liars_acts)[which]();
	depth--;
}

/* The script is over: nobody stays anywhere, and all that is queued runs. */
static enum world come_to_an_end(void)
{
	leave_all();
	times_over++;
	if (ending)
		return WORLD_ENDS;
	ending = true;
	while (kernel_run_work(0))
		fire_watch();
	ending = false;
	return WORLD_ENDS;
}

/* Nobody stays in a bracket for as long as any wait lasts: they are short, and
 * not preemptible.  Beside a liar it is as if somebody had died in one. */
static enum world time_is_over(void)
{
	if (honest)
		leave_all();
	times_over++;
	return WORLD_STOPS;
}

enum world world_step(void)
{
	u8 what;

	if (!left)
		return come_to_an_end();
	what = next8();
	if (what == 0xff)
		return time_is_over();
	if (what == 0xfe)
		return WORLD_KILLS;
	act(what % ACTS);
	return depth < DEPTH ? WORLD_GOES_ON : time_is_over();
}

struct xen_carveout *world_begin(const uint8_t *octets, size_t length,
				 bool manager_is_honest)
{
	script = octets;
	left = length;
	honest = manager_is_honest;
	depth = fault = scribble = takings = 0;
	streaming = shutting_down = faulted = false;
	tries = 0;
	kernel_delay = 0;
	system_state = SYSTEM_RUNNING;
	kernel_grants_busy = false;
	kernel_backend_state = XenbusStateInitialising;
	xbdev = calloc(1, sizeof(*xbdev));
	xbdev->nodename = "front";
	xbdev->otherend = "back";
	xbdev->dev.refs = 1;
	/* Closed is what an earlier load of the module left. */
	xbdev->state = length & 1 ? XenbusStateClosed : XenbusStateInitialising;
	require(!xen_carveout_register());
	require(!kernel_driver->probe(xbdev, NULL));
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

static void check_free(const struct xen_carveout *carveout)
{
	for (unsigned int i = 0; i < CARVEOUTIF_SLOTS; i++) {
		const struct xen_carveout_win *w = &carveout->windows[i];

		require(w->state == WINDOW_FREE && !w->users);
		require(!w->map.vaddr || w->dead);
		if (w->dead) /* the kernel's loss, not ours */
			memunmap(w->map.vaddr);
	}
	require(!carveout->ring.page && !carveout->ring.busy[0] &&
		!carveout->region);
}

void world_end(struct xen_carveout *held_by_us)
{
	for (unsigned int i = 0; i < CARVEOUTIF_SLOTS; i++)
		close_held(i, false, 0);
	fault = 0;
	stream_ends();
	remove_device();
	come_to_an_end();
	xen_carveout_unregister();
	check_free(held_by_us);
	xen_carveout_put(held_by_us);
	require(kernel_nothing_left());
}
