/* SPDX-License-Identifier: GPL-2.0-only */
/* A carveout that is attached to a guest, with all that it has on the host. */
#ifndef DAEMON_DEVICE_H
#define DAEMON_DEVICE_H

#include "carveout/carveout.h"
#include "config/stanza.h"
#include "daemon/ring.h"
#include "hv/hv.h"
#include "judge/question.h"

/* The end of a sentence, as a process that reads certificates may say it. */
#define VERDICT_MAX JUDGE_WHY_MAX

struct connection;
struct examination;
struct pool;
struct record_slot;
struct tenant;
struct waiter;

/* One carveout attached to one guest: a xenbus device. */
struct device {
	struct device *next;
	struct tenant *tenant;
	unsigned int number;	    /* of the xenbus device */
	struct record_slot *record; /* NULL: it is not recorded yet */
	struct {
		/* As the measured log has it (0: not yet), and as it would if
		 * nothing was left out. */
		enum carveout_state state, seen;
		uint64_t number; /* of its last entry there */
	} logged;
	struct stanza stanza;
	struct carveout carveout;
	struct carveout_owner owner;
	hv_domid vault;	   /* stanza.backing says which of the two: */
	struct pool *pool; /* where in it: stanza.at */
	int backend_state; /* what we last wrote to our `state` node */
	bool untaken;	   /* by an earlier manager; we could not look yet */
	bool refused;	   /* its front end; our `error` node says why */
	struct ring *ring; /* NULL: no front end is connected */
	bool connecting;   /* one is: so many nodes of it are read */
	unsigned int nodes_read;
	struct ring_address address;
	/* The next request may be one that an earlier manager was killed over:
	 * it may have been done, but was not answered. */
	bool replay;
	bool front_lost;    /* its nodes at the guest's end are not there */
	bool detaching;	    /* it goes as soon as its windows are gone */
	bool front_pending; /* its state may have changed since we read it */
	bool ring_pending;  /* it may have requests that we have not taken */
	bool worked;	    /* its last turn went to slow work */
	uint64_t last_turn; /* what its tenant had spent then */
	struct waiter *waiters;
	struct connection *loader;	 /* client that is writing it */
	struct examination *examination; /* NULL: there is none */
	char verdict[VERDICT_MAX];	 /* why its last load was rejected */
};

/*
 * Of a tenant, with nothing to it yet.  stanza->gpa: where it lies, chosen by
 * now.  NULL: out of memory.
 */
struct device *device_new(struct tenant *tenant, unsigned int number,
			  const struct stanza *stanza);

/* The struct alone, and whoever waited for it is told. */
void device_free(struct device *device);

/*
 * Everything that a new one has: content, record, nodes.  Returns 0, or a
 * negated errno with nothing left, and the end of a sentence in why, or an
 * empty one where the errno says it.
 */
int device_build(struct device *device, struct sentence why);

/*
 * Everything of a device, and the device; the guest may be gone already.
 * Frames of a pool that it may still have must not be given out, by the next
 * manager neither: their record stays.
 */
void device_dismantle(struct device *device);

/* Its vault may be gone: then its carveout has FAILED. */
void device_check_vault(struct device *device);

/* Tell the front end that dom0 changed the carveout's state. */
void device_state_changed(struct device *device);

#endif
