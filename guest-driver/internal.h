/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of this module share.
 *
 * Locks, outermost first; none is held while waiting for the manager, but for
 * stream->lock:
 *   stream->lock   mutex     one step of a write stream
 *   link_lock      mutex     the connection comes, or goes (xenbus.c)
 *   c->lock        spinlock  who uses the carveout, last error
 *   window->lock   spinlock  a window's state, its access brackets, its slot
 *   publish_lock   mutex     leaf: is there a sysfs node to notify?
 *   pool_lock      mutex     leaf: creation of the pool
 *   ring.lock      spinlock  ring indices and the table of pending requests
 * window->lock and ring.lock are never held together, and an answer's handler
 * runs with neither.  All are taken in process context only.
 *
 * Contexts: xenbus.c runs in the xenwatch thread and must not wait for the
 * manager there; answers and events are handled in c->ring.work; a withdrawal
 * in window->withdraw, one work item a window, so that one that is stuck holds
 * up no other.
 */
#ifndef CARVEOUT_INTERNAL_H
#define CARVEOUT_INTERNAL_H

#include <linux/bitmap.h>
#include <linux/cdev.h>
#include <linux/completion.h>
#include <linux/device.h>
#include <linux/freezer.h>
#include <linux/iosys-map.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/uio.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include <xen/grant_table.h>
#include <xen/interface/io/ring.h>
#include <xen/xenbus.h>

#include "carveoutif.h"
#include "state.h"
#include "carveout.h"

#ifdef __BIG_ENDIAN
#error "the protocol is little-endian and so is every Xen guest"
#endif

DEFINE_RING_TYPES(carveoutif, struct carveoutif_request,
		  struct carveoutif_response);

#define CARVEOUT_RING_ENTRIES \
	__CONST_RING_SIZE(carveoutif, CARVEOUTIF_RING_BYTES)

/*
 * Entries set aside: for windows, so that withdrawals always find room; and by
 * those who only ask, so that SEAL, RESET and ABORT do not wait for them.
 */
#define CARVEOUT_RING_RESERVE (2 * CARVEOUTIF_SLOTS)
#define CARVEOUT_RING_RESERVE_ASK (4 * CARVEOUTIF_SLOTS)

#define CARVEOUT_ANSWER_TIMEOUT (30 * HZ)

/* How long something is tried that is refused for now. */
#define CARVEOUT_PATIENCE_MS 30000

/* What the back end says of the carveout, checked (limits.c). */
struct carveout_limits {
	char name[CARVEOUTIF_NAME_MAX + 1];
	u64 base;
	u64 size;
	u64 expected_size; /* 0: not known */
	u32 window_max;
	u32 windows_max;
	bool device_memory; /* windows are Device memory, not normal */
};

/*
 * Called once for each request sent: with the answer, or with rsp NULL and
 * the reason why none will come.  May sleep.  status is 0 or a negated errno.
 */
typedef void (*carveout_answer_fn)(void *arg, int status,
				   const struct carveoutif_response *rsp);

/* For requests that make sense on any connection. */
#define CARVEOUT_ANY_CONNECTION 0

struct carveout_pending {
	carveout_answer_fn answer;
	void *arg;
	u16 id;
	u8 op;
};

struct carveout_ring {
	spinlock_t lock;	/* all of this but page, ref, irq, events */
	bool up;		/* requests may be sent, answers are taken */
	u64 connection;		/* counts them; 0: there was none yet */
	wait_queue_head_t room; /* an entry was freed, or the ring went down */
	struct carveoutif_front_ring front;
	DECLARE_BITMAP(busy, CARVEOUT_RING_ENTRIES);
	struct carveout_pending pending[CARVEOUT_RING_ENTRIES];
	u16 generation; /* upper bits of ids: a stale answer matches nothing */
	u64 requests;
	u64 notifies;

