/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef XEN_CARVEOUT_FIRMWARE_UNPACK_H
#define XEN_CARVEOUT_FIRMWARE_UNPACK_H

#include <linux/device.h>
#include <linux/xz.h>

#include "firmware_source.h"

/*
 * What a decompressor remembers of the image, and with some KiB beside it all
 * the memory that it has: what xz uses unless told otherwise, what zstd uses
 * at most below its --ultra levels, and what RFC 8878 asks of everybody.
 */
#define FIRMWARE_DICTIONARY_MAX (8 * 1024 * 1024)

/*
 * A way to pack.  Its input and output are a struct xz_buf, xz or not.
 * run() gives 0 (it takes more input, or has more output), 1 (the archive is
 * over) or a negated errno, one of those of words_for() among them.
 */
struct firmware_unpacker {
	void *(*begin)(void); /* NULL: no memory */
	int (*run)(void *state, struct xz_buf *buf);
	void (*end)(void *state);
};

#ifdef CONFIG_FW_LOADER_COMPRESS_ZSTD
extern const struct firmware_unpacker xen_carveout_fw_zstd;
#define FIRMWARE_ZSTD (&xen_carveout_fw_zstd)
#else
#define FIRMWARE_ZSTD NULL
#endif

#ifdef CONFIG_FW_LOADER_COMPRESS_XZ
extern const struct firmware_unpacker xen_carveout_fw_xz;
#define FIRMWARE_XZ (&xen_carveout_fw_xz)
#else
#define FIRMWARE_XZ NULL
#endif

struct firmware_unpack {
	const struct firmware_unpacker *unpacker;
	struct firmware_source *src;
	void *state;
	void *in; /* FIRMWARE_PIECE bytes: the piece of the archive */
	struct xz_buf buf;
	bool over;   /* the archive is; the file may not be */
	bool unread; /* the file failed, and not what is in it */
};

int xen_carveout_fw_unpack_begin(struct firmware_unpack *u,
				 const struct firmware_unpacker *unpacker,
				 struct firmware_source *src);
ssize_t xen_carveout_fw_unpack_read(struct firmware_unpack *u, void *to,
				    size_t room);
void xen_carveout_fw_unpack_explain(const struct firmware_unpack *u,
				    struct device *dev, int error);
void xen_carveout_fw_unpack_end(struct firmware_unpack *u);

#endif
