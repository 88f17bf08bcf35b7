/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef XEN_CARVEOUT_STREAM_H
#define XEN_CARVEOUT_STREAM_H

#include <linux/mutex.h>
#include <linux/types.h>
#include <linux/uio.h>

struct xen_carveout;
struct xen_carveout_buffer;

/* One writer's pass over the carveout, from offset 0 on (stream.c). */
#define STREAM_BUFFERS 2

struct xen_carveout_stream {
	struct xen_carveout *c;
	struct mutex lock; /* one step at a time */
	/* The second is NULL until the first was full, or for want of memory. */
	struct xen_carveout_buffer *buffers[STREAM_BUFFERS];
	/* What goes with the seal; NULL: nothing. */
	struct xen_carveout_buffer *evidence;
	u32 evidence_bytes;
	unsigned int filling; /* which of them is being filled */
	u32 fill;	      /* bytes in it */
	u32 epoch;	      /* the carveout's when it was EMPTY */
	u64 begun_at;	      /* ktime_get_ns() */
	u64 pos;	      /* bytes accepted */
	u64 expected;	      /* the whole image; 0: not known */
	int error;	      /* sticky */
	bool begun;	      /* the carveout was EMPTY for it */
	bool sealed;
	/* Without the lock, as another holder of the file leaves: */
	const char *abandoned; /* why it must not be sealed; NULL: it may be */
	bool closed;	       /* cleanly, since the last byte was taken */
	pid_t writer;	       /* the process that wrote last */
};

int xen_carveout_stream_begin(struct xen_carveout_stream *s,
			      struct xen_carveout *c);
bool xen_carveout_stream_is_full(struct xen_carveout_stream *s);
void *xen_carveout_stream_space(struct xen_carveout_stream *s, size_t *room);
void xen_carveout_stream_took(struct xen_carveout_stream *s, size_t bytes);
ssize_t xen_carveout_stream_write(struct xen_carveout_stream *s,
				  struct iov_iter *from);
int xen_carveout_stream_sync(struct xen_carveout_stream *s);
int xen_carveout_stream_seal(struct xen_carveout_stream *s);
int xen_carveout_stream_last(struct xen_carveout_stream *s);
void xen_carveout_stream_end(struct xen_carveout_stream *s);

#endif