	void *page; /* NULL: not set up */
	grant_ref_t ref;
	evtchn_port_t port;
	int irq;
	u32 event_cons; /* c->ring.work only */
	struct work_struct work;
	const struct carveout_ring_ops *ops;
};

/* Whom the ring's work tells of what happens, besides who asked. */
struct carveout_ring_ops {
	/* An answer came, in order; who asked is told next. */
	void (*answered)(struct carveout *c,
			 const struct carveoutif_response *rsp);
	void (*event)(struct carveout *c, const struct carveoutif_event *e);
	void (*broken)(struct carveout *c); /* it broke the protocol */
};

/*
 * A slot's directory: one page, readable for the back end, that lists the
 * grant reference of each page of the slot's window.  It is there while there
 * is a connection, its references while there is a window.  Windows of Device
 * memory cannot be granted: they have none.
 */
struct carveout_slot {
	struct page *page; /* NULL: there is none */
	u32 *refs;	   /* the page's content */
	u32 count;	   /* references claimed */
	grant_ref_t ref;   /* of the directory page itself */
};

/*
 *            open sent      answered      mapped
 *   FREE ──▶ OPENING ──▶ MAPPING ──▶ OPEN
 *    ▲          │            │ failed   │ closed, or withdrawn
 *    │   failed │            ▼          ▼
 *    │          │          STOPPING ◀───┘   no new brackets; wait for the old
 *    │          ▼            ▼ unmapped, close sent
 *    └─────── CLOSED ◀──── CLOSING
 *   owner collected       answered
 *
 * A window that lost its owner (killed, or tired of waiting) goes from
 * OPENING to STOPPING by itself and from CLOSING straight to FREE.
 */
enum window_state {
	WINDOW_FREE,
	WINDOW_OPENING,
	WINDOW_MAPPING,
	WINDOW_OPEN,
	WINDOW_STOPPING,
	WINDOW_CLOSING,
	WINDOW_CLOSED,
};

struct window {
	struct carveout_window pub; /* what API users see, and may spoil */
	struct carveout *c;
	unsigned int slot;
	struct iosys_map map; /* window_io.c; set from MAPPING to STOPPING */

	spinlock_t lock; /* all below; offset, length and pub: while not OPEN */
	u64 offset;
	u32 length;
	enum window_state state;
	bool owned;		/* somebody will collect it */
	bool api;		/* opened by carveout_open_window() */
	bool dead;		/* mapped for good: its slot is lost */
	unsigned int users;	/* access brackets */
	int revoked;		/* negated errno: taken away, and why */
	int error;		/* what its owner will hear */
	u64 connection;		/* that it was asked for on */
	u32 id;			/* the back end's, on that connection */
	u32 committing;		/* bytes of the CLOSE under way */
	wait_queue_head_t wait; /* state or users changed */
	struct work_struct withdraw;
};

/* Why no window may be opened, and nobody may begin to write (claim.c). */
enum carveout_bar {
	CARVEOUT_BAR_GONE = 1,	   /* detached: nothing works any more */
	CARVEOUT_BAR_SHUTDOWN = 2, /* this kernel ends */
	CARVEOUT_BAR_SUSPEND = 4,  /* the guest is being saved */
	CARVEOUT_BAR_RESET = 8,	   /* until RESET is answered */
};

/* What the manager said last, in the order of its answers (status.c). */
struct carveout_status {
	bool told;   /* `state` is this connection's */
	bool asking; /* a QUERY is under way */
	bool stale;  /* ask again */
	struct carveoutif_state state;
	struct work_struct notify;
};

struct carveout {
	struct device dev; /* holds the structure */
	struct cdev cdev;
	struct xenbus_device *xbdev;
	domid_t otherend;

	/* Fixed once `known` (first connect). */
	bool known;
	struct carveout_limits limits;
	struct resource *region;
	struct carveout_slot slots[CARVEOUTIF_SLOTS]; /* windows[i].lock */

	struct mutex publish_lock;
	bool published; /* in /dev and /sys */
	struct dentry *debugfs;
	unsigned int attempts; /* to connect, since the last success */
	struct delayed_work retry;
	int minor; /* negative: none */

