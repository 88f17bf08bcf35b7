/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef XEN_CARVEOUT_FIRMWARE_SOURCE_H
#define XEN_CARVEOUT_FIRMWARE_SOURCE_H

#include <linux/types.h>

struct file;

/*
 * Read when a file is found, before anybody says where its bytes belong; of an
 * archive all is read in pieces of that.
 */
#define FIRMWARE_PIECE (64 * 1024)

/* A file that is opened once, and read in pieces. */
struct firmware_source {
	struct file *file; /* NULL: none is open */
	void *buffer;	   /* FIRMWARE_PIECE bytes */
	size_t ready;	   /* the first bytes of the file are in it: so many */
	size_t given;	   /* of these, to who reads */
	loff_t pos;	   /* of what is read next, behind the buffer */
	size_t size;	   /* of the file, when it was read last */
	loff_t dropped;	   /* from the page cache, up to here */
};

int xen_carveout_fw_source_init(struct firmware_source *src);
int xen_carveout_fw_source_open(struct firmware_source *src, const char *path);
void xen_carveout_fw_source_seek(struct firmware_source *src, u64 offset);
ssize_t xen_carveout_fw_source_read(struct firmware_source *src, void *to,
				    size_t room);
void xen_carveout_fw_source_exit(struct firmware_source *src);
struct file *xen_carveout_fw_open(const char *path);

#endif
