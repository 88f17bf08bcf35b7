// SPDX-License-Identifier: GPL-2.0-only
/*
 * Load a file of the firmware search path into a carveout.
 *
 * request_firmware() would hold the whole image, and its partial form never
 * tells the size, opens the file anew for each part, and does not unpack.  So
 * the file is found (firmware_find.c), read (firmware_source.c) and unpacked
 * (firmware_unpack.c) here as the loader does it, but in pieces, and by the
 * kernel's own rights: who caused it may be anybody who opened a device.
 *
 * The loader goes on to the next directory also when a file turns out to be
 * unreadable or damaged in the middle.  Here its head was written by then: the
 * load fails.
 */
#include <linux/cred.h>
#include <linux/init_task.h>
#include <linux/slab.h>

#include "compat.h"
#include "firmware_find.h"
#include "firmware_source.h"
#include "firmware_unpack.h"
#include "internal.h"
#include "report.h"
#include "stream.h"

struct load {
	struct xen_carveout_stream stream;
	struct firmware_source src;
	struct firmware_unpack unpack;
	const struct firmware_unpacker *unpacker; /* NULL: it is not packed */
	const char *step; /* what failed, if something does */
};

static int write_piece(struct xen_carveout_stream *s, void *buffer,
		       size_t bytes)
{
	struct kvec vec = { .iov_base = buffer, .iov_len = bytes };
	struct iov_iter from;
	ssize_t n;

	if (bytes > s->c->limits.size - s->pos)
		return -ENOSPC;
	iov_iter_kvec(&from, ITER_SOURCE, &vec, 1, bytes);
	mutex_lock(&s->lock);
	n = xen_carveout_stream_write(s, &from);
	if (n >= 0 && n < bytes) /* the reason stuck to the stream */
		n = s->error ? s->error : -EIO;
	mutex_unlock(&s->lock);
	return n < 0 ? n : 0;
}

static int copy_plain(struct load *l)
{
	ssize_t n;
	int err;

	if (l->src.size > l->stream.c->limits.size)
		return -ENOSPC;
	while ((n = xen_carveout_fw_source_next(&l->src)) > 0) {
		err = write_piece(&l->stream, l->src.buffer, n);
		if (err)
			return err;
	}
	return n;
}

static int copy_unpacked(struct load *l)
{
	struct firmware_unpack *u = &l->unpack;
	ssize_t n;
	int err;

	while ((n = xen_carveout_fw_unpack_next(u)) > 0) {
		err = write_piece(&l->stream, u->buf.out, n);
		if (err)
			return err;
	}
	if (!n && !l->stream.pos)
		n = -ENODATA;
	if (n < 0 && !u->unread) {
		l->step = "unpack";
		xen_carveout_fw_unpack_explain(u, &l->stream.c->dev, n);
	}
	return n;
}

static int unpack(struct load *l)
{
	int err =
		xen_carveout_fw_unpack_begin(&l->unpack, l->unpacker, &l->src);

	if (err)
		return err;
	err = copy_unpacked(l);
	xen_carveout_fw_unpack_end(&l->unpack);
	return err;
}

/* A failure to read is a failure of the stream: it must not be sealed. */
static int copy_and_seal(struct load *l)
{
	struct xen_carveout_stream *s = &l->stream;
	int err = l->unpacker ? unpack(l) : copy_plain(l);

	mutex_lock(&s->lock);
	if (err && !s->error)
		s->error = err;
	err = xen_carveout_stream_seal(s);
	mutex_unlock(&s->lock);
	return err;
}

static int find_and_load(struct load *l, struct xen_carveout *c,
			 const char *name)
{
	int err = xen_carveout_fw_find(c, name, &l->src, &l->unpacker);

	if (err)
		return err;
	err = xen_carveout_stream_begin(&l->stream, c);
	if (err)
		return err;
	err = copy_and_seal(l);
	xen_carveout_stream_end(&l->stream);
	return err;
}

static int load(struct xen_carveout *c, const char *name)
{
	struct load *l = kzalloc(sizeof(*l), GFP_KERNEL);
	int err;

	if (!l)
		return -ENOMEM;
	l->step = "firmware";
	err = xen_carveout_fw_source_init(&l->src);
	if (!err)
		err = find_and_load(l, c, name);
	if (err)
		xen_carveout_note_error(c, l->step, err);
	xen_carveout_fw_source_exit(&l->src);
	kfree(l);
	return err;
}

int xen_carveout_load_firmware(struct xen_carveout *c, const char *name)
{
	struct cred *kernel = prepare_kernel_cred(&init_task);
	const struct cred *caller;
	int err;

	if (!kernel)
		return -ENOMEM;
	caller = override_creds(kernel);
	err = load(c, name);
	revert_creds(caller);
	put_cred(kernel);
	return err;
}
EXPORT_SYMBOL_NS_GPL(xen_carveout_load_firmware, XEN_CARVEOUT_NS);
