/* SPDX-License-Identifier: GPL-2.0-only */
/* What an image is to be loaded as: a stanza's `format`.  Freestanding. */
#ifndef COMMON_IMAGE_FORMAT_H
#define COMMON_IMAGE_FORMAT_H

#include "image.h"

#ifdef __KERNEL__ /* one name space for all of it */
#define image_format_name xen_carveout_image_format_name
#define image_format_find xen_carveout_image_format_find
#define image_format_insists xen_carveout_image_format_insists
#define image_format_mismatch xen_carveout_image_format_mismatch
#endif

enum image_format {
	IMAGE_AUTO, /* what its content says */
	IMAGE_RAW,  /* as it is, whatever it holds */
	IMAGE_ELF,  /* by its headers */
	IMAGE_MBN,  /* and it has a hash segment of Qualcomm's */
	IMAGE_FORMATS
};

const char *image_format_name(enum image_format format);

/* IMAGE_FORMATS: there is none of this name. */
enum image_format image_format_find(const char *name);

/* Is it something that only an image's headers can place? */
bool image_format_insists(enum image_format format);

/* NULL: it may be loaded so.  Else what is said of an image that may not. */
const char *image_format_mismatch(enum image_format format,
				  const struct image *image);

#endif
