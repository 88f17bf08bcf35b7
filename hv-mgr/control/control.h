/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * control.h - what the command line tool and the running daemon say to each
 * other, over a Unix stream socket that only root may open.
 *
 * One message:
 *
 *   uint32_t json_length   host byte order; 1..CONTROL_REQUEST_MAX of a
 *                          request, 1..CONTROL_REPLY_MAX of a reply
 *   uint32_t data_length   0..CONTROL_DATA_MAX
 *   char     json[json_length]
 *   uint8_t  data[data_length]
 *
 * The client sends a request, the daemon answers with one reply, after any
 * number of progress messages.  A client may send its next request after that.
 *
 * The JSON is UTF-8.  Names of domains need not be: what is no UTF-8 of them
 * becomes U+FFFD on the way, and such a domain is called by its domid.
 *
 * Neither side waits for the other for ever.  The daemon hangs up on a client
 * that neither sends the rest of a request nor takes its reply for
 * CONTROL_STALL_MS.  A client gives up on a daemon that says nothing for
 * CONTROL_SILENCE_MS: one that works on a request tells its progress.
 *
 * Requests: { "command": ..., and: }
 *   info      nothing
 *   status    domain, name: both optional
 *   attach    domain, specs: an array of carveout stanzas (config/stanza.h).
 *             All are attached or none
 *   detach    domain, and name, or all: true; now: optional boolean, no grace
 *             for the guest
 *   write     domain, name, offset; data: the bytes.  At offset 0 a load
 *             begins; it is this connection's, and nobody else may go on with
 *             it.  If the client goes away before it sealed, the load is
 *             aborted
 *   keep      domain, name: the load stays as it is when this client goes
 *   seal      domain, name; length: optional, default the end of what was
 *             written; CARVEOUTIF_DIGEST: optional, the hex digits that it
 *             must have; mine: optional boolean, only what this connection has
 *             loaded.  Never what another connection is loading
 *   revoke    domain, name, now: optional boolean, no grace for the guest.
 *             ETIMEDOUT: the windows are not gone; it is tried again
 *   reset     domain, name
 *   read      domain, name, offset, length (at most CONTROL_DATA_MAX); the
 *             reply carries the bytes as data
 *   pool-list nothing
 *
 * write at offset 0, and seal, wait for a carveout that is being scrubbed or
 * measured.
 * domain is a string, and means what it means to xl: digits are a domid, all
 * else the name that a domain has in xenstore at that moment.  Numbers are JSON
 * integers, in bytes.
 *
 * Replies:
 *   { "ok": true, ... }     with "carveouts": [ ... ] for status, attach, seal,
 *                           revoke and reset: the carveouts concerned, after it
 *   { "ok": false, "errno": 16, "error": "what failed, why, what to do" }
 *   { "progress": { "work": "scrub", "position": 1, "end": 2 } }
 *
 * A reply that cannot be made is a refusal, too.
 *
 * info replies with: version, pid, xen ("4.17"), built_for_xen,
 * scrubs_freed_pages, hypercalls, free_bytes, address_bits (of the host; 0 on
 * arm64).
 *
 * The fields of a carveout, and those of pool-list's reply, are listed where
 * they are made: daemon/report.c.
 */
#ifndef CONTROL_CONTROL_H
#define CONTROL_CONTROL_H

#include <json-c/json.h>
#include <stddef.h>
#include <stdint.h>

#define CONTROL_SOCKET "/run/hv-mgr.sock"
#define CONTROL_REQUEST_MAX (256U << 10)
#define CONTROL_REPLY_MAX (64U << 20) /* of 100 000 carveouts */
#define CONTROL_DATA_MAX (1U << 20)

#define CONTROL_STALL_MS 30000
#define CONTROL_SILENCE_MS 120000

struct control_message {
	struct json_object *json; /* owned */
	uint8_t *data;		  /* owned, wiped when freed; NULL if none */
	uint32_t data_length;
};

void control_message_free(struct control_message *message);

/*
 * Find one message at the start of buffer.  json_max: CONTROL_REQUEST_MAX or
 * CONTROL_REPLY_MAX.  Returns its length in octets, 0 if it is not complete
 * yet, -EPROTO if it never will be (lengths out of bounds, not JSON, not an
 * object), -ENOMEM.
 */
long control_decode(const void *buffer, size_t length, uint32_t json_max,
		    struct control_message *message);

/*
 * A message as octets, in a buffer that the caller wipes and frees.  Returns
 * its length, or -ENOMEM, -EMSGSIZE.
 */
long control_encode(struct json_object *json, const void *data,
		    uint32_t data_length, uint32_t json_max, void **buffer);

#endif
