/* SPDX-License-Identifier: GPL-2.0-only */
/* An image as it lies on a disk: in one file, or an .mdt with parts beside it. */
#ifndef IMAGE_FILE_H
#define IMAGE_FILE_H

#include "config/sentence.h"
#include "image.h"

struct image_file {
	const char *path;
	int fd;
	uint64_t size;
	/* The segments' bytes are in NAME.b00, NAME.b01, ... */
	bool split;
	/* Read once: what is judged is what is hashed. */
	uint8_t head[IMAGE_HEADERS_MAX];
	size_t head_length;
	struct image image;
	struct image_fault fault; /* of its headers, or where they point */
};

/*
 * -errno with a sentence: it cannot be read.  An image with a fault can, and is
 * to be closed all the same.
 */
int image_file_open(struct image_file *file, const char *path,
		    struct sentence error);
void image_file_close(struct image_file *file);

/* The same of an open file, whose descriptor stays the caller's. */
int image_file_begin(struct image_file *file, int fd, const char *path,
		     struct sentence error);

/* "segment 3 lies outside the file", behind `before`.  Returns rc. */
int image_fault_tell(struct image_fault fault, const char *before, int rc,
		     struct sentence error);

/* All octets that a segment has in the file, in order: take() is called with
 * pieces of them. -errno with a sentence. */
typedef void image_take(void *context, const void *bytes, size_t length);
int image_file_segment(const struct image_file *file, unsigned int segment,
		       image_take *take, void *context, struct sentence error);

/* Of an image that is split: a descriptor of the part that has the segment's
 * octets, all of them. */
int image_file_part(const struct image_file *file, unsigned int segment,
		    struct sentence error);

/* Some of the octets that a segment has in the file; part: as above, if it is
 * split.  -EIO: there are no so many any more. */
int image_file_piece(const struct image_file *file, int part,
		     unsigned int segment, uint64_t offset, void *bytes,
		     size_t length, struct sentence error);

/* Qualcomm's hash segment, of which there is one; the caller frees it. */
int image_file_hash(const struct image_file *file, uint8_t **bytes,
		    size_t *length, struct sentence error);

#endif
