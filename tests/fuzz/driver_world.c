// SPDX-License-Identifier: GPL-2.0-only
#include "driver_world.h"

#include "internal.h"
#include "xenbus.h"

#include "driver_liar.h"
#include "driver_manager.h"
#include "driver_play.h"
#include "driver_script.h"
#include "driver_users.h"
#include "fuzz.h"

#define DEPTH 6 /* waits within waits */

static unsigned int depth, fault;
static bool in_xenwatch, ending;
static bool shutting_down;
static bool saved;		/* the guest is being: what freezes is frozen */
static unsigned int times_over; /* waits that ended without what they were for */
static unsigned int tries;	/* to connect, since the last that succeeded */

static struct xenbus_device *xbdev; /* NULL: removed */
static struct xenbus_watch *fired;  /* but not handled yet */
struct play play;

bool world_fails(void)
{
	return fault && !--fault;
}

static void set_fault(void)
{
	fault = next8() % 64;
	play.faulted |= fault != 0;
}

/* What the world says of memory. */

void world_touches(u64 at, u64 bytes)
{
	require(!play.honest || manager_has(at, bytes));
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
	if (play.honest)
		manager_sees(state);
}

/* Other work waits for the link, and for the ring's: who has the one, or is the
 * other, is below us on the stack. */
bool world_may_run(const struct work_struct *work)
{
	bool windows = false;

	if (saved && work->freezable)
		return false;
	for (unsigned int i = 0; i < CARVEOUTIF_SLOTS; i++)
		windows |= work == &play.c->windows[i].withdraw;
	if (windows || work == &play.c->ring.work)
		return true;
	return !play.c->link_lock.held && !play.c->ring.work.running;
}

/* All that is asked, as it should be. */
static void serve(void)
{
	unsigned int i;

	while (play.honest && manager_answers(ring(), false))
		;
	for (i = 0; !play.honest && ring() && i < XEN_CARVEOUT_RING_ENTRIES;
	     i++)
		if (ring()->rsp_prod != ring()->req_prod)
			answer(ring()->rsp_prod, 0, false);
	kernel_interrupt();
	for (i = 0; i < CARVEOUTIF_SLOTS + 1; i++)
		kernel_run_work(0);
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

	play.takings++;
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

/* xenbus ---------------------------------------------------------------- */

/*
 * The xenwatch thread does one thing at a time, and cannot wait for the ring's
 * work if that waits below us on the stack.
 */
static bool xenwatch_is_free(void)
{
	return xbdev && !in_xenwatch && !play.c->link_lock.held &&
	       !play.c->ring.work.running;
}

/* Only the last waits for the thread: an earlier one is suspend.c's, which has
 * nothing to do when it is new. */
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
	if (!play.honest || times_over != late)
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
	play.takings++;
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
	play.takings++;
	in_xenwatch = true;
	system_state = next8() & 1 ? SYSTEM_POWER_OFF : SYSTEM_RESTART;
	if (play.c->published)
		xen_carveout_shutdown(&play.c->dev);
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
	play.takings += says[xbdev->state] != XenbusStateConnected;
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
	play.takings++;
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
	(play.honest ? honest_acts : liars_acts)[which]();
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
	if (play.honest)
		leave_all();
	times_over++;
	return WORLD_STOPS;
}

enum world world_step(void)
{
	u8 what;

	if (script_is_over())
		return come_to_an_end();
	play.found |= play.c->published;
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
	script_begin(octets, length);
	users_begin();
	liar_begin();
	play = (struct play){ .honest = manager_is_honest };
	depth = fault = tries = 0;
	shutting_down = false;
	kernel_delay = 0;
	system_state = SYSTEM_RUNNING;
	kernel_backend_state = XenbusStateInitialising;
	xbdev = calloc(1, sizeof(*xbdev));
	xbdev->nodename = "front";
	xbdev->otherend = "back";
	xbdev->dev.refs = 1;
	/* Closed is what an earlier load of the module left. */
	xbdev->state = length & 1 ? XenbusStateClosed : XenbusStateInitialising;
	require(!xen_carveout_register());
	require(!kernel_driver->probe(xbdev, NULL));
	play.c = dev_get_drvdata(&xbdev->dev);
	kernel_bound = &xbdev->dev;
	get_device(&play.c->dev);
	return play.c;
}

void world_play(void)
{
	while (!script_is_over())
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
	fault = 0;
	users_end();
	remove_device();
	come_to_an_end();
	xen_carveout_unregister();
	check_free(held_by_us);
	xen_carveout_put(held_by_us);
	require(kernel_nothing_left());
}
