/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The manager: what there is one of in the daemon, and the handles through
 * which it reaches everything.
 */
#ifndef DAEMON_MANAGER_H
#define DAEMON_MANAGER_H

#include <stdbool.h>
#include <stdint.h>
#include <xenstore.h>

#include "carveout/scratch.h"
#include "daemon/loop.h"
#include "daemon/record_file.h"
#include "daemon/trail_file.h"
#include "daemon/turns.h"
#include "hv/hv.h"

/* Domids of guests are below (DOMID_FIRST_RESERVED). */
#define DOMIDS 0x7ff0

struct device;
struct events;
struct pools;
struct tenant;

/* By domid. */
struct domids {
	struct tenant *guest[DOMIDS];
	struct device *vault[DOMIDS];
};

struct manager {
	struct hv *hv;
	struct hv_host host;
	struct record_file records;
	struct trail_file trail; /* the measured log */
	struct xs_handle *xs;
	int connection;			 /* of store_open(), or 0 */
	struct xentoollog_logger *quiet; /* of the next two */
	struct xengntdev_handle *gnttab;
	struct events *events;
	struct scratch scratch;
	struct loop loop;
	struct tenant *tenants;
	struct domids *domids;
	struct turns turns;
	struct pools *pools; /* of the host */
	/* A vault that nobody seems to own may be of a record that could not be
	 * read: none is destroyed for that. */
	bool records_doubted;
	bool forgotten; /* all records are lost: boot_check() */
	/* Something may be in our name and nobody's: a vault, or nodes of a
	 * carveout that there is not. */
	bool strays;
	uint64_t settle_at; /* ms; strays are looked for again then */
	bool reaping;	    /* domains are looked at, from this one on: */
	hv_domid reap_next;
	struct server *server;
	struct {
		int fd;		/* of judge_start() */
		uint64_t last;	/* number that was given */
		uint64_t asked; /* what is being answered; 0: nothing */
		bool waiting;	/* something may be to be asked */
	} judge;
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
