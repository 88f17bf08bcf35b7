/* SPDX-License-Identifier: MIT */
/*
 * carveoutif.h - the protocol between a guest's carveout driver (front end)
 * and the carveout manager in dom0 (back end), versions 1 and 2.
 *
 * A carveout is a named, page-aligned range of a guest's physical addresses
 * with no memory behind it.  The front end opens windows (parts of it that
 * have memory for a while), fills them and closes them; the back end takes
 * the bytes over.  Who has no use for a place to write at, as an image comes in
 * order, puts bytes out of pages of its own instead (version 2).  A seal ends
 * the loading and measures the content.
 *
 * This comment is the specification.  Both sides, the tests and the fuzzers
 * include this file; nothing in it depends on Xen's own headers, but the
 * ring area is laid out so that DEFINE_RING_TYPES() of Xen's public/io/ring.h
 * describes it, and both sides use those macros on it.
 *
 * 1. XENSTORE NODES
 * =================
 * One device of type "carveout" a carveout.  <F> is the front end's domid, <B>
 * the back end's, <N> the device number.
 *
 * Back end, /local/domain/<B>/backend/carveout/<F>/<N>/, written by the
 * manager before the guest runs, read-only for the guest:
 *
 *   frontend, frontend-id, online, state   as for every xenbus device
 *   versions        comma-separated protocol versions spoken here: "1,2"
 *   name            the carveout's name, [a-z0-9][a-z0-9_-]{0,30}
 *   base            guest-physical address of its first byte, decimal
 *   size            bytes, decimal, a multiple of 4096
 *   window-max      largest window in bytes, decimal, a multiple of 4096,
 *                   at most CARVEOUTIF_WINDOW_MAX
 *   windows-max     windows that may be open at once, 1..CARVEOUTIF_SLOTS
 *   memory          "normal": map windows cacheable.  "device": windows are
 *                   Device memory, however they are mapped: aligned accesses
 *                   only (ioremap(), memcpy_toio()); they cannot be granted,
 *                   and the back end needs no grants of them (5.).  A front
 *                   end refuses a value that it does not know
 *   verdict         where content has to be verified: what became of the last
 *                   that was to be sealed, "verified", or "rejected: " and a
 *                   sentence.  Whether that is there still, QUERY tells
 *   expected-size   optional, bytes, decimal: a stream of any other length is
 *                   not the whole image and must not be sealed
 *   evidence        optional: where it is there, a seal has to bring evidence (6.)
 *   format          optional: what images are loaded as.  "auto", as if it were
 *                   missing: by content, where it can be read in any order.
 *                   "raw": as they are.  "elf": by an ELF image's headers, and
 *                   nothing else.  "mbn": the same, if it has a hash segment of
 *                   Qualcomm's.  A front end refuses a value that it does not
 *                   know.  One that overlooks the node loads all as it is
 *
 * Front end, /local/domain/<F>/device/carveout/<N>/:
 *
 *   backend, backend-id, state   as for every xenbus device
 *   version         the one version of `versions` that it speaks
 *   ring-ref        grant reference of the shared page (4.)
 *   event-channel   port of an unbound event channel for the back end
 *   slot-ref-<S>    for each slot S in 0..windows-max-1: grant reference
 *                   (read-only is enough) of that slot's directory page (5.)
 *
 * 2. STATES
 * =========
 *   front end                              back end
 *   ---------                              --------
 *                                          Initialising
 *                                            | write its nodes
 *                                          InitWait
 *   Initialising
 *     | request the address range, check
 *     | the nodes, write its own
 *   Initialised                 --------->   | check version, map ring and
 *                                            | directories, bind the channel
 *   Connected                   <---------  Connected
 *     ...                                    ...
 *   Closing (windows unmapped)  --------->   | withdraw windows, unmap
 *                               <---------  Closing
 *   Closed                      --------->  Closed
 *     | a new front end, or this
 *     | one begins again
 *   Initialising                --------->  InitWait
 *
 * Either end may begin the closing.  The back end is in Closing until the
 * front end says Closed (or Initialising), and then in Closed until that says
 * Initialising: whoever watches it, as Linux' xenbus does at power-off and
 * after kexec, sees each of them.
 * A front end that finds the back end in any other state waits.  A front end
 * that cannot connect (no version of `versions`, no address range) reports it
 * and goes to Closed.
 * A back end that cannot accept what a front end wrote puts one sentence in
 * its node `error` and goes to Closed.
 *
 * 3. RECOVERY
 * ===========
 * Front end gone (module unloaded, crashed, kexec'ed): the back end withdraws
 * every window; content of a carveout that was not sealed is scrubbed.
 * So it is for a guest that is reset in its place, with its memory and its
 * domid (SHUTDOWN_soft_reset: kexec in an HVM guest on x86): the toolstack
 * removes all of its nodes, and the back end writes its own again when the
 * guest is introduced to xenstored anew.  (Of a PVH guest libxl makes no such
 * reset, and xl destroys it instead: its carveouts go with it.)
 * Back end gone (manager restarted): the next one finds both ends Connected,
 * maps the same pages, binds the same port and goes on: windows stay open, and
 * requests that were not answered are answered; the front end notices a delay,
 * and perhaps a notification for nothing.  So requests are taken and answered
 * one by one, in order.  One that was under way may be done twice: an OPEN of a
 * slot that has a window begins with taking that away; a CLOSE of the window
 * closed last, or a SEAL to what is SEALED already, succeeds again; a PUT takes
 * the same bytes once more, so that its pages stay as they are until it is
 * answered.
 * A back end that cannot go on (the front end's nodes do not fit any more)
 * goes to Closing; the front end drops its windows at that (they are
 * withdrawn), fails what was in flight with -EPIPE, and goes by way of Closed
 * to Initialising, to connect again.  What was sealed stays sealed.
 *
 * 4. THE SHARED PAGE
 * ==================
 *   from octet                   to before
 *   0                            CARVEOUTIF_SCRATCH_OFFSET  ring.h shared
 *                                ring: requests and responses, 64 octets each
 *   CARVEOUTIF_SCRATCH_OFFSET    CARVEOUTIF_RING_BYTES      the back end's
 *                                own, for the next back end (3.)
 *   CARVEOUTIF_EVENTS_OFFSET     4096                       struct
 *                                carveoutif_events, written by the back end
 *
 * All fields are little-endian.  Whoever reads copies an entry once, checks the
 * copy and uses the copy.  Reserved fields are zero when sent and checked when
 * received: a request with any other value gets -EINVAL.
 *
 * A front end pairs responses with requests by `id`, and never has more
 * requests outstanding than the ring has entries.  A ring whose indices jump by
 * more than that is broken: the back end withdraws the windows and closes the
 * connection.
 *
 * 5. WINDOWS AND SLOTS
 * ====================
 * OPEN names a slot that has no window.  While a window is open its pages
 * lie at base + offset.  Before CLOSE (commit) the front end writes to the
 * slot's directory page one 32-bit grant reference a page, in order: grants of
 * the window's pages to the back end's domain, read-only.  The back end copies
 * from them and maps none of them.  They may be ended after the CLOSE was
 * answered.  Where the back end does not need them, it ignores them.
 *
 * A front end must not touch a window after it has sent its CLOSE.  On arm64 a
 * touch of what is not there kills the toucher, also in kernel mode: there is
 * no way to probe.  On x86 reads give all ones and writes vanish: what is not
 * there cannot be told from content.
 *
 * 6. REQUESTS (64 octets)
 * =======================
 *      0        1        2        3        4        5        6        7   octet
 *  +--------+--------+--------+--------+--------+--------+--------+--------+
 *  |       id        |   op   |                 reserved                   | 0
 *  +--------+--------+--------+--------+--------+--------+--------+--------+
 *  |                      by operation, 56 octets                          | 8
 *  +-----------------------------------------------------------------------+
 *
 * OPEN: give me a window.
 *  |                              offset                                   | 8
 *  |                              length                                   | 16
 *  |  mode  |  slot  |                    reserved                         | 24
 *   offset, length: bytes, multiples of 4096; length 4096..window-max.
 *   mode: WRITE: the window is blank.  READ_WRITE: it shows what was committed.
 *   Answer: gpa, window id.
 *   -EINVAL alignment, length, mode or slot out of bounds; reserved not zero
 *   -ENOSPC the window would reach beyond the carveout: the image is too large
 *   -EBUSY  the slot has a window, the range overlaps an open window, dom0
 *           writes the carveout, or work on it is still going on
 *   -EPERM  sealed              -ECANCELED failed, revoked, or reset by dom0
 *           while a load of the guest's was under way: RESET first
 *   -ENOMEM the host or this guest's allowance has no pages: try later
 *
 * CLOSE: done with a window.
 *  |              window               |  how   |        reserved          | 8
 *  |                               used                                    | 16
 *   window: id of OPEN's answer.  how: COMMIT takes the window's first `used`
 *   bytes (0..length) as content, and zeros for the rest of it; DISCARD takes
 *   nothing (`used` is 0) and leaves what was committed there before.
 *   Answer: committed, the bytes taken.  Any answer other than -EINVAL and
 *   -ENOENT means that the window is gone.
 *   -ENOENT no such window      -EINVAL how or used; reserved not zero
 *   -ECANCELED it was revoked, or the load FAILED
 *   -EFAULT its pages could not be taken: the guest removed or replaced them;
 *           the carveout is FAILED
 *
 * PUT (version 2): take these bytes as content; there is no window.
 *  |                              offset                                   | 8
 *  |             length                |            directory              | 16
 *   offset: bytes, a multiple of 4096.  length: 0..window-max.  directory: grant
 *   reference of a page that lists, as 32-bit numbers in order, one grant
 *   reference for each page of the bytes; all of them to the back end's domain,
 *   read-only is enough.  The back end copies from them and maps none of them,
 *   until it has answered.  What is left of the last page becomes zeros.
 *   With length 0 a load begins, and the directory is not looked at.
 *   Answer: committed, the bytes taken.
 *   -EINVAL alignment or length; reserved not zero
 *   -ENOSPC, -EPERM, -ECANCELED as for OPEN
 *   -EBUSY  the range overlaps a window, dom0 writes the carveout, or work on it
 *           is still going on
 *   -EFAULT one of the grants does not stand: nothing was taken
 *
 * SEAL: the content is [0, length); no more windows.
 *  |                              length                                   | 8
 *  | flags  |                       reserved                               | 16
 *  |                        digest, 32 octets                              | 24
 *  |             evidence              |            directory              | 56
 *   flags: bit 0, HAS_DIGEST: refuse (scrub) content whose SHA-256 differs.
 *   evidence (version 2): octets of what is judged with the content, where it
 *   has to be verified, 0..CARVEOUTIF_EVIDENCE_MAX (struct carveoutif_evidence,
 *   and what it says behind it): they lie in pages that the directory lists, as
 *   for PUT.  With 0 there is none, and no directory.
 *   Parts of [0, length) that were never written count as zeros; committed
 *   bytes beyond length are scrubbed.
 *   Answer: length, digest.
 *   -EINVAL length 0; flags; reserved or an unused digest or directory not
 *           zero; more evidence than there may be
 *   -ENOSPC length beyond the carveout      -EBUSY a window is open, dom0 is
 *           loading it, or work on it is still going on
 *   -ENODATA nothing was written
 *   -EMSGSIZE length is not expected-size
 *   -EALREADY it is sealed      -ECANCELED failed or revoked: RESET first
 *   -EBADMSG the digest differs: the content was scrubbed, state FAILED
 *   -EKEYREJECTED it is not what dom0 lets this carveout have: the content was
 *           scrubbed, state FAILED, and the node `verdict` says why
 *   -EFAULT one of the evidence's grants does not stand: nothing has changed
 *
 * RESET: withdraw windows, scrub, become EMPTY.  No fields.
 *   -EPERM  sealed, and its configuration does not let the guest reset it
 *   -EBUSY  dom0 is loading it
 *
 * ABORT: the writer failed: withdraw windows, scrub, become FAILED.  No fields.
 *   -EPERM  sealed              -EBUSY  dom0 is loading it
 *
 * QUERY: no fields.  Answer: state and limits (struct carveoutif_state).  The
 * state is FAILED after dom0 reset a load of the guest's, until a RESET.
 *
 * Any request: -EINVAL op unknown or reserved not zero; -EIO the hypervisor
 * failed (the manager's log says how).  Errors are Linux's, negated, as in
 * Xen's public/errno.h.
 *
 * 7. RESPONSES (64 octets)
 * ========================
 *      0        1        2        3        4        5        6        7   octet
 *  +--------+--------+--------+--------+--------+--------+--------+--------+
 *  |       id        |   op   |reserved|          status                   | 0
 *  +--------+--------+--------+--------+--------+--------+--------+--------+
 *  |                      by operation, 56 octets                          | 8
 *  +-----------------------------------------------------------------------+
 *
 * 8. EVENTS (16 octets)
 * =====================
 *      0        1        2        3        4        5        6        7   octet
 *  +--------+--------+--------+--------+--------+--------+--------+--------+
 *  | type   |                 reserved   |           reason                | 0
 *  +--------+--------+--------+--------+--------+--------+--------+--------+
 *  |              window               |             reserved              | 8
 *  +--------+--------+--------+--------+--------+--------+--------+--------+
 *
 * WITHDRAW: the back end is taking the window back (dom0 revoked it).  `reason`
 *   is a negated errno.  The front end stops touching it, unmaps it and answers
 *   with CLOSE (DISCARD); it has CARVEOUTIF_GRACE_MS for that.  After that the
 *   window is gone, whatever the front end does.
 * STATE: the carveout's state changed by dom0's doing: QUERY tells.
 *
 * The back end writes events[prod % CARVEOUTIF_EVENTS] and advances prod; the
 * front end advances cons.  STATE leaves room for WITHDRAW: where there is no
 * more than that, it comes later, after a request.  A WITHDRAW that finds no
 * room, as the front end takes nothing, is dropped.
 */
