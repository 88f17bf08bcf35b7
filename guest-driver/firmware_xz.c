// SPDX-License-Identifier: GPL-2.0-only
/* .xz, by the kernel's decompressor: CRC32 or no check, LZMA2. */
#include <linux/errno.h>
#include <linux/xz.h>

#include "firmware_unpack.h"

/* The dictionary is allocated when the archive says how large it is. */
static void *xz_begin(void)
{
	return xz_dec_init(XZ_DYNALLOC, FIRMWARE_DICTIONARY_MAX);
}

static int xz_run(void *state, struct xz_buf *buf)
{
	switch (xz_dec_run(state, buf)) {
	case XZ_OK:
		return 0;
	case XZ_STREAM_END:
		return 1;
	case XZ_MEM_ERROR:
		return -ENOMEM;
	case XZ_MEMLIMIT_ERROR:
		return -EFBIG;
	case XZ_OPTIONS_ERROR:
	case XZ_UNSUPPORTED_CHECK:
		return -EOPNOTSUPP;
	case XZ_BUF_ERROR: /* twice nothing went on */
		return -ENODATA;
	default:
		return -EBADMSG;
	}
}

static void xz_end(void *state)
{
	xz_dec_end(state);
}

const struct firmware_unpacker xen_carveout_fw_xz = {
	.begin = xz_begin,
	.run = xz_run,
	.end = xz_end,
};
