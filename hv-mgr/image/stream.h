/* SPDX-License-Identifier: GPL-2.0-only */
/* An image as the bytes of its place, in order: for who loads it by its
 * headers. */
#ifndef IMAGE_STREAM_H
#define IMAGE_STREAM_H

#include <sys/types.h>

#include "image/file.h"
#include "image_format.h"
#include "image_plan.h"

struct image_stream {
	struct image_file file;
	struct image_plan plan;
	uint64_t at; /* bytes read, of the plan's place */
	/* Of an image that is split: */
	int part; /* -1: none is open */
	unsigned int part_segment;
};

/*
 * Begin with a regular file, whose descriptor stays the caller's.  1: it is to
 * be loaded by its headers; image_stream_end() in the end.  0: as it is; nothing
 * is to be ended.  -ENOEXEC: it cannot be loaded in that format, or another
 * errno: not be read; with a sentence.  What can be judged before its bytes are
 * read was judged then.
 */
int image_stream_begin(struct image_stream *stream, int fd, const char *path,
		       enum image_format format, struct sentence error);
void image_stream_end(struct image_stream *stream);

/* The next bytes, as many as there are up to length; 0: that was all. */
ssize_t image_stream_read(struct image_stream *stream, void *bytes,
			  size_t length, struct sentence error);

#endif
