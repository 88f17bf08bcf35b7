/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What must outlive the manager, in the file of daemon/record_file.h, a text
 * for each guest and for each of its carveouts:
 *
 *   UUID/DOMID      FORMAT pause=PAUSE allowance=BASELINE:NOW:MOST
 *   UUID/DOMID/N    STANZA STATE LENGTH DIGEST KEY=VALUE...
 *
 * FORMAT is of both: 1.  PAUSE is "ours" or "nested" while we pause the guest,
 * or "none"; the allowance, in pages, is what it may own without us, what it
 * might, and what it may since our last hypercall (0:0:0: nothing was changed).
 * N is the device's number; STANZA how it was configured, and where it lies
 * (stanza_format()).
 *
 * The keys are those of struct carveout_snapshot, vault=DOMID if it has one (a
 * pool and the place in it are in the stanza), and for each window
 * window=SLOT:ID:OFFSET+LENGTH:STATE, where STATE is opening, open, leaving or
 * going, and ends in + if there is content under it, in ! if its bytes are
 * kept. A key that is missing has its safe value.
 *
 * Both UUID and domid, as domids are reused, and Xen and xl let two guests have
 * one UUID (those that Xen itself makes, dom0less, all have none but zeros).
 *
 * A new key that a manager may overlook without harm leaves the format as it
 * is; any other change makes a new one.  What every format keeps are the names,
 * and that a guest's text begins with a number: records that this manager
 * cannot read are told by that, and left alone while their guest lives.
 */
#ifndef DAEMON_RECORD_H
#define DAEMON_RECORD_H

#include "carveout/carveout.h"
#include "config/stanza.h"
#include "daemon/manager.h"
#include "daemon/record_file.h"

struct device;
struct tenant;

#define RECORD_FORMAT 1
#define RECORD_NO_ROOM                                    \
	"there is no room for its record in " RECORD_FILE \
	": free some of that "                            \
	"file system (df /run)"

/* Whose a record is. */
struct record_name {
	struct hv_handle handle;
	hv_domid domid;
	bool of_device;
	unsigned int number; /* the device's */
};

/* The same as a text: UUID/DOMID, or UUID/DOMID/N. */
struct record_key {
	char text[RECORD_KEY_MAX];
};
struct record_key record_key(const struct tenant *tenant);
struct record_key record_key_of_device(const struct device *device);

/* false: no manager names one so. */
bool record_name(const struct record_slot *slot, struct record_name *name);
/* Of that guest, or of a device of its? */
bool record_is_of(const struct record_slot *slot,
		  const struct hv_handle *handle, hv_domid domid,
		  struct record_name *name);
struct record_slot *record_find(const struct manager *manager,
				const struct record_name *name);

/* Of a guest. */
enum record_pause { RECORD_NOT_PAUSED, RECORD_OURS, RECORD_NESTED };
struct record_guest {
	enum record_pause pause;
	struct {
		uint64_t baseline, now, most; /* pages; all 0: none */
	} allowance;
};

/* Of a device. */
struct record {
	hv_domid domid; /* the guest's */
	unsigned int number;
	struct stanza stanza;
	hv_domid vault; /* if that is the stanza's backing */
	struct carveout_snapshot carveout;
};

/*
 * As they are now.  Returns 0 or, the first time, -ENOSPC: there is no room for
 * it where RECORD_FILE is.
 */
int record_tenant(struct tenant *tenant);
int record_device(struct device *device);

void record_forget_device(struct device *device);
/* With all of its devices'. */
void record_forget_guest(struct manager *manager,
			 const struct hv_handle *handle, hv_domid domid);

/* Is there something of this guest's that could not be read?  What is recorded
 * next could be in its way. */
bool record_in_doubt(const struct tenant *tenant);

/* -EPROTONOSUPPORT: it is of another format; -EINVAL: it makes no sense. */
int record_load_guest(const struct record_slot *slot,
		      struct record_guest *guest);
int record_load(const struct record_slot *slot, struct record *record);

#endif
