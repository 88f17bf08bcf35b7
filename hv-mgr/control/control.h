/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * control.h - what the command line tool and the running daemon say to each
 * other, over a Unix stream socket that only root may open.
 *
 * One message:
 *
 *   uint32_t json_length   1..CONTROL_JSON_MAX, host byte order
 *   uint32_t data_length   0..CONTROL_DATA_MAX
 *   char     json[json_length]
 *   uint8_t  data[data_length]
 *
 * The client sends a request, the daemon answers with one reply, after any
 * number of progress messages.  A client may send its next request after that.
 *
 * Requests: { "command": ..., and: }
 *   info      nothing
 *   status    domain, name: both optional
 *   attach    domain, specs: an array of carveout stanzas (config/stanza.h).
 *             All are attached or none
 *   detach    domain, name: optional, all of the domain's
 *   write     domain, name, offset; data: the bytes.  If the client goes away
 *             before it sealed, the load is aborted
 *   keep      domain, name: the load stays as it is when this client goes
 *   seal      domain, name; length: optional, default the end of what was
 *             written; sha256: optional, 64 hex digits that it must have
 *   revoke    domain, name, now: optional boolean, no grace for the guest
 *   reset     domain, name
 *   read      domain, name, offset, length (at most CONTROL_DATA_MAX); the
 *             reply carries the bytes as data
 * domain is a string: a domid, or a name as xl knows it.  Numbers are JSON
 * integers, in bytes.
 *
 * Replies:
 *   { "ok": true, ... }     with "carveouts": [ ... ] for status, attach, seal,
 *                           revoke and reset: the carveouts concerned, after it
 *   { "ok": false, "errno": 16, "error": "what failed, why, what to do" }
 *   { "progress": { "work": "scrub", "position": 1, "end": 2 } }
 *
 * info replies with: version, pid, xen ("4.17"), scrubs_freed_pages,
 * hypercalls, free_bytes.
 *
 * A carveout:
 *   domid, domain (name), uuid, device (number), name, state ("LOADING"),
 *   connected (the guest's driver is), writer ("guest", "dom0" or null),
 *   base, size, window, windows (limit), windows_open, written, length,
 *   sha256 (null unless SEALED), expected_size (null if not known),
 *   guest_reset, backing ("vault"), vault (its domid),
 *   work (null, "scrub", "trim" or "measure"), position, end,
 *   errno (0 or positive), error (null or a sentence), counters: { ... }
 */
#ifndef CONTROL_CONTROL_H
#define CONTROL_CONTROL_H

#include <json-c/json.h>
#include <stddef.h>
#include <stdint.h>

#define CONTROL_SOCKET "/run/hv-mgr.sock"
#define CONTROL_JSON_MAX (256U << 10)
#define CONTROL_DATA_MAX (1U << 20)

struct control_message {
	struct json_object *json; /* owned */
	uint8_t *data;		  /* owned, wiped when freed; NULL if none */
	uint32_t data_length;
};

void control_message_free(struct control_message *message);

/*
 * Find one message at the start of buffer.  Returns its length in octets, 0 if
 * it is not complete yet, -EPROTO if it never will be (lengths out of
 * bounds, not JSON, not an object), -ENOMEM.
 */
long control_decode(const void *buffer, size_t length,
		    struct control_message *message);

/*
 * A message as octets, in a buffer that the caller wipes and frees.  Returns
 * its length, or -ENOMEM, -EMSGSIZE.
 */
long control_encode(struct json_object *json, const void *data,
		    uint32_t data_length, void **buffer);

#endif
