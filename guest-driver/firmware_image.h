/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef XEN_CARVEOUT_FIRMWARE_IMAGE_H
#define XEN_CARVEOUT_FIRMWARE_IMAGE_H

#include "firmware_file.h"
#include "image.h"
#include "image_plan.h"

/* What is loaded by name; too large for a stack. */
struct firmware_image {
	struct xen_carveout *c;
	const char *name;
	struct firmware_file file;
	struct firmware_file part; /* of an image that is split */
	unsigned int part_segment; /* or IMAGE_NO_SEGMENT: none is open */
	bool split;
	u64 at;		  /* bytes given to who loads */
	const char *step; /* what failed, if something does */
	/* Read once: what is judged is what is loaded. */
	size_t head_length;
	u8 head[IMAGE_HEADERS_MAX];
	struct image image; /* .elf: it is loaded by its headers */
	struct image_plan plan;
};

int xen_carveout_fw_image_open(struct firmware_image *im,
			       struct xen_carveout *c, const char *name);
void xen_carveout_fw_image_close(struct firmware_image *im);
ssize_t xen_carveout_fw_image_evidence(struct firmware_image *im, void *to);
ssize_t xen_carveout_fw_image_read(struct firmware_image *im, void *to,
				   size_t room);

#endif