#ifndef CARVEOUTIF_H
#define CARVEOUTIF_H

#ifdef __KERNEL__
#include <linux/types.h>
#include <linux/build_bug.h>
#else
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#endif

#define CARVEOUTIF_DEVICE "carveout"
#define CARVEOUTIF_VERSION 2
#define CARVEOUTIF_VERSION_MIN 1 /* the oldest that a back end speaks */

#define CARVEOUTIF_PAGE_SIZE 4096
#define CARVEOUTIF_SLOTS 4
#define CARVEOUTIF_WINDOW_MAX (2U << 20)
#define CARVEOUTIF_WINDOW_PAGES (CARVEOUTIF_WINDOW_MAX / CARVEOUTIF_PAGE_SIZE)
#define CARVEOUTIF_NAME_MAX 31
#define CARVEOUTIF_DIGEST "sha256"
#define CARVEOUTIF_DIGEST_SIZE 32
#define CARVEOUTIF_GRACE_MS 1000
#define CARVEOUTIF_EVIDENCE_MAX (80U << 10)

/* Gives 32 entries, and room behind them. */
#define CARVEOUTIF_RING_BYTES 3072
#define CARVEOUTIF_SCRATCH_OFFSET 2944
#define CARVEOUTIF_EVENTS_OFFSET CARVEOUTIF_RING_BYTES
#define CARVEOUTIF_EVENTS 32

