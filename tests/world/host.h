/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A whole host in one process: the real manager on the model of Xen, a
 * xenstore, event channels and grants of the tests' own, a clock that they
 * turn, a guest whose front end is a script (front.h), and an admin (dom0.h).
 * One thread, and nothing that depends on time: a run is the same each time.
 *
 * A manager dies by longjmp at a crash point.  What Linux and Xen would clean
 * up after a process is cleaned up; what it had allocated stays so, as nobody
 * can tell what of it is whole.
 */
#ifndef TESTS_WORLD_HOST_H
#define TESTS_WORLD_HOST_H

#include <setjmp.h>

#include "daemon/device.h"
#include "daemon/manager.h"
#include "daemon/tenant.h"
#include "dom0.h"
#include "front.h"
#include "hv/hv_model.h"

/* What was in memory before: of other guests, and in the pool. */
#define HOST_DIRT 0xd5

/* The carveout's place and limits, small so that thousands of runs are fast. */
#define HOST_BASE 0x100000000ULL
#define HOST_SIZE (16 * HV_PAGE_SIZE)
#define HOST_WINDOW (2 * HV_PAGE_SIZE)

/* The same behaviour on different hosts: what differs is data. */
struct host_kind {
	const char *name;
	bool pooled;
	bool scrubs; /* Xen was booted with scrub-domheap */
	const char *stanza;
	unsigned int built_for; /* Xen 4.this; 0: the one that runs */
	uint64_t pages;		/* of the host's memory; 0: few */
};

/* One of those that there are, by any number. */
const struct host_kind *host_kind(unsigned int n);

/* Something that happens to the host at a crash point. */
typedef void host_event(void);

struct host {
	const struct host_kind *kind;
	uint64_t now; /* ms */
	/* Where this is not 0, time is what the manager's calls to Xen and
	 * xenstored take, each so many us, and it does not wait for a turn. */
	unsigned int us_a_call;
	uint64_t us;	       /* of the next ms */
	char said[256];	       /* the manager, last */
	char said_at_end[256]; /* by one that ended by itself */

	struct manager manager;
	bool alive;
	bool inside;	      /* of the manager's code */
	unsigned int started; /* managers, so far */
	jmp_buf death;
	uint64_t wakes_at; /* it sleeps, until then or until something comes */

	unsigned int points; /* crash points that this manager passed */
	unsigned int at;     /* which of them it is; 0: none */
	host_event *event;   /* what happens there; NULL: it dies */
	host_event *always;  /* what else happens at each of them */
	bool happened;
	host_event *meanwhile; /* what happens while there is no manager */

	struct {
		unsigned int first;  /* which crash point this run is about */
		unsigned int second; /* where the next manager dies; 0: not */
		unsigned int step;
	} trial;

	hv_domid guest;
	struct hv_handle handle; /* of the guest */
	uint64_t max_pages; /* of the guest, before anything was attached */
	bool admin_paused;
	bool spoiled; /* somebody rewrote records: what they say is not so */
	/* The guest has put something of its own at a place in the carveout. */
	bool replaced;
	bool refills; /* with a page of its own, before each hypercall */
	uint64_t replaced_at;
	struct front front;
	struct dom0 dom0;
	struct hv_model_ledger before;
};
extern struct host host;

/* ---- the machine ---- */

/* Power on: a guest that runs, and no manager. */
void host_boot(const struct host_kind *kind);
/* Asserts that everything is back where it was.  No carveout is attached. */
void host_power_off(void);

/* A domain of 64 pages: the guest's handle, or another's. */
hv_domid host_create_domain(uint8_t handle);
/* xl destroy: what Xen and the toolstack do, and what is announced. */
void host_destroy_domain(hv_domid domid);

/* ---- the manager ---- */

/*
 * At the `at`th crash point from now on (of this manager, or of the next one)
 * the event happens, or without one, the manager dies.
 */
void host_plan(unsigned int at, host_event *event);

/* false: it died. */
bool host_start(void);
void host_stop(void);

/* ---- time ---- */

/* One turn: the manager (which may die), the guest, the admin.  A manager that
 * died is replaced by the next one, and checked. */
void host_turn(void);

/* In microseconds. */
uint64_t host_clock(void);

/* Turn until something is so; fails the test if it never is. */
void host_until(bool (*so)(void));
void host_turns(unsigned int count);

/* ---- truths ---- */

/*
 * What must hold at any moment between two turns: the guest reaches the windows
 * that the manager knows, and nothing else of a carveout; what is recorded is
 * what is so; no domain stays paused by us; freed pages hold nothing of the
 * guest's.
 */
void host_check(void);

/* The first of these, also while something goes wrong. */
void host_check_reach(void);

/* Nothing is attached: the guest may own what it could before. */
void host_check_allowance(void);

/* The content is sealed, and this image bit for bit. */
void host_check_sealed(uint8_t seed, uint64_t length);

/* The device, NULL if the manager has none. */
struct device *host_device(void);

/*
 * A test that is run for each crash point, until one finishes before what was
 * planned happened:
 *   for (host_trial(1); host_again(); host_next()) {
 * host_plan(host.trial.first, ...) ... } Every run has a host of its own, and
 * leaves no carveout.  step: only each step-th.  In the environment,
 * WORLD_AT=N: only the N-th; WORLD_EVERY=N: each N-th of those.
 */
void host_trial(unsigned int step);
bool host_again(void);
void host_next(void);

/* Runs each test on each kind of host, as cmocka tests. */
struct host_test {
	const char *name;
	void (*test)(void);
};
#define HOST_TEST(function)         \
	{                           \
#function, function \
	}
int host_run(const char *group, const struct host_test *tests, size_t count);

#endif
