/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef XEN_CARVEOUT_FIRMWARE_FILE_H
#define XEN_CARVEOUT_FIRMWARE_FILE_H

#include "firmware_source.h"
#include "firmware_unpack.h"

struct xen_carveout;

/* A file of the firmware search path, as what it holds when it is unpacked. */
struct firmware_file {
	struct xen_carveout *c;
	struct firmware_source src;
	struct firmware_unpack unpack;
	const struct firmware_unpacker *unpacker; /* NULL: it is not packed */
	void *skipped;	   /* FIRMWARE_PIECE bytes, for an archive */
	u64 pos;	   /* of the next byte */
	const char **step; /* what failed, if something does */
};

/* Where a packed file ends is not known before it was read. */
#define FIRMWARE_SIZE_UNKNOWN (~0ULL)

int xen_carveout_fw_file_open(struct firmware_file *f, struct xen_carveout *c,
			      const char *name, const char **step);
void xen_carveout_fw_file_close(struct firmware_file *f);
ssize_t xen_carveout_fw_file_read(struct firmware_file *f, u64 offset, void *to,
				  size_t room);
u64 xen_carveout_fw_file_size(const struct firmware_file *f);
int xen_carveout_fw_file_measure(struct firmware_file *f, u64 *size);

#endif