	struct carveout_ring ring;
	struct window windows[CARVEOUTIF_SLOTS];

	struct mutex link_lock; /* xenbus.c */

	spinlock_t lock;   /* all below */
	unsigned int bars; /* enum carveout_bar: no window is opened */
	u32 epoch;	   /* what was written before it changed is gone */
	bool writer;	   /* a write stream, or a reset, has it */
	struct carveout_status status;
	unsigned int api_users; /* windows and reservations of drivers */
	u64 allocated;		/* bytes out of carveout_alloc() */
	u64 expected_size;
	u64 bytes_written;
	u64 windows_opened;
	int last_error;
	const char *last_step; /* static string: what failed */

	struct mutex pool_lock; /* creation of pool */
	struct gen_pool *pool;
};

/* One writer's pass over the carveout, from offset 0 on (stream.c). */
#define STREAM_WINDOWS 2

struct carveout_stream {
	struct carveout *c;
	struct mutex lock;
	struct window *windows[STREAM_WINDOWS];
	unsigned int current_window; /* the one being filled */
	u32 fill;		     /* bytes in it */
	u32 epoch;		     /* the carveout's when it was EMPTY */
	u64 pos;		     /* bytes accepted */
	u64 expected;		     /* the whole image; 0: not known */
	void *bounce;		     /* for window_io_write_iter() */
	int error;		     /* sticky */
	bool begun;		     /* the carveout was EMPTY for it */
	bool sealed;
	/* Without the lock, as another holder of the file leaves: */
	const char *abandoned; /* why it must not be sealed; NULL: it may be */
	bool closed;	       /* cleanly, since the last byte was taken */
	pid_t writer;	       /* the process that wrote last */
};

/*
 * Wait for what the manager does, killably; as wait_event_killable_timeout(),
 * but the freezer does not wait for it: a guest is saved, and a machine sleeps,
 * while a writer waits for a manager that is busy or away.  UNSAFE: a stream
 * holds its lock meanwhile, which only its own writers want.
 */
#define carveout_wait(queue, condition, timeout)                            \
	({                                                                  \
		long __ret = timeout;                                       \
                                                                            \
		might_sleep();                                              \
		if (!___wait_cond_timeout(condition))                       \
			__ret = ___wait_event(                              \
				queue, ___wait_cond_timeout(condition),     \
				(TASK_KILLABLE | TASK_FREEZABLE_UNSAFE), 0, \
				timeout, __ret = schedule_timeout(__ret));  \
		__ret;                                                      \
	})

static inline struct carveout *to_carveout(struct device *dev)
{
	return container_of(dev, struct carveout, dev);
}

/* main.c */
extern struct workqueue_struct *carveout_wq;
extern struct class carveout_class;
int carveout_publish(struct carveout *c);
void carveout_unpublish(struct carveout *c);
struct carveout *carveout_create(struct xenbus_device *dev);
void carveout_note_error(struct carveout *c, const char *step, int error);

/* claim.c */
int carveout_barred(const struct carveout *c);
void carveout_bar(struct carveout *c, enum carveout_bar bar);
void carveout_unbar(struct carveout *c, enum carveout_bar bar);
u32 carveout_epoch(struct carveout *c);
void carveout_begin_epoch(struct carveout *c);
int carveout_claim(struct carveout *c);
int carveout_claim_reset(struct carveout *c);
void carveout_unclaim(struct carveout *c);

/* xenbus.c */
extern struct xenbus_driver carveout_xenbus_driver;
int carveout_register(void);
void carveout_unregister(void);
int carveout_shutdown(struct device *dev);
void carveout_unclaim_region(struct carveout *c);

/* limits.c */
int carveout_read_limits(struct xenbus_device *dev, struct carveout_limits *l);

/* ring.c */
void carveout_ring_init(struct carveout *c);
int carveout_ring_setup(struct carveout *c,
			const struct carveout_ring_ops *ops);