enum carveoutif_op {
	CARVEOUTIF_OP_OPEN = 1,
	CARVEOUTIF_OP_CLOSE = 2,
	CARVEOUTIF_OP_SEAL = 3,
	CARVEOUTIF_OP_RESET = 4,
	CARVEOUTIF_OP_ABORT = 5,
	CARVEOUTIF_OP_QUERY = 6,
	CARVEOUTIF_OP_PUT = 7,
};

enum carveoutif_mode {
	CARVEOUTIF_MODE_WRITE = 1,
	CARVEOUTIF_MODE_READ_WRITE = 2,
};

enum carveoutif_how {
	CARVEOUTIF_HOW_COMMIT = 1,
	CARVEOUTIF_HOW_DISCARD = 2,
};

#define CARVEOUTIF_SEAL_HAS_DIGEST 0x01

enum carveoutif_event_type {
	CARVEOUTIF_EVENT_WITHDRAW = 1,
	CARVEOUTIF_EVENT_STATE = 2,
};

struct carveoutif_open {
	uint64_t offset;
	uint64_t length;
	uint8_t mode;
	uint8_t slot;
	uint8_t reserved[38];
};

struct carveoutif_close {
	uint32_t window;
	uint8_t how;
	uint8_t reserved[3];
	uint64_t used;
	uint8_t reserved2[40];
};

