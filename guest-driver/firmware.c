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

static ssize_t next_unpacked(struct load *l, void *to, size_t room)
{
	struct firmware_unpack *u = &l->unpack;
	ssize_t n = xen_carveout_fw_unpack_read(u, to, room);

	if (!n && !l->stream.pos)
		n = -ENODATA;
	if (n < 0 && !u->unread) {
		l->step = "unpack";
		xen_carveout_fw_unpack_explain(u, &l->stream.c->dev, n);
	}
	return n;
}

/* The image's next bytes, one at least; 0: that was all. */
static ssize_t next(struct load *l, void *to, size_t room)
{
	return l->unpacker ? next_unpacked(l, to, room) :
			     xen_carveout_fw_source_read(&l->src, to, room);
}

/*
 * Asked for before there is room for it: what turns out to be no archive leaves
 * what the carveout has, and an image may end where the carveout does.
 */
static ssize_t load_byte(struct load *l)
{
	size_t room;
	u8 byte, *to;
	ssize_t n = next(l, &byte, sizeof(byte));

	if (n <= 0)
		return n;
	to = xen_carveout_stream_space(&l->stream, &room);
	if (IS_ERR(to))
		return PTR_ERR(to);
	*to = byte;
	xen_carveout_stream_took(&l->stream, n);
	return n;
}

/* Straight to where they belong.  0: that was all. */
static ssize_t load_some(struct load *l)
{
	struct xen_carveout_stream *s = &l->stream;
	size_t room;
	ssize_t n;
	void *to;

	if (!s->begun || xen_carveout_stream_is_full(s))
		return load_byte(l);
	to = xen_carveout_stream_space(s, &room);
	if (IS_ERR(to))
		return PTR_ERR(to);
	n = next(l, to, room);
	if (n > 0)
		xen_carveout_stream_took(s, n);
	return n;
}

static int load_all(struct load *l)
{
	ssize_t n;

	while ((n = load_some(l)) > 0)
		cond_resched();
	return n;
}

static int load_plain(struct load *l)
{
	if (l->src.size > l->stream.c->limits.size)
		return -ENOSPC;
	return load_all(l);
}

static int load_unpacked(struct load *l)
{
	int err =
		xen_carveout_fw_unpack_begin(&l->unpack, l->unpacker, &l->src);

	if (err)
		return err;
	err = load_all(l);
	xen_carveout_fw_unpack_end(&l->unpack);
	return err;
}

/* A failure to read is a failure of the stream: it must not be sealed. */
static int load_and_seal(struct load *l)
{
	struct xen_carveout_stream *s = &l->stream;
	int err;

	mutex_lock(&s->lock);
	err = l->unpacker ? load_unpacked(l) : load_plain(l);
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
	err = load_and_seal(l);
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
