// SPDX-License-Identifier: GPL-2.0-only
#include "image/stream.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void close_part(struct image_stream *stream)
{
	if (stream->part >= 0)
		close(stream->part);
	stream->part = -1;
}

static int open_part(struct image_stream *stream, unsigned int segment,
		     struct sentence error)
{
	if (stream->part >= 0 && stream->part_segment == segment)
		return 0;
	close_part(stream);
	stream->part = image_file_part(&stream->file, segment, error);
	stream->part_segment = segment;
	return stream->part < 0 ? stream->part : 0;
}

/* One that is missing is better known before the first byte is written. */
static int check_parts(struct image_stream *stream, struct sentence error)
{
	int rc = 0;

	for (unsigned int i = 0; i < stream->plan.count && !rc; i++)
		rc = open_part(stream, stream->plan.order[i], error);
	close_part(stream);
	return rc;
}

static int refuse(const char *path, struct image_fault fault,
		  struct sentence error)
{
	char before[PATH_MAX + 3];

	snprintf(before, sizeof(before), "%s: ", path);
	return image_fault_tell(fault, before, -ENOEXEC, error);
}

static int judge(struct image_stream *stream, enum image_format format,
		 struct sentence error)
{
	const struct image_file *file = &stream->file;
	struct image_fault fault = file->fault;
	const char *mismatch;

	mismatch = image_format_mismatch(format, &file->image);
	if (!fault.wrong && mismatch)
		return sentence_set(error, -ENOEXEC, "%s: %s", file->path,
				    mismatch);
	if (!file->image.elf)
		return 0;
	if (!fault.wrong)
		fault = image_plan_make(&file->image, &stream->plan);
	if (fault.wrong)
		return refuse(file->path, fault, error);
	return file->split ? check_parts(stream, error) : 0;
}

int image_stream_begin(struct image_stream *stream, int fd, const char *path,
		       enum image_format format, struct sentence error)
{
	int rc;

	stream->at = 0;
	stream->part = -1;
	rc = image_file_begin(&stream->file, fd, path, error);
	if (!rc)
		rc = judge(stream, format, error);
	return rc ? rc : stream->file.image.elf;
}

void image_stream_end(struct image_stream *stream)
{
	close_part(stream);
}

static int read_run(struct image_stream *stream, const struct image_run *run,
		    void *bytes, size_t length, struct sentence error)
{
	int rc = 0;

	if (run->segment == IMAGE_NO_SEGMENT) {
		memset(bytes, 0, length);
		return 0;
	}
	if (stream->file.split)
		rc = open_part(stream, run->segment, error);
	return rc ? rc :
		    image_file_piece(&stream->file, stream->part, run->segment,
				     run->offset, bytes, length, error);
}

ssize_t image_stream_read(struct image_stream *stream, void *bytes,
			  size_t length, struct sentence error)
{
	size_t done = 0;

	while (done < length) {
		struct image_run run = image_plan_run(
			&stream->file.image, &stream->plan, stream->at);
		size_t want = length - done;
		int rc;

		if (!run.size)
			break;
		if (run.size < want)
			want = (size_t)run.size;
		rc = read_run(stream, &run, (char *)bytes + done, want, error);
		if (rc)
			return rc;
		done += want;
		stream->at += want;
	}
	return (ssize_t)done;
}
