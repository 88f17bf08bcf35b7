// SPDX-License-Identifier: GPL-2.0-only
/*
 * evil-backend DOMID ROUNDS SEED: be the manager of one carveout, "evil", of a
 * guest, and be a bad one.  No manager may run for that guest.
 *
 * Each round writes the nodes (one may be nonsense), connects if the guest's
 * driver does, and then answers as it likes: right, wrong, twice, not at all;
 * with indices that jump, floods of events and interrupts, states out of order.
 * The frames of the carveout have memory all the time: a window that is said
 * to be open and has none is an oops on arm64, which no driver can avert.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>
#include <xenevtchn.h>
#include <xengnttab.h>
#include <xen/io/xenbus.h>

#include "backing/guest.h"
#include "carveoutif.h"
#include "daemon/store.h"
#include "hv/hv.h"

#define BASE 0x100000000ULL
#define SIZE (256U << 10)
#define PAGES (SIZE / HV_PAGE_SIZE)
#define REBORN 6 /* rounds after which the device is another one */

/* What carveoutif.h says of octets 0.. of the shared page. */
struct shared {
	uint32_t req_prod, req_event, rsp_prod, rsp_event;
	uint8_t reserved[48];
	union {
		struct carveoutif_request req;
		struct carveoutif_response rsp;
	} ring[32];
	uint8_t reserved2[CARVEOUTIF_EVENTS_OFFSET - 64 - 32 * 64];
	struct carveoutif_events events;
};
static_assert(offsetof(struct shared, events) == CARVEOUTIF_EVENTS_OFFSET,
	      "events follow the ring");

static struct {
	struct xs_handle *xs;
	xengnttab_handle *gnttab;
	xenevtchn_handle *evtchn;
	struct guest guest;
	struct store_path front, back;
	volatile struct shared *page; /* NULL: not connected */
	uint32_t port;
	uint64_t seed;
	unsigned int connections, opened, answers, lies;
} evil;

/* xorshift64*: the same seed makes the same choices. */
static uint32_t below(uint32_t end)
{
	evil.seed ^= evil.seed >> 12;
	evil.seed ^= evil.seed << 25;
	evil.seed ^= evil.seed >> 27;
	return (uint32_t)((evil.seed * 0x2545f4914f6cdd1dULL) >> 33) % end;
}

static void die(const char *what, int rc)
{
	fprintf(stderr, "evil-backend: %s: errno %d\n", what, -rc);
	exit(1);
}

static void must(const char *what, int rc)
{
	if (rc)
		die(what, rc);
}

static void pause_ms(long ms)
{
	nanosleep(&(struct timespec){ .tv_nsec = ms * 1000000 }, NULL);
}

/* Nodes ----------------------------------------------------------------- */

static const struct {
	const char *name, *sane;
} limits[] = {
	{ "versions", "7,2" },	   { "name", "evil" },
	{ "base", "4294967296" },  { "size", "262144" },
	{ "window-max", "65536" }, { "windows-max", "4" },
	{ "memory", "normal" },	   { "expected-size", "262144" },
};

/* Whatever of it passes: the range, which has memory, cannot be another. */
static const char *const nonsense[] = {
	"",	     "0",	  "-1",		  "+4096",
	" 4096",     "4097",	  "0x1000",	  "18446744073709547520",
	"1e9",	     "4096\n\n",  "../../evil",	  "18446744073709551616",
	"device\n",  "a,b,,1x,c", "\xff\xfe\x01", "281474976710656",
	"000000000", "%s%n%s",	  "1073741824x",  "99999999999999999999999999",
};

#define COUNT(array) ((uint32_t)(sizeof(array) / sizeof((array)[0])))

static void write_back(const char *node, const char *value)
{
	must(node,
	     store_write(evil.xs, XBT_NULL, evil.back.text, node, "%s", value));
}

static void set_state(uint32_t state)
{
	must("state", store_write(evil.xs, XBT_NULL, evil.back.text, "state",
				  "%u", state));
}

static void write_limits(void)
{
	for (uint32_t i = 0; i < COUNT(limits); i++)
		write_back(limits[i].name, limits[i].sane);
	if (!below(3))
		write_back(limits[below(COUNT(limits))].name,
			   nonsense[below(COUNT(nonsense))]);
}

