// SPDX-License-Identifier: GPL-2.0-only
/*
 * Load a file of the firmware search path into a carveout.
 *
 * request_firmware() would hold the whole image, and its partial form never
 * tells the size, opens the file anew for each part, and does not unpack.  So
 * the file is found (firmware_find.c), read (firmware_source.c) and unpacked
 * (firmware_unpack.c) here as the loader does it, but in pieces, and by the
 * kernel's own rights: who caused it may be anybody who opened a device.  What
 * of it the carveout shall hold, its headers say (firmware_image.c).
 *
 * The loader goes on to the next directory also when a file turns out to be
 * unreadable or damaged in the middle.  Here its head was written by then: the
 * load fails.
 */
#include <linux/cred.h>
#include <linux/init_task.h>
#include <linux/slab.h>

#include "buffer.h"
#include "compat.h"
#include "firmware_image.h"
#include "internal.h"
#include "report.h"
#include "status.h"
#include "stream.h"

struct load {
	struct xen_carveout_stream stream;
	struct firmware_image image;
};

/*
 * Asked for before there is room for it: an image may end where the carveout
 * does.
 */
static ssize_t load_byte(struct load *l)
{
	size_t room;
	u8 byte, *to;
	ssize_t n = xen_carveout_fw_image_read(&l->image, &byte, sizeof(byte));

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

	if (xen_carveout_stream_is_full(s))
		return load_byte(l);
	to = xen_carveout_stream_space(s, &room);
	if (IS_ERR(to))
		return PTR_ERR(to);
	n = xen_carveout_fw_image_read(&l->image, to, room);
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

/* For who reads `entry`: that of what has this digest. */
static void note_entry(struct xen_carveout *c, const struct image *image)
{
	struct carveoutif_state state;

	if (!xen_carveout_status_get(c, &state))
		return;
	spin_lock(&c->lock);
	c->entry = image->entry;
	c->entry_known = state.state == CARVEOUT_SEALED;
	memcpy(c->entry_digest, state.digest, sizeof(c->entry_digest));
	spin_unlock(&c->lock);
}

static void tell(struct load *l, struct xen_carveout *c)
{
	const struct firmware_image *im = &l->image;

	if (!im->image.elf)
		return;
	dev_info(&c->dev,
		 "firmware %s: an ELF image of %llu bytes, entry %#llx\n",
		 im->name, im->plan.place.size, im->image.entry);
	note_entry(c, &im->image);
}

/* What dom0 judges it by, where it does. */
static int add_evidence(struct load *l)
{
	struct xen_carveout_stream *s = &l->stream;
	struct xen_carveout_buffer *b;
	ssize_t n;

	if (!READ_ONCE(s->c->limits.wants_evidence))
		return 0;
	b = xen_carveout_buffer_make(s->c, CARVEOUTIF_EVIDENCE_MAX);
	if (IS_ERR(b))
		return PTR_ERR(b);
	s->evidence = b;
	n = xen_carveout_fw_image_evidence(&l->image, b->bytes);
	s->evidence_bytes = n > 0 ? n : 0;
	return n < 0 ? n : 0;
}

/* A failure to read is a failure of the stream: it must not be sealed. */
static int load_and_seal(struct load *l)
{
	struct xen_carveout_stream *s = &l->stream;
	int err;

	mutex_lock(&s->lock);
	err = load_all(l);
	if (!err)
		err = add_evidence(l);
	if (err && !s->error)
		s->error = err;
	err = xen_carveout_stream_seal(s);
	mutex_unlock(&s->lock);
	if (!err)
		tell(l, s->c);
	return err;
}

static int load_image(struct load *l, struct xen_carveout *c)
{
	int err = xen_carveout_stream_begin(&l->stream, c);

	if (err)
		return err;
	err = load_and_seal(l);
	xen_carveout_stream_end(&l->stream);
	return err;
}

static int load(struct xen_carveout *c, const char *name)
{
	struct load *l = kvzalloc(sizeof(*l), GFP_KERNEL);
	int err;

	if (!l)
		return -ENOMEM;
	err = xen_carveout_fw_image_open(&l->image, c, name);
	if (!err) {
		err = load_image(l, c);
		xen_carveout_fw_image_close(&l->image);
	}
	if (err)
		xen_carveout_note_error(c, l->image.step, err);
	kvfree(l);
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
