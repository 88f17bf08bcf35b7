/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A Qualcomm image as it is once it was placed, and what it is judged by: of
 * version 7, with two segments, a gap, and a chain of two certificates made for
 * it.
 */
#ifndef TESTS_SIGNED_IMAGE_H
#define TESTS_SIGNED_IMAGE_H

#include <stddef.h>
#include <stdint.h>

#define SIGNED_IMAGE_SIZE (5 * 4096 + 1000) /* of the content */
#define SIGNED_IMAGE_GAP 6000 /* a byte of it that is in no segment */

struct signed_image {
	uint8_t content[SIGNED_IMAGE_SIZE];
	uint8_t evidence[8192]; /* struct carveoutif_evidence, and the rest */
	size_t evidence_size;
	size_t header_size; /* of the headers in it */
	uint8_t root[32];   /* SHA-256 of the root's DER */
};

/* valid_from: seconds from now, when the certificates begin to be valid. */
void signed_image_make(struct signed_image *image, long valid_from);

/* Unsigned: the table, and nobody's signature. */
void signed_image_make_unsigned(struct signed_image *image);

#endif