void carveout_ring_up(struct carveout *c);
u64 carveout_ring_connection(struct carveout *c);
bool carveout_ring_has_room(struct carveout *c, unsigned int reserve);
void carveout_ring_down(struct carveout *c);
void carveout_ring_quiesce(struct carveout *c);
void carveout_ring_fail(struct carveout *c, int error);
void carveout_ring_teardown(struct carveout *c);
int carveout_ring_send(struct carveout *c, u64 connection,
		       struct carveoutif_request *req,
		       carveout_answer_fn answer, void *arg,
		       unsigned int reserve);

/* slot.c */
int carveout_slots_setup(struct carveout *c);
void carveout_slots_teardown(struct carveout *c);
int carveout_slot_claim(struct carveout_slot *slot, u32 pages);
void carveout_slot_grant(struct carveout_slot *slot, domid_t to, u64 gpa);
bool carveout_slot_release(struct carveout_slot *slot);

/* window.c */
void carveout_windows_init(struct carveout *c);
struct window *window_open(struct carveout *c, u32 epoch, u64 offset,
			   u32 length, enum carveout_window_mode mode);
int window_begin(struct window *w);
void window_end(struct window *w);
void window_commit(struct window *w, u32 used);
void window_discard(struct window *w);
int window_collect(struct window *w);
void carveout_window_event(struct carveout *c, u32 id, int reason);
void carveout_windows_revoke(struct carveout *c, int reason);
bool carveout_windows_settle(struct carveout *c);
bool carveout_windows_closed(struct carveout *c);
unsigned int carveout_windows_open(struct carveout *c);

/* window_io.c */
int window_io_map(struct window *w);
void window_io_unmap(struct window *w);
void window_io_complete(struct window *w);
void window_io_write(struct window *w, u32 offset, const void *from,
		     size_t bytes);
void window_io_read(struct window *w, u32 offset, void *to, size_t bytes);
void window_io_zero(struct window *w, u32 offset, size_t bytes);
size_t window_io_write_iter(struct window *w, u32 offset, size_t bytes,
			    struct iov_iter *from, void *bounce);
int carveout_bounce_alloc(const struct carveout *c, void **bounce);
void carveout_bounce_free(void *bounce);

/* tree.c */
void carveout_tree_match(struct carveout *c);
void carveout_tree_announce(struct carveout *c);
void carveout_tree_release(struct carveout *c);
void carveout_tree_exit(void);

/* status.c */
void carveout_status_init(struct carveout *c);
void carveout_status_refresh(struct carveout *c);
void carveout_status_answer(struct carveout *c,
			    const struct carveoutif_response *rsp);
void carveout_status_lost(struct carveout *c);
bool carveout_status_get(struct carveout *c, struct carveoutif_state *state);

/* debugfs.c */
void carveout_debugfs_init(void);
void carveout_debugfs_exit(void);
void carveout_debugfs_add(struct carveout *c);
void carveout_debugfs_remove(struct carveout *c);

/* control.c */
bool carveout_backoff(unsigned int *waited_ms);
int carveout_query(struct carveout *c, struct carveoutif_state *state);
void carveout_abort(struct carveout *c);
int carveout_reset_claimed(struct carveout *c);
int carveout_reset_idle(struct carveout *c);

/* stream.c */
int carveout_stream_begin(struct carveout_stream *s, struct carveout *c);
ssize_t carveout_stream_write(struct carveout_stream *s, struct iov_iter *from);
int carveout_stream_sync(struct carveout_stream *s);
int carveout_stream_seal(struct carveout_stream *s);
int carveout_stream_last(struct carveout_stream *s);
void carveout_stream_end(struct carveout_stream *s);

/* chardev.c */
extern const struct file_operations carveout_fops;

/* sysfs.c */
extern const struct attribute_group *carveout_groups[];

/* alloc.c */
void carveout_pool_destroy(struct carveout *c);

#endif
