// SPDX-License-Identifier: GPL-2.0-only
/* .zst, by the kernel's decompressor: one frame. */
#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>
#include <linux/zstd.h>

#include "firmware_unpack.h"

/* A window that is smaller is made as large (ZSTD_WINDOWLOG_ABSOLUTEMIN). */
#define SMALLEST_WINDOW 1024

struct unpack_zstd {
	void *workspace;
	zstd_dstream *stream; /* NULL: the header was not read yet */
};

static void *zstd_begin(void)
{
	return kzalloc(sizeof(struct unpack_zstd), GFP_KERNEL);
}

static void zstd_end(void *state)
{
	struct unpack_zstd *z = state;

	vfree(z->workspace);
	kfree(z);
}

static int to_errno(size_t error)
{
	switch (zstd_get_error_code(error)) {
	case ZSTD_error_frameParameter_windowTooLarge:
		return -EFBIG;
	case ZSTD_error_version_unsupported:
	case ZSTD_error_frameParameter_unsupported:
	case ZSTD_error_dictionary_wrong:
		return -EOPNOTSUPP;
	case ZSTD_error_memory_allocation:
		return -ENOMEM;
	default:
		return -EBADMSG;
	}
}

/* The bytes that the frame wants to remember, or a negated errno. */
static ssize_t read_window(const struct xz_buf *buf)
{
	zstd_frame_header header;
	size_t err = zstd_get_frame_header(&header, buf->in + buf->in_pos,
					   buf->in_size - buf->in_pos);

	if (zstd_is_error(err))
		return to_errno(err);
	if (err) /* bytes that are missing */
		return -ENODATA;
	if (header.frameType == ZSTD_skippableFrame)
		return -EOPNOTSUPP;
	if (header.windowSize > FIRMWARE_DICTIONARY_MAX)
		return -EFBIG;
	return max_t(ssize_t, header.windowSize, SMALLEST_WINDOW);
}

static int start(struct unpack_zstd *z, const struct xz_buf *buf)
{
	ssize_t window = read_window(buf);
	size_t bytes;

	if (window < 0)
		return window;
	bytes = zstd_dstream_workspace_bound(window);
	/* kvmalloc() may round up to huge pages, 2 MiB or more each. */
	z->workspace = vmalloc(bytes);
	if (!z->workspace)
		return -ENOMEM;
	z->stream = zstd_init_dstream(window, z->workspace, bytes);
	return z->stream ? 0 : -ENOMEM;
}

static int zstd_run(void *state, struct xz_buf *buf)
{
	struct unpack_zstd *z = state;
	zstd_in_buffer in = { buf->in, buf->in_size, buf->in_pos };
	zstd_out_buffer out = { buf->out, buf->out_size, buf->out_pos };
	int err = z->stream ? 0 : start(z, buf);
	size_t left;

	if (err)
		return err;
	left = zstd_decompress_stream(z->stream, &out, &in);
	buf->in_pos = in.pos;
	buf->out_pos = out.pos;
	if (zstd_is_error(left))
		return to_errno(left);
	return !left;
}

const struct firmware_unpacker xen_carveout_fw_zstd = {
	.begin = zstd_begin,
	.run = zstd_run,
	.end = zstd_end,
};
