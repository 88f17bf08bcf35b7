/* SPDX-License-Identifier: GPL-2.0-only */
/* Where a device's content is: what differs between vault and pool. */
#ifndef DAEMON_CONTENT_H
#define DAEMON_CONTENT_H

#include "backing/backing.h"
#include "daemon/device.h"
#include "daemon/record.h"

/*
 * Make the place.  *blank: it is known to hold zeros.  Returns 0, or a negated
 * errno, with the end of a sentence in why, or an empty one where the errno
 * says it.  Frees nothing of the device on failure, and leaves nothing.
 */
int content_create(struct device *device, struct backing **backing, bool *blank,
		   struct sentence why);

/* Take up the place of an earlier manager.  -ESRCH, -ENOENT: it is gone. */
int content_adopt(struct device *device, const struct record *record,
		  struct backing **backing);

/*
 * The place is gone: take away what windows the guest may still have on it.
 * (In a pool they cannot be told from others': see pools_suspect().)
 */
void content_withdraw_lost(const struct device *device,
			   const struct record *record);

/* The device goes: its vault, if there is one, is nobody's. */
void content_disown(struct device *device);

/* It was to be destroyed, and is there all the same. */
bool content_is_left(const struct device *device);

/* Tell xenstore what it is to know of it; and forget that. */
int content_publish(struct device *device);
void content_unpublish(const struct device *device);

/* Pages that the guest may own beyond its own, for this device's windows. */
uint64_t content_guest_pages(const struct stanza *stanza);

/* "vault 5" or "pool0 at 0x48000000", for messages. */
struct content_text {
	char text[80];
};
struct content_text content_text(const struct device *device);

#endif
