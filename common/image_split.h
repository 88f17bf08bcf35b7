/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Images in parts: NAME.mdt has the headers and the hash segment behind them,
 * NAME.b00, NAME.b01, ... a segment's bytes each.  Freestanding.
 */
#ifndef COMMON_IMAGE_SPLIT_H
#define COMMON_IMAGE_SPLIT_H

#include "image.h"

#ifdef __KERNEL__ /* one name space for all of it */
#define image_is_named_mdt xen_carveout_image_is_named_mdt
#define image_is_split xen_carveout_image_is_split
#define image_part_name xen_carveout_image_part_name
#define image_hash_offset xen_carveout_image_hash_offset
#endif

/* More than the name, in octets: the number of a segment may have three digits
 * where "mdt" stood. */
#define IMAGE_PART_ROOM 4

bool image_is_named_mdt(const char *name);

/* Of a file of so many bytes. */
bool image_is_split(const struct image *image, const char *name,
		    uint64_t file_size);

/* The name of a segment's part, for an .mdt's, into strlen(name) +
 * IMAGE_PART_ROOM octets. */
void image_part_name(const char *name, unsigned int segment, char *part);

/* Where the hash segment of an image that has one begins in the file. */
uint64_t image_hash_offset(const struct image *image, bool split);

#endif
