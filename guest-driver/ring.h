/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef XEN_CARVEOUT_RING_H
#define XEN_CARVEOUT_RING_H

#include <linux/bitmap.h>
#include <linux/spinlock.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include <xen/grant_table.h>
#include <xen/interface/io/ring.h>
#include <xen/xenbus.h>

#include "carveoutif.h"

DEFINE_RING_TYPES(carveoutif, struct carveoutif_request,
		  struct carveoutif_response);

#define XEN_CARVEOUT_RING_ENTRIES \
	__CONST_RING_SIZE(carveoutif, CARVEOUTIF_RING_BYTES)

/*
 * Entries set aside: for windows, so that withdrawals always find room; and by
 * those who only ask, so that SEAL, RESET and ABORT do not wait for them.
 */
#define XEN_CARVEOUT_RING_RESERVE (2 * CARVEOUTIF_SLOTS)
#define XEN_CARVEOUT_RING_RESERVE_ASK (4 * CARVEOUTIF_SLOTS)

/*
 * Called once for each request sent: with the answer, or with rsp NULL and
 * the reason why none will come.  May sleep.  status is 0 or a negated errno.
 */
typedef void (*xen_carveout_answer_fn)(void *arg, int status,
				       const struct carveoutif_response *rsp);

/* For requests that make sense on any connection. */
#define XEN_CARVEOUT_ANY_CONNECTION 0

struct xen_carveout_pending {
	xen_carveout_answer_fn answer;
	void *arg;
	u16 id;
	u8 op;
};

struct xen_carveout_ring {
	spinlock_t lock;	/* all of this but page, ref, irq, events */
	bool up;		/* requests may be sent, answers are taken */
	u64 connection;		/* counts them; 0: there was none yet */
	wait_queue_head_t room; /* an entry was freed, or the ring went down */
	struct carveoutif_front_ring front;
	DECLARE_BITMAP(busy, XEN_CARVEOUT_RING_ENTRIES);
	struct xen_carveout_pending pending[XEN_CARVEOUT_RING_ENTRIES];
	u16 generation; /* upper bits of ids: a stale answer matches nothing */
	u64 requests;
	u64 notifies;

	void *page; /* NULL: not set up */
	grant_ref_t ref;
	evtchn_port_t port;
	int irq;
	u32 event_cons; /* work only */
	struct work_struct work;
	const struct xen_carveout_ring_ops *ops;
};

/* Whom the ring's work tells of what happens, besides who asked. */
struct xen_carveout_ring_ops {
	/* An answer came, in order; who asked is told next. */
	void (*answered)(struct xen_carveout_ring *r,
			 const struct carveoutif_response *rsp);
	void (*event)(struct xen_carveout_ring *r,
		      const struct carveoutif_event *e);
	void (*broken)(struct xen_carveout_ring *r); /* it broke the protocol */
};

void xen_carveout_ring_init(struct xen_carveout_ring *r);
int xen_carveout_ring_setup(struct xen_carveout_ring *r,
			    struct xenbus_device *xbdev,
			    const struct xen_carveout_ring_ops *ops);
void xen_carveout_ring_up(struct xen_carveout_ring *r);
u64 xen_carveout_ring_connection(struct xen_carveout_ring *r);
bool xen_carveout_ring_has_room(struct xen_carveout_ring *r,
				unsigned int reserve);
void xen_carveout_ring_down(struct xen_carveout_ring *r);
void xen_carveout_ring_quiesce(struct xen_carveout_ring *r);
void xen_carveout_ring_fail(struct xen_carveout_ring *r, int error);
void xen_carveout_ring_teardown(struct xen_carveout_ring *r);
int xen_carveout_ring_send(struct xen_carveout_ring *r, u64 connection,
			   struct carveoutif_request *req,
			   xen_carveout_answer_fn answer, void *arg,
			   unsigned int reserve);

#endif
