/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An image's place as a stream: its bytes from the first to the last, and where
 * each of them comes from.  Who loads goes through it once and in order, so that
 * neither an image nor a list of its pieces is held.
 *
 * Freestanding, without allocation.
 */
#ifndef COMMON_IMAGE_PLAN_H
#define COMMON_IMAGE_PLAN_H

#include "image.h"

#ifdef __KERNEL__ /* one name space for all of it */
#define image_plan_make xen_carveout_image_plan_make
#define image_plan_fits xen_carveout_image_plan_fits
#define image_plan_run xen_carveout_image_plan_run
#endif

struct image_plan {
	struct image_place place;
	/* Those that have bytes in the file, by their addresses. */
	unsigned int count;
	uint8_t order[IMAGE_SEGMENTS_MAX];
};

/* Bytes of the place that come from one source. */
struct image_run {
	unsigned int segment; /* or IMAGE_NO_SEGMENT: they are zeros */
	uint64_t offset; /* of the first, in the segment's bytes of the file */
	uint64_t size;	 /* 0: the place is over */
};

/* A fault is what image_place() says. */
struct image_fault image_plan_make(const struct image *image,
				   struct image_plan *plan);

/* Into so many bytes?  IMAGE_BEYOND, of the first segment that does not. */
struct image_fault image_plan_fits(const struct image *image,
				   const struct image_plan *plan,
				   uint64_t room);

/* From byte `at` of the place on, at most its size, for an image that the plan
 * was made of. */
struct image_run image_plan_run(const struct image *image,
				const struct image_plan *plan, uint64_t at);

#endif