struct carveoutif_seal {
	uint64_t length;
	uint8_t flags;
	uint8_t reserved[7];
	uint8_t digest[CARVEOUTIF_DIGEST_SIZE];
	uint32_t evidence;
	uint32_t directory;
};

/*
 * What lies at the beginning of evidence, in octets: an image's headers, as they
 * are at the beginning of its file, and its hash segment, follow each other
 * behind it, and nothing does behind those.
 */
struct carveoutif_evidence {
	uint32_t headers;
	uint32_t hashes;
};

struct carveoutif_put {
	uint64_t offset;
	uint32_t length;
	uint32_t directory;
	uint8_t reserved[40];
};

struct carveoutif_request {
	uint16_t id;
	uint8_t op;
	uint8_t reserved[5];
	union {
		struct carveoutif_open open;
		struct carveoutif_close close;
		struct carveoutif_seal seal;
		struct carveoutif_put put;
		uint8_t none[56]; /* RESET, ABORT, QUERY: zero */
	} u;
};

struct carveoutif_opened {
	uint64_t gpa;
	uint32_t window;
	uint8_t reserved[44];
};

struct carveoutif_closed {
	uint64_t committed;
	uint8_t reserved[48];
};

struct carveoutif_sealed {
	uint64_t length;
	uint8_t digest[CARVEOUTIF_DIGEST_SIZE];
	uint8_t reserved[16];
};