/* As xenbus_publish() does it, but bit by bit. */
static void make_device(void)
{
	hv_domid domid = evil.guest.domid;

	xs_mkdir(evil.xs, XBT_NULL, evil.back.text);
	xs_mkdir(evil.xs, XBT_NULL, evil.front.text);
	must("permit",
	     store_permit(evil.xs, XBT_NULL, evil.back.text, 0, (int)domid));
	must("permit",
	     store_permit(evil.xs, XBT_NULL, evil.front.text, domid, 0));
	write_back("frontend", evil.front.text);
	write_limits();
	set_state(XenbusStateInitialising);
	must("front", store_write(evil.xs, XBT_NULL, evil.front.text,
				  "backend-id", "0"));
	must("front", store_write(evil.xs, XBT_NULL, evil.front.text, "backend",
				  "%s", evil.back.text));
	must("front", store_write(evil.xs, XBT_NULL, evil.front.text, "state",
				  "%d", XenbusStateInitialising));
}

static void remove_device(void)
{
	store_remove(evil.xs, XBT_NULL, evil.front.text);
	store_remove(evil.xs, XBT_NULL, evil.back.text);
}

static uint64_t front_state(void)
{
	uint64_t state;

	if (store_read_number(evil.xs, evil.front.text, "state", 99, &state))
		return XenbusStateUnknown;
	return state;
}

static bool front_becomes(uint64_t wanted)
{
	for (int i = 0; i < 200; i++) {
		if (front_state() == wanted)
			return true;
		pause_ms(5);
	}
	return false;
}

/* Connecting ------------------------------------------------------------ */

static bool connect_ring(void)
{
	uint64_t ref, port;
	int local;

	if (store_read_number(evil.xs, evil.front.text, "ring-ref", UINT32_MAX,
			      &ref) ||
	    store_read_number(evil.xs, evil.front.text, "event-channel",
			      UINT32_MAX, &port))
		return false;
	evil.page = xengnttab_map_grant_ref(evil.gnttab, evil.guest.domid,
					    (uint32_t)ref,
					    PROT_READ | PROT_WRITE);
	if (!evil.page)
		return false;
	local = xenevtchn_bind_interdomain(evil.evtchn, evil.guest.domid,
					   (uint32_t)port);
	if (local < 0) {
		xengnttab_unmap(evil.gnttab, (void *)evil.page, 1);
		evil.page = NULL;
		return false;
	}
	evil.port = (uint32_t)local;
	evil.connections++;
	return true;
}

static void disconnect_ring(void)
{
	if (!evil.page)
		return;
	xenevtchn_unbind(evil.evtchn, evil.port);
	xengnttab_unmap(evil.gnttab, (void *)evil.page, 1);
	evil.page = NULL;
}

/* Answers, right and wrong ---------------------------------------------- */

static void fill_in(const struct carveoutif_request *req,
		    struct carveoutif_response *rsp)
{
	*rsp = (struct carveoutif_response){ .id = req->id, .op = req->op };
	if (req->op == CARVEOUTIF_OP_OPEN) {
		rsp->u.open.gpa = BASE + req->u.open.offset;
		rsp->u.open.window = ++evil.opened;
	} else if (req->op == CARVEOUTIF_OP_CLOSE) {
		rsp->u.close.committed = req->u.close.used;
	} else if (req->op == CARVEOUTIF_OP_SEAL) {
		rsp->u.seal.length = req->u.seal.length;
	} else if (req->op == CARVEOUTIF_OP_QUERY) {
		rsp->u.query.state = (uint8_t)below(256);
	}
}

/* One octet is another, or it is refused, with or without reason. */
static void spoil(struct carveoutif_response *rsp)
{
	evil.lies++;
	if (below(3))
		rsp->status = -(int32_t)below(5000);
	else
		((uint8_t *)rsp)[below(sizeof(*rsp))] = (uint8_t)below(256);
}

static void answer(bool lie)
{
	struct carveoutif_request req;
	struct carveoutif_response rsp;
	uint32_t at = evil.page->rsp_prod;

	if (at == evil.page->req_prod)
		return;
	req = evil.page->ring[at % 32].req;
	fill_in(&req, &rsp);
	if (lie)
		spoil(&rsp);
	evil.page->ring[at % 32].rsp = rsp;
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	evil.page->rsp_prod = at + 1;
	evil.answers++;
	xenevtchn_notify(evil.evtchn, evil.port);
}

static void send_events(uint32_t count)
{
	volatile struct carveoutif_events *events = &evil.page->events;

	for (uint32_t i = 0; i < count; i++) {
		events->event[events->prod % CARVEOUTIF_EVENTS] =
			(struct carveoutif_event){
				.type = (uint8_t)below(4),
				.reason = (int32_t)below(400) - 300,
				.window = below(evil.opened + 2),
			};
		events->prod += below(16) ? 1 : below(UINT32_MAX);
	}
	xenevtchn_notify(evil.evtchn, evil.port);
}

static void scribble(void)
{
	((volatile uint8_t *)evil.page)[below(HV_PAGE_SIZE)] =
		(uint8_t)below(256);
}

