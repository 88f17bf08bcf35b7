/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A guest's front end as a state machine: one step a turn, and none while the
 * guest does not run.  It knows xenstore, its own memory, its grants and its
 * event channel, and nothing of the manager; it looks at the ring only when it
 * was notified, so that a notification that is missing is a hang.
 */
#ifndef TESTS_WORLD_FRONT_H
#define TESTS_WORLD_FRONT_H

#include <stdbool.h>
#include <stdint.h>

#include "carveoutif.h"
#include "hv/hv.h"

#define FRONT_SEEDS 4

/* Windows that it has open at once. */
#define FRONT_SLOTS 2

enum front_link {
	FRONT_ABSENT, /* the module is not loaded */
	FRONT_WAITS,  /* Initialising: for a back end that waits for it */
	FRONT_OFFERS, /* Initialised */
	FRONT_CONNECTED,
	FRONT_LEAVES, /* Closing, before it is unloaded */
	/* In the hands of Linux' xenbus, drivers/xen/xenbus/: */
	FRONT_POWERS_OFF, /* xenbus_frontend_dev_shutdown() */
	FRONT_IS_CLOSING, /* these three: xenbus_reset_frontend() */
	FRONT_IS_CLOSED,
	FRONT_IS_NEW,
};

enum front_load {
	FRONT_IDLE,
	FRONT_LOADS,
	FRONT_SEALS,
	FRONT_RESETS,  /* a load failed; the next begins with this */
	FRONT_QUERIES, /* the reset was refused: is it sealed? */
	FRONT_SEALED,
};

enum front_slot_state {
	SLOT_FREE,
	SLOT_WANTS, /* a piece, but no window yet */
	SLOT_OPENS,
	SLOT_OPEN,
	SLOT_CLOSES, /* or its bytes are put */
};

struct front_slot {
	enum front_slot_state state;
	unsigned int piece;
	uint32_t window;
	bool filled;
};

struct front {
	hv_domid domid;
	enum front_link link;
	uint64_t base, size;
	uint32_t window_max;

	unsigned int epoch;    /* kernels that ran: each has pages of its own */
	uint64_t since;	       /* ms: xenbus waits for the back end's state */
	unsigned int timeouts; /* it gave up waiting, so often */
	uint32_t port;
	uint32_t req_prod, rsp_cons;
	uint8_t in_flight[256]; /* op of a request by its id, 0: none */
	uint8_t slot_of[256];
	uint64_t sent_at[256]; /* us, by id */
	uint64_t slowest;      /* us that an answer has taken */
	uint16_t next_id;
	unsigned int flying;

	enum front_load load;
	uint8_t seed; /* of the image's bytes */
	uint64_t length;
	unsigned int next_piece;
	bool plain;	   /* no window over what was committed before */
	bool puts;	   /* no windows at all: bytes out of its own pages */
	unsigned int hold; /* windows from this piece on stay open */
	struct front_slot slots[FRONT_SLOTS];
	/* Done to a window's first page before it is closed, until it works. */
	bool (*before_close)(uint64_t gpa);
	uint64_t again_at; /* was told to try later */

	bool idle; /* keeps its connection, and leaves the ring to others */
	unsigned int connections; /* made so far */
	unsigned int failures;	  /* loads that failed, so far */
	int error;		  /* of the last one: negated errno */
	unsigned int asked;	  /* for windows back, so far */
	unsigned int deaths;	  /* windows that were gone when touched */
};

/* The module is loaded (again), in a guest that was booted. */
void front_boot(hv_domid domid);
void front_unload(void);

/* Its kernel goes down, the module in it, until the back end has let go of it;
 * and another is started in its place, after that or without it (kdump). */
void front_power_off(void);
void front_kexec(void);

/* Load an image: the first bytes of front_image(seed). */
void front_begin(uint8_t seed, uint64_t length);
/* HOST_SIZE bytes, of seeds from 1. */
const uint8_t *front_image(uint8_t seed);

void front_step(void);

/* From now on tests write its pages: octets into the shared page (0) or a
 * directory (1 and on); a request in its place, with a notification; junk to
 * all of the carveout that it reaches, with grants of that. */
void front_idle(void);
void front_scribble(unsigned int page, size_t offset, const void *bytes,
		    size_t length);
void front_push(const struct carveoutif_request *request);
void front_fill_all(void);

/* It has a window there, and was not told that it is to go. */
bool front_may_touch(uint64_t offset);

/* At each hypercall: whatever the guest reaches of the carveout is blank or its
 * own, as another of its vCPUs would see it. */
void front_spy(void);

#endif