enum carveoutif_state_number {
	CARVEOUTIF_STATE_EMPTY = 1,   /* no content, scrubbed */
	CARVEOUTIF_STATE_LOADING = 2, /* windows may be open, or were */
	CARVEOUTIF_STATE_SEALED = 3,  /* content final and measured */
	CARVEOUTIF_STATE_FAILED = 4,  /* a load ended badly; scrubbed */
};

/* Answer to QUERY.  length and digest are zero unless sealed. */
struct carveoutif_state {
	uint8_t state; /* enum carveoutif_state_number */
	uint8_t windows_open;
	uint8_t reserved[6];
	uint64_t size;
	uint64_t length;
	uint8_t digest[CARVEOUTIF_DIGEST_SIZE];
};

struct carveoutif_response {
	uint16_t id;
	uint8_t op;
	uint8_t reserved;
	int32_t status;
	union {
		struct carveoutif_opened open;
		struct carveoutif_closed close; /* and to PUT */
		struct carveoutif_sealed seal;
		struct carveoutif_state query;
		uint8_t none[56];
	} u;
};

struct carveoutif_scratch {
	uint32_t answering; /* index of the response being written, plus 1 */
	uint32_t reserved;
	struct carveoutif_request request; /* the one that it answers */
};

struct carveoutif_event {
	uint8_t type;
	uint8_t reserved[3];
	int32_t reason;
	uint32_t window;
	uint32_t reserved2;
};

struct carveoutif_events {
	uint32_t prod; /* back end writes */
	uint32_t cons; /* front end writes */
	uint8_t reserved[56];
	struct carveoutif_event event[CARVEOUTIF_EVENTS];
};

static_assert(sizeof(struct carveoutif_open) == 56, "OPEN fills its union");
static_assert(sizeof(struct carveoutif_close) == 56, "CLOSE fills its union");
static_assert(sizeof(struct carveoutif_seal) == 56, "SEAL fills its union");
static_assert(CARVEOUTIF_EVIDENCE_MAX <= CARVEOUTIF_WINDOW_MAX,
	      "a directory page lists the pages of evidence");
static_assert(sizeof(struct carveoutif_put) == 56, "PUT fills its union");
static_assert(sizeof(struct carveoutif_request) == 64, "request is 64 octets");
static_assert(offsetof(struct carveoutif_request, u) == 8, "no hidden padding");
static_assert(offsetof(struct carveoutif_seal, digest) == 16, "SEAL digest");
static_assert(sizeof(struct carveoutif_opened) == 56, "OPEN answer");
static_assert(sizeof(struct carveoutif_closed) == 56, "CLOSE answer");
static_assert(sizeof(struct carveoutif_sealed) == 56, "SEAL answer");
static_assert(sizeof(struct carveoutif_state) == 56, "QUERY answer");
static_assert(sizeof(struct carveoutif_response) == 64,
	      "response is 64 octets");
static_assert(offsetof(struct carveoutif_response, u) == 8,
	      "no hidden padding");
static_assert(sizeof(struct carveoutif_event) == 16, "event is 16 octets");
static_assert(64 + 32 * sizeof(struct carveoutif_request) <=
		      CARVEOUTIF_SCRATCH_OFFSET,
	      "32 entries lie before the scratch");
static_assert(CARVEOUTIF_SCRATCH_OFFSET + sizeof(struct carveoutif_scratch) <=
		      CARVEOUTIF_RING_BYTES,
	      "the scratch lies before the events");
static_assert(CARVEOUTIF_EVENTS_OFFSET + sizeof(struct carveoutif_events) <=
		      CARVEOUTIF_PAGE_SIZE,
	      "ring and events share one page");
static_assert(CARVEOUTIF_WINDOW_PAGES * sizeof(uint32_t) <=
		      CARVEOUTIF_PAGE_SIZE,
	      "a directory page lists a whole window, or the pages of a PUT");

#endif /* CARVEOUTIF_H */
