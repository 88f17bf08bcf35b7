// SPDX-License-Identifier: GPL-2.0-only
#include "image/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "image_split.h"
#include "mbn.h"

#define PIECE ((size_t)1 << 20)

static int cannot(const char *path, int rc, struct sentence error)
{
	return sentence_set(error, rc, "%s: %s", path, strerror(-rc));
}

/* As many as there are, up to length. */
static ssize_t read_at(int fd, void *bytes, size_t length, uint64_t offset)
{
	size_t done = 0;
	ssize_t got;

	do {
		got = pread(fd, (char *)bytes + done, length - done,
			    (off_t)(offset + done));
		if (got > 0)
			done += (size_t)got;
	} while ((got > 0 && done < length) || (got < 0 && errno == EINTR));
	return got < 0 ? -errno : (ssize_t)done;
}

int image_fault_tell(struct image_fault fault, const char *before, int rc,
		     struct sentence error)
{
	const char *text = image_wrong_text(fault.wrong);

	if (fault.segment == IMAGE_NO_SEGMENT)
		return sentence_set(error, rc, "%s%s", before, text);
	return sentence_set(error, rc, "%ssegment %u %s", before, fault.segment,
			    text);
}

/* ---- parts ---- */

static int open_part(const struct image_file *file, unsigned int segment,
		     char name[PATH_MAX], struct sentence error)
{
	uint64_t size = file->image.segments[segment].file_size;
	struct stat is;
	int fd;

	if (strlen(file->path) + IMAGE_PART_ROOM > PATH_MAX)
		return cannot(file->path, -ENAMETOOLONG, error);
	image_part_name(file->path, segment, name);
	fd = open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return sentence_set(error, -errno, "%s, for segment %u: %s",
				    name, segment, strerror(errno));
	if (!fstat(fd, &is) && (uint64_t)is.st_size == size)
		return fd;
	close(fd);
	return sentence_set(
		error, -ENOEXEC,
		"%s: has not the %llu octets that segment %u has by the .mdt",
		name, (unsigned long long)size, segment);
}

/* ---- opening ---- */

static int read_head(struct image_file *file, struct sentence error)
{
	ssize_t got = read_at(file->fd, file->head, sizeof(file->head), 0);

	if (got < 0)
		return cannot(file->path, (int)got, error);
	file->head_length = (size_t)got;
	file->fault = image_parse(file->head, file->head_length, &file->image);
	if (file->fault.wrong)
		return 0;
	file->split = image_is_split(&file->image, file->path, file->size);
	if (!file->split)
		file->fault = image_within(&file->image, file->size);
	return 0;
}

int image_file_begin(struct image_file *file, int fd, const char *path,
		     struct sentence error)
{
	struct stat is;

	memset(file, 0, sizeof(*file));
	file->path = path;
	file->fd = fd;
	if (fstat(fd, &is))
		return cannot(path, -errno, error);
	if (!S_ISREG(is.st_mode))
		return sentence_set(error, -EINVAL, "%s: no regular file",
				    path);
	file->size = (uint64_t)is.st_size;
	return read_head(file, error);
}

int image_file_open(struct image_file *file, const char *path,
		    struct sentence error)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), rc;

	file->fd = fd;
	if (fd < 0)
		return cannot(path, -errno, error);
	rc = image_file_begin(file, fd, path, error);
	if (rc)
		image_file_close(file);
	return rc;
}

void image_file_close(struct image_file *file)
{
	if (file->fd >= 0)
		close(file->fd);
	file->fd = -1;
}

/* ---- content ---- */

static int read_exactly(int fd, const char *name, void *bytes, size_t length,
			uint64_t offset, struct sentence error)
{
	ssize_t got = read_at(fd, bytes, length, offset);

	if (got < 0)
		return cannot(name, (int)got, error);
	if ((size_t)got < length)
		return sentence_set(error, -EIO,
				    "%s: became shorter as it was read", name);
	return 0;
}

static int read_all(int fd, const char *name, uint64_t offset, uint64_t size,
		    image_take *take, void *context, struct sentence error)
{
	static uint8_t bytes[PIECE];

	while (size) {
		size_t want = size < PIECE ? (size_t)size : PIECE;
		int rc = read_exactly(fd, name, bytes, want, offset, error);

		if (rc)
			return rc;
		take(context, bytes, want);
		offset += want;
		size -= want;
	}
	return 0;
}

static int read_part(const struct image_file *file, unsigned int segment,
		     image_take *take, void *context, struct sentence error)
{
	const struct image_segment *s = &file->image.segments[segment];
	char name[PATH_MAX];
	int fd = open_part(file, segment, name, error), rc;

	if (fd < 0)
		return fd;
	rc = read_all(fd, name, 0, s->file_size, take, context, error);
	close(fd);
	return rc;
}

int image_file_segment(const struct image_file *file, unsigned int segment,
		       image_take *take, void *context, struct sentence error)
{
	const struct image_segment *s = &file->image.segments[segment];

	if (!s->file_size)
		return 0;
	/* The headers, of which there is a copy already. */
	if (!s->offset && s->file_size <= file->head_length) {
		take(context, file->head, (size_t)s->file_size);
		return 0;
	}
	if (file->split)
		return read_part(file, segment, take, context, error);
	return read_all(file->fd, file->path, s->offset, s->file_size, take,
			context, error);
}

int image_file_part(const struct image_file *file, unsigned int segment,
		    struct sentence error)
{
	char name[PATH_MAX];

	return open_part(file, segment, name, error);
}

int image_file_piece(const struct image_file *file, int part,
		     unsigned int segment, uint64_t offset, void *bytes,
		     size_t length, struct sentence error)
{
	char name[PATH_MAX];

	if (!file->split)
		return read_exactly(
			file->fd, file->path, bytes, length,
			file->image.segments[segment].offset + offset, error);
	image_part_name(file->path, segment, name);
	return read_exactly(part, name, bytes, length, offset, error);
}

int image_file_hash(const struct image_file *file, uint8_t **bytes,
		    size_t *length, struct sentence error)
{
	uint64_t size = file->image.segments[file->image.hash].file_size;
	ssize_t got;

	if (size > MBN_HASH_SEGMENT_MAX)
		return sentence_set(
			error, -EINVAL,
			"%s: a hash segment of %llu octets; %u are the most",
			file->path, (unsigned long long)size,
			MBN_HASH_SEGMENT_MAX);
	*bytes = malloc(size ? (size_t)size : 1);
	if (!*bytes)
		return cannot(file->path, -ENOMEM, error);
	got = read_at(file->fd, *bytes, (size_t)size,
		      image_hash_offset(&file->image, file->split));
	if (got == (ssize_t)size) {
		*length = (size_t)size;
		return 0;
	}
	free(*bytes);
	*bytes = NULL;
	if (got < 0)
		return cannot(file->path, (int)got, error);
	return sentence_set(error, -EINVAL,
			    "%s: ends before its hash segment does",
			    file->path);
}
