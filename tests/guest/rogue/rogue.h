/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * rogue - a front end for carveouts that keeps to no rule.  It has the place
 * of xen-carveout.ko: one of the two is loaded.
 *
 * A link is one carveout's connection: pages, grants and event channel of its
 * own, polled, with nothing between an attack and the shared page.
 */
#ifndef ROGUE_H
#define ROGUE_H

#include <linux/types.h>
#include <xen/grant_table.h>
#include <xen/interface/io/ring.h>
#include <xen/xenbus.h>

#include "carveoutif.h"

DEFINE_RING_TYPES(carveoutif, struct carveoutif_request,
		  struct carveoutif_response);

#define RING_ENTRIES ((u32)__CONST_RING_SIZE(carveoutif, CARVEOUTIF_RING_BYTES))
#define PAGE CARVEOUTIF_PAGE_SIZE

/* What the carveouts that are attacked must be: the tables are made for it. */
#define MODEM_SIZE (16ULL << 20)
#define MODEM_WINDOW (256U << 10)
#define MODEM_WINDOWS 2

struct link {
	struct xenbus_device *dev; /* NULL: there is no such device */
	struct carveoutif_sring *ring;
	u32 *directory; /* of every slot */
	grant_ref_t ring_ref, directory_ref;
	evtchn_port_t port;
	u32 prod, cons; /* of the ring */
};

/* By number of the xenbus device: the one most attacks go for, another, and all
 * that a guest can have, for those that take what there is. */
enum { MODEM, SPARE, LINKS, LINKS_MAX = 16 };
extern struct link links[LINKS_MAX];

/* ---- link.c ---- */

int link_make(struct link *link, struct xenbus_device *dev);
void link_unmake(struct link *link);

/*
 * Connect as the protocol says, whatever was before, with a ring that begins
 * anew.  -ECONNREFUSED: the back end went to Closed; -ETIMEDOUT: it did
 * nothing.  link_connect_by() gives it another reference than the link's own.
 */
int link_connect(struct link *link);
int link_connect_by(struct link *link, grant_ref_t ring_ref);

/* Let the back end unmap everything.  -ETIMEDOUT: it did not. */
int link_close(struct link *link);

/* The back end comes to be in `state`. */
bool link_becomes(struct link *link, enum xenbus_state state);

/* One of our nodes. */
int link_write(struct link *link, const char *node, u32 value);

/* Let the directory name one page for each of a window: a PUT takes them. */
void link_list(struct link *link, grant_ref_t ref);

/* Put `count` requests on the ring at once, and notify. */
void link_push(struct link *link, const struct carveoutif_request *requests,
	       unsigned int count);
/* The next answer; -ETIMEDOUT: there was none in time. */
int link_take(struct link *link, struct carveoutif_response *response);
/* One request, one answer: its status, or -ETIMEDOUT. */
int link_ask(struct link *link, const struct carveoutif_request *request,
	     struct carveoutif_response *response);

/* ---- requests ---- */

#define QUERY                             \
	{                                 \
		.op = CARVEOUTIF_OP_QUERY \
	}
#define RESET                             \
	{                                 \
		.op = CARVEOUTIF_OP_RESET \
	}
#define ABORT                             \
	{                                 \
		.op = CARVEOUTIF_OP_ABORT \
	}
#define OPEN(offset_, length_, mode_, slot_)     \
	{                                        \
		.op = CARVEOUTIF_OP_OPEN,        \
		.u.open = { .offset = (offset_), \
			    .length = (length_), \
			    .mode = (mode_),     \
			    .slot = (slot_) },   \
	}
#define CLOSE(window_, how_, used_)               \
	{                                         \
		.op = CARVEOUTIF_OP_CLOSE,        \
		.u.close = { .window = (window_), \
			     .how = (how_),       \
			     .used = (used_) },   \
	}
#define SEAL(length_, flags_)                                         \
	{                                                             \
		.op = CARVEOUTIF_OP_SEAL,                             \
		.u.seal = { .length = (length_), .flags = (flags_) }, \
	}

#define PUT(offset_, length_, directory_)               \
	{                                               \
		.op = CARVEOUTIF_OP_PUT,                \
		.u.put = { .offset = (offset_),         \
			   .length = (length_),         \
			   .directory = (directory_) }, \
	}

#define W CARVEOUTIF_MODE_WRITE
#define RW CARVEOUTIF_MODE_READ_WRITE
#define COMMIT CARVEOUTIF_HOW_COMMIT
#define DISCARD CARVEOUTIF_HOW_DISCARD

/* ---- main.c ---- */

/* What came of the attack, for who reads the module's `result`. */
__printf(1, 2) void tell(const char *format, ...);

/* For this many seconds: the parameter `seconds`. */
bool time_left(u64 *deadline); /* *deadline 0: begins now */

/* The parameter `seed`, and what follows from it.  Each thread has its own. */
u64 seed_of(unsigned int thread);
u32 roll(u64 *state);

/* ---- the attacks ---- */

int attack_table(void);
int attack_foreign(void);

int attack_indices(void);
int attack_replay(void);

int attack_flip(void);
int attack_flood(void);
int attack_pour(void);
int attack_hold(void);

int attack_storm(void);
int attack_watches(void);
int attack_churn(void);
int attack_vanish(void);

int attack_balloon(void);
int attack_twins(void);
int attack_nest(void);

int attack_swarm(void);

#endif
