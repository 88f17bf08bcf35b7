// SPDX-License-Identifier: GPL-2.0-only
/*
 * A file of the firmware search path, packed or not, read from any byte on.  An
 * archive is unpacked forwards only: who asks for what lies behind has it
 * unpacked once more from its beginning.
 */
#include <linux/errno.h>
#include <linux/limits.h>
#include <linux/slab.h>

#include "firmware_file.h"
#include "firmware_find.h"
#include "internal.h"

static int begin_unpacking(struct firmware_file *f)
{
	f->pos = 0;
	return xen_carveout_fw_unpack_begin(&f->unpack, f->unpacker, &f->src);
}

static int open_archive(struct firmware_file *f)
{
	int err;

	f->skipped = kvmalloc(FIRMWARE_PIECE, GFP_KERNEL);
	if (!f->skipped)
		return -ENOMEM;
	err = begin_unpacking(f);
	if (err)
		kvfree(f->skipped);
	return err;
}

/* Nothing is to be closed if it fails. */
int xen_carveout_fw_file_open(struct firmware_file *f, struct xen_carveout *c,
			      const char *name, const char **step)
{
	int err;

	*f = (struct firmware_file){ .c = c, .step = step };
	err = xen_carveout_fw_source_init(&f->src);
	if (!err)
		err = xen_carveout_fw_find(c, name, &f->src, &f->unpacker);
	if (!err && f->unpacker)
		err = open_archive(f);
	if (err)
		xen_carveout_fw_source_exit(&f->src);
	return err;
}

void xen_carveout_fw_file_close(struct firmware_file *f)
{
	if (f->unpacker) {
		xen_carveout_fw_unpack_end(&f->unpack);
		kvfree(f->skipped);
	}
	xen_carveout_fw_source_exit(&f->src);
}

static ssize_t read_unpacked(struct firmware_file *f, void *to, size_t room)
{
	struct firmware_unpack *u = &f->unpack;
	ssize_t n = xen_carveout_fw_unpack_read(u, to, room);

	if (!n && !f->pos)
		n = -ENODATA;
	if (n < 0 && !u->unread) {
		*f->step = "unpack";
		xen_carveout_fw_unpack_explain(u, &f->c->dev, n);
	}
	if (n > 0)
		f->pos += n;
	return n;
}

/* To that byte, or to the end, if it comes first. */
static ssize_t skip_to(struct firmware_file *f, u64 offset)
{
	ssize_t n = 1;

	if (offset < f->pos) {
		xen_carveout_fw_unpack_end(&f->unpack);
		xen_carveout_fw_source_seek(&f->src, 0);
		n = begin_unpacking(f);
		if (n)
			return n;
	}
	while (f->pos < offset) {
		n = read_unpacked(f, f->skipped,
				  min_t(u64, offset - f->pos, FIRMWARE_PIECE));
		if (n <= 0)
			return n;
		cond_resched();
	}
	return 0;
}

/* The bytes from that offset on, one at least; 0: the file ends before it. */
ssize_t xen_carveout_fw_file_read(struct firmware_file *f, u64 offset, void *to,
				  size_t room)
{
	ssize_t err;

	if (!f->unpacker) {
		xen_carveout_fw_source_seek(&f->src, offset);
		return xen_carveout_fw_source_read(&f->src, to, room);
	}
	err = skip_to(f, offset);
	if (err)
		return err;
	return f->pos == offset ? read_unpacked(f, to, room) : 0;
}

u64 xen_carveout_fw_file_size(const struct firmware_file *f)
{
	return f->unpacker ? FIRMWARE_SIZE_UNKNOWN : f->src.size;
}

/* The same, and an archive is unpacked for it. */
int xen_carveout_fw_file_measure(struct firmware_file *f, u64 *size)
{
	int err = f->unpacker ? skip_to(f, U64_MAX) : 0;

	*size = f->unpacker ? f->pos : f->src.size;
	return err;
}
