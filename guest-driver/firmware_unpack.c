// SPDX-License-Identifier: GPL-2.0-only
/*
 * Unpack an archive piece by piece: a piece of the file in, what its reader has
 * room for out, and between them what the decompressor remembers.  One archive a
 * file: what stands behind its end is an error, where the firmware loader
 * passes over it in silence (.xz) or has no room for it (.zst).
 */
#include <linux/errno.h>
#include <linux/slab.h>

#include "firmware_unpack.h"

int xen_carveout_fw_unpack_begin(struct firmware_unpack *u,
				 const struct firmware_unpacker *unpacker,
				 struct firmware_source *src)
{
	*u = (struct firmware_unpack){
		.unpacker = unpacker,
		.src = src,
		.state = unpacker->begin(),
		.in = kvmalloc(FIRMWARE_PIECE, GFP_KERNEL),
	};
	u->buf.in = u->in;
	if (u->state && u->in)
		return 0;
	xen_carveout_fw_unpack_end(u);
	return -ENOMEM;
}

static ssize_t read_some(struct firmware_unpack *u)
{
	ssize_t n = xen_carveout_fw_source_read(u->src, u->in, FIRMWARE_PIECE);

	u->unread = n < 0;
	return n;
}

static int unpack_some(struct firmware_unpack *u)
{
	struct xz_buf *buf = &u->buf;
	ssize_t n;
	int ret;

	if (buf->in_pos == buf->in_size) {
		n = read_some(u);
		if (n < 0)
			return n;
		buf->in_pos = 0;
		buf->in_size = n;
	}
	ret = u->unpacker->run(u->state, buf);
	if (ret < 0)
		return ret;
	u->over = ret;
	/* The file is over, and no output waits for room. */
	if (!ret && !buf->in_size && buf->out_pos < buf->out_size)
		return -ENODATA;
	return 0;
}

static int check_end(struct firmware_unpack *u)
{
	ssize_t n = u->buf.in_size - u->buf.in_pos;

	if (!n)
		n = read_some(u);
	return n > 0 ? -EBADMSG : n;
}

/*
 * The image's next bytes, one at least; 0: that was all.  Ends, as each turn
 * takes input or gives output, or the decompressor fails.
 */
ssize_t xen_carveout_fw_unpack_read(struct firmware_unpack *u, void *to,
				    size_t room)
{
	int err;

	u->buf.out = to;
	u->buf.out_size = room;
	u->buf.out_pos = 0;
	while (!u->buf.out_pos) {
		if (u->over)
			return check_end(u);
		err = unpack_some(u);
		if (err)
			return err;
	}
	return u->buf.out_pos;
}

static const char *words_for(const struct firmware_unpack *u, int error)
{
	switch (error) {
	case -EBADMSG:
		return u->over ? "something follows the archive's end" :
				 "it is damaged, or no such archive";
	case -ENODATA:
		return "it is cut short, or holds nothing";
	case -EFBIG:
		return "it wants a dictionary of more than 8 MiB (xz -6 and zstd -19 want less)";
	case -EOPNOTSUPP:
		return "the kernel cannot unpack it; it can what xz --check=crc32 and zstd make";
	default:
		return NULL;
	}
}

/* What only an archive can have is told in words. */
void xen_carveout_fw_unpack_explain(const struct firmware_unpack *u,
				    struct device *dev, int error)
{
	const char *words = words_for(u, error);

	if (words)
		dev_err(dev, "firmware %pD4: %s\n", u->src->file, words);
}

/* May be called again. */
void xen_carveout_fw_unpack_end(struct firmware_unpack *u)
{
	kvfree(u->in);
	u->in = NULL;
	if (u->state)
		u->unpacker->end(u->state);
	u->state = NULL;
}