static void act(void)
{
	uint32_t what = below(400);

	if (what < 320)
		answer(false);
	else if (what < 350)
		answer(true);
	else if (what < 365)
		send_events(1);
	else if (what < 370)
		send_events(below(200));
	else if (what < 375)
		for (int i = 0; i < 500; i++)
			xenevtchn_notify(evil.evtchn, evil.port);
	else if (what < 380)
		evil.page->rsp_prod += below(5) ? below(64) : below(UINT32_MAX);
	else if (what < 390)
		scribble();
	else if (what < 393)
		set_state(below(12));
}

/* Rounds ---------------------------------------------------------------- */

static void play(void)
{
	uint32_t acts = 100 + below(400);

	set_state(XenbusStateConnected);
	front_becomes(XenbusStateConnected);
	for (uint32_t i = 0; i < acts; i++) {
		act();
		if (!below(3))
			pause_ms(1);
	}
}

/* Nobody leaves in the way that carveoutif.h 2 says. */
static void run_round(void)
{
	write_limits();
	if (!below(4))
		set_state(below(12));
	set_state(XenbusStateInitWait);
	if (front_becomes(XenbusStateInitialised) && connect_ring())
		play();
	if (below(2))
		set_state(XenbusStateClosing + below(2));
	disconnect_ring();
}

/* The last goodbye is a good one: what is mapped is about to lose its memory. */
static void part(void)
{
	uint64_t state;

	set_state(XenbusStateClosing);
	for (int i = 0; i < 2000; i++) {
		state = front_state();
		if (state == XenbusStateClosed ||
		    state == XenbusStateInitialising) {
			remove_device();
			return;
		}
		pause_ms(5);
	}
	die("the front end does not close", -ETIMEDOUT);
}

static void run_rounds(unsigned int rounds)
{
	for (unsigned int i = 0; i < rounds; i++) {
		if (i && i % REBORN == 0)
			remove_device();
		if (below(2))
			pause_ms(100);
		if (i % REBORN == 0)
			make_device();
		run_round();
	}
	part();
}

/* A guest that has memory at all of the carveout, while it lasts. */
static void give_memory(void)
{
	struct hv_domain domain;

	must("the domain",
	     hv_domain_get(evil.guest.hv, evil.guest.domid, &domain));
	evil.guest.baseline_pages = domain.max_pages;
	must("allowance", guest_reserve(&evil.guest, PAGES, SIZE));
	if (hv_populate(evil.guest.hv, evil.guest.domid,
			(gfn_t){ BASE >> HV_PAGE_SHIFT }, PAGES) != PAGES)
		die("populate", -ENOMEM);
}

static void take_memory(void)
{
	hv_strip(evil.guest.hv, evil.guest.domid,
		 (gfn_t){ BASE >> HV_PAGE_SHIFT }, PAGES);
	guest_release(&evil.guest, PAGES, SIZE);
}

static void open_all(hv_domid domid)
{
	must("hypervisor", hv_open(&evil.guest.hv));
	evil.guest.domid = domid;
	evil.xs = xs_open(0);
	evil.gnttab = xengnttab_open(NULL, 0);
	evil.evtchn = xenevtchn_open(NULL, 0);
	if (!evil.xs || !evil.gnttab || !evil.evtchn)
		die("xenstore, gntdev or evtchn", -errno);
	evil.front = store_path(
		"/local/domain/%u/device/" CARVEOUTIF_DEVICE "/0", domid);
	evil.back = store_path(
		"/local/domain/0/backend/" CARVEOUTIF_DEVICE "/%u/0", domid);
}

static void close_all(void)
{
	store_remove(evil.xs, XBT_NULL,
		     store_path("/local/domain/0/backend/" CARVEOUTIF_DEVICE
				"/%u",
				evil.guest.domid)
			     .text);
	xs_close(evil.xs);
	xengnttab_close(evil.gnttab);
	xenevtchn_close(evil.evtchn);
	hv_close(evil.guest.hv);
}

int main(int argc, char **argv)
{
	if (argc != 4 || !atoi(argv[1]) || !atoi(argv[3])) {
		fprintf(stderr, "usage: evil-backend DOMID ROUNDS SEED\n");
		return 2;
	}
	evil.seed = (uint64_t)atoi(argv[3]);
	open_all((hv_domid)atoi(argv[1]));
	give_memory();
	run_rounds((unsigned int)atoi(argv[2]));
	take_memory();
	close_all();
	printf("connections %u opened %u answers %u lies %u\n",
	       evil.connections, evil.opened, evil.answers, evil.lies);
	return 0;
}
