/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The manager's view of the world: guests, the carveouts attached to them, and
 * the handles through which all of it is reached.
 */
#ifndef DAEMON_MANAGER_H
#define DAEMON_MANAGER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>
#include <xenstore.h>

#include "backing/guest.h"
#include "carveout/carveout.h"
#include "config/stanza.h"
#include "daemon/loop.h"
#include "hv/hv.h"

#define TENANT_NAME_MAX 127

/* Domids of guests are below (DOMID_FIRST_RESERVED). */
#define DOMIDS 0x7ff0

struct pool;
struct ring;
struct tenant;
struct connection;

/* Somebody who waits for a slow request on a device. */
struct waiter {
	struct waiter *next;
	enum carveout_request request;
	struct connection *client; /* of the control socket, or NULL: */
	bool detach;		   /* until the device is gone */
	bool again;		   /* to have its request run, which waits */
	uint64_t until;		   /* ms; 0: for as long as it takes */
	uint16_t id;		   /* the front end's request */
	uint8_t op;
};

/* One carveout attached to one guest: a xenbus device. */
struct device {
	struct device *next;
	struct tenant *tenant;
	unsigned int number; /* of the xenbus device */
	struct stanza stanza;
	struct carveout carveout;
	struct carveout_owner owner;
	hv_domid vault;	   /* stanza.backing says which of the two: */
	struct pool *pool; /* where in it: stanza.at */
	int backend_state; /* what we last wrote to our `state` node */
	bool untaken;	   /* by an earlier manager; we could not look yet */
	struct ring *ring; /* NULL: no front end is connected */
	/* The next request may be one that an earlier manager was killed over:
	 * it may have been done, but was not answered. */
	bool replay;
	bool front_lost;    /* its nodes at the guest's end are not there */
	bool detaching;	    /* it goes as soon as its windows are gone */
	bool front_pending; /* its state may have changed since we read it */
	bool ring_pending;  /* it may have requests that we have not taken */
	bool worked;	    /* its last turn went to slow work */
	uint64_t last_turn; /* as of struct tenant */
	struct waiter *waiters;
	struct connection *loader; /* client that is writing it */
};

enum turn { TURN_NONE, TURN_READY, TURN_LATER };

/* One guest that has carveouts. */
struct tenant {
	struct tenant *next;
	TAILQ_ENTRY(tenant) queue; /* which of the two: turn */
	enum turn turn;
	uint64_t turn_at;   /* ms: if it is LATER */
	uint64_t last_turn; /* a number that grows with each turn */
	uint64_t front_at;  /* ms: its front ends are not looked at before */
	uint64_t settle_at; /* ms: what was refused is tried again then */
	struct manager *manager;
	struct guest guest;
	struct hv_handle handle;
	char name[TENANT_NAME_MAX + 1];
	bool found_paused; /* by an earlier manager; not undone yet */
	struct device *devices;
};

struct pools;
struct events;

TAILQ_HEAD(tenant_queue, tenant);
struct turns {
	struct tenant_queue ready, later;
	uint64_t count; /* of turns that there were */
};

/* By domid. */
struct domids {
	struct tenant *guest[DOMIDS];
	struct device *vault[DOMIDS];
};

struct manager {
	struct hv *hv;
	struct hv_host host;
	struct xs_handle *xs;
	int companion;			 /* store_companion(), or 0 */
	struct xentoollog_logger *quiet; /* of the next two */
	struct xengntdev_handle *gnttab;
	struct events *events;
	void *buffer; /* CARVEOUT_CHUNK bytes; see struct carveout */
	struct loop loop;
	struct tenant *tenants;
	struct domids *domids;
	struct turns turns;
	struct pools *pools; /* of the host */
	/* A vault that nobody seems to own may be of a record that could not be
	 * read: none is destroyed for that. */
	bool records_doubted;
	bool forgotten; /* xenstore has lost all records: boot_check() */
	/* Something may be in our name and nobody's: a vault, nodes or a record
	 * of a carveout that there is not. */
	bool strays;
	uint64_t settle_at; /* ms; strays are looked for again then */
	bool reaping;	    /* domains are looked at, from this one on: */
	hv_domid reap_next;
	struct server *server;
	bool stop;
	/* Something is gone without which there is nothing to manage by: a
	 * negated errno, once it was logged. */
	int failed;
};

/*
 * Open everything, and take up what an earlier manager left.  Returns 0, or a
 * negated errno after it was logged.  socket_path: where the command line tool
 * finds it.  After a failure too, manager_stop().
 */
int manager_start(struct manager *manager, const char *socket_path);

/*
 * One bounded step of work for everybody.  Returns the milliseconds until there
 * is more (0: there is; -1: not before something comes), for loop_turn() to
 * wait.
 */
int64_t manager_turn(struct manager *manager);

/* Close everything; carveouts stay as they are. */
void manager_stop(struct manager *manager);

static inline unsigned long long ull(uint64_t n)
{
	return n;
}

#endif
