/* SPDX-License-Identifier: GPL-2.0-only */
/* Guests that have carveouts: attaching, detaching, and their end. */
#ifndef DAEMON_TENANT_H
#define DAEMON_TENANT_H

#include <stddef.h>
#include <sys/queue.h>

#include "backing/guest.h"
#include "config/stanza.h"
#include "daemon/manager.h"
#include "daemon/record.h"

struct device;

#define TENANT_NAME_MAX 127

enum turn { TURN_NONE, TURN_READY, TURN_LATER };

/* One guest that has carveouts. */
struct tenant {
	struct tenant *next;
	TAILQ_ENTRY(tenant) queue; /* which of the two: turn */
	enum turn turn;
	uint64_t turn_at;   /* ms: if it is LATER */
	uint64_t spent;	    /* us, about: its turns; grows with each */
	uint64_t front_at;  /* ms: its front ends are not looked at before */
	uint64_t looked_ms; /* how long they were, since the last rest */
	uint64_t settle_at; /* ms: what was refused is tried again then */
	struct manager *manager;
	struct guest guest;
	struct hv_handle handle;
	char name[TENANT_NAME_MAX + 1];
	struct record_slot *record;   /* NULL: it is not recorded yet */
	struct record_guest recorded; /* what is there */
	struct {		      /* of the measured log */
		uint64_t since;	      /* ms */
		unsigned int entries; /* since then */
		uint64_t left_out;
	} trail;
	uint64_t asked;	   /* number of the last question about its images */
	bool found_paused; /* by an earlier manager; not undone yet */
	struct device *devices;
};

struct tenant *tenant_find(struct manager *manager, hv_domid domid);
/* It may reach what it should not: carveout_exposed(). */
bool tenant_is_exposed(const struct tenant *tenant);
struct device *tenant_device(struct tenant *tenant, const char *name);

/*
 * Attach carveouts to a domain, all or none.  Returns 0 or a negated errno with
 * a sentence in error.
 */
int tenant_attach(struct manager *manager, hv_domid domid,
		  const struct stanza *stanzas, size_t count,
		  struct sentence error);

/*
 * Begin to detach a device: windows are asked back, with a front end's grace or
 * (at_once) without, and no new one is opened.  tenant_finish_detach() does the
 * rest when they are gone: the connection ends, nodes go, content is freed
 * scrubbed.  The device may be freed then, and the tenant with its last one.
 */
void tenant_detach(struct device *device, bool at_once);
void tenant_finish_detach(struct device *device);
/* There is something to finish. */
bool tenant_is_detached(const struct device *device);

/* If the guest is gone, release what belongs to it; the tenant is freed. */
void tenant_release_if_gone(struct tenant *tenant);

/*
 * Is this still the guest that had this UUID, and has it not come to its end?
 * One that has shut down keeps its memory until it is destroyed, and its
 * carveouts are released all the same; to the backing it is a guest like others
 * as long as Xen has not begun to take it apart (guest_is_gone()).
 */
bool tenant_lives(const struct hv_domain *domain,
		  const struct hv_handle *handle);

/* Free everything of this process, and leave the carveouts to the next. */
void tenant_hand_over_all(struct manager *manager);

/* ---- for recover.c ---- */

struct tenant *tenant_new(struct manager *manager,
			  const struct hv_domain *domain);
void tenant_free_if_empty(struct tenant *tenant);

#endif
