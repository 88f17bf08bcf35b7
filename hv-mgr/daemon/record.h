/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What must outlive the manager, in xenstore, readable by dom0 only:
 *
 *   /hv-mgr/UUID/DOMID/           of one guest:
 *     format      of all that follows: 1
 *     pause       "ours" or "nested", while we pause it
 *     allowance   BASELINE NOW MOST, pages: what it may own without us,
 *                 what it might, and what it may since our last hypercall
 *   /hv-mgr/UUID/DOMID/N/         of its device N:
 *     stanza      how it was configured, and where it lies (stanza_format())
 *     vault       domid of its vault, if it has one; a pool and the place
 *                 in it are in the stanza
 *     state       one value, so that it changes at once:
 *                 STATE LENGTH DIGEST KEY=VALUE...
 *
 * The keys are those of struct carveout_snapshot, and for each window
 * window=SLOT:ID:OFFSET+LENGTH:STATE, where STATE is opening, open, leaving or
 * going, and ends in + if there is content under it, in ! if its bytes are
 * kept. A key that is missing has its safe value.
 *
 * xenstore lives as long as the host is up, as carveouts do.  Both keys, as
 * domids are reused, and Xen and xl let two guests have one UUID (those that
 * Xen itself makes, dom0less, all have none but zeros).
 *
 * A new key that a manager may overlook without harm, in a stanza or a state,
 * leaves the format as it is; any other change makes a new one.  What every
 * format keeps are the first two levels and the node `format`: records that
 * this manager cannot read are told by that, and left alone while their guest
 * lives.  (Before 1 there was a format without a number and a domid.)
 */
#ifndef DAEMON_RECORD_H
#define DAEMON_RECORD_H

#include "carveout/carveout.h"
#include "config/stanza.h"
#include "daemon/manager.h"
#include "daemon/store.h"

struct device;

#define RECORD_ROOT "/hv-mgr"
#define RECORD_FORMAT 1

/* "01234567-89ab-...": 36 characters and the end. */
struct uuid_text {
	char text[37];
};
struct uuid_text uuid_text(const struct hv_handle *handle);
bool uuid_parse(const char *text, struct hv_handle *handle);

/* What was recorded of one device. */
struct record {
	hv_domid domid; /* the guest's */
	unsigned int number;
	struct stanza stanza;
	hv_domid vault; /* if that is the stanza's backing */
	struct carveout_snapshot carveout;
};

struct record_allowance {
	uint64_t baseline, now, most;
};

/* Where what is recorded of a guest is. */
struct store_path record_path(const struct hv_handle *handle, hv_domid domid);

/* All return 0 or a negated errno. */
int record_make_root(struct xs_handle *xs);
int record_tenant(const struct tenant *tenant);
int record_pause(const struct tenant *tenant, bool paused);
int record_allowance(const struct tenant *tenant,
		     const struct record_allowance *allowance);
int record_load_allowance(const struct tenant *tenant,
			  struct record_allowance *allowance);
int record_device(struct device *device);
/* The state only; called often. */
int record_state(const struct device *device);
int record_forget_device(const struct device *device);
int record_forget_tenant(struct xs_handle *xs, const struct hv_handle *handle,
			 hv_domid domid);
/* Records of nobody's.  true: there may be more. */
bool record_drop_strays(struct manager *manager);

/*
 * Is there something of this guest's, or of who has its UUID, that could not be
 * read?  -EBUSY: yes.  What is recorded next could be in its way.
 */
int record_in_doubt(const struct tenant *tenant);

/* -EPROTONOSUPPORT: what is at the path is of another format, or of none. */
int record_format(struct xs_handle *xs, const char *path);

/* -EINVAL: the record makes no sense (somebody edited it). */
int record_load(struct xs_handle *xs, const struct hv_handle *handle,
		hv_domid domid, unsigned int number, struct record *record);

#endif
