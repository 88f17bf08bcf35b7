// SPDX-License-Identifier: GPL-2.0-only
/*
 * An image by its name, as the bytes that a carveout shall hold: those of its
 * file, or, of an ELF image, those of its place, in the order of addresses
 * (image_plan.h).  So it is a stream like another, and no more of it is held
 * than of a stream.
 *
 * All that its headers can be blamed for is found before the first byte is
 * given; but where an archive ends, by reading it.
 */
#include <linux/errno.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "firmware_image.h"
#include "image_format.h"
#include "image_split.h"
#include "internal.h"
#include "mbn.h"

static int read_head(struct firmware_image *im)
{
	ssize_t n;

	do {
		n = xen_carveout_fw_file_read(
			&im->file, im->head_length, im->head + im->head_length,
			sizeof(im->head) - im->head_length);
		if (n > 0)
			im->head_length += n;
	} while (n > 0 && im->head_length < sizeof(im->head));
	return n < 0 ? n : 0;
}

/* The bytes of its file, one at least; 0: the file ends before them. */
static ssize_t read_file(struct firmware_image *im, u64 offset, void *to,
			 size_t room)
{
	if (offset >= im->head_length)
		return xen_carveout_fw_file_read(&im->file, offset, to, room);
	room = min_t(u64, room, im->head_length - offset);
	memcpy(to, im->head + offset, room);
	return room;
}

/* ---- an image in parts ---- */

static void close_part(struct firmware_image *im)
{
	if (im->part_segment != IMAGE_NO_SEGMENT)
		xen_carveout_fw_file_close(&im->part);
	im->part_segment = IMAGE_NO_SEGMENT;
}

static int open_named(struct firmware_image *im, unsigned int segment,
		      const char *name)
{
	u64 size = im->image.segments[segment].file_size, has;
	int err = xen_carveout_fw_file_open(&im->part, im->c, name, &im->step);

	if (err) {
		dev_err(&im->c->dev, "firmware %s, for segment %u: error %d\n",
			name, segment, err);
		return err;
	}
	im->part_segment = segment;
	has = xen_carveout_fw_file_size(&im->part);
	if (has == size || has == FIRMWARE_SIZE_UNKNOWN)
		return 0;
	dev_err(&im->c->dev,
		"firmware %s: it has %llu bytes, and segment %u has %llu\n",
		name, has, segment, size);
	close_part(im);
	return -ENOEXEC;
}

static int open_part(struct firmware_image *im, unsigned int segment)
{
	char *name;
	int err;

	if (im->part_segment == segment)
		return 0;
	close_part(im);
	name = kmalloc(strlen(im->name) + IMAGE_PART_ROOM, GFP_KERNEL);
	if (!name)
		return -ENOMEM;
	image_part_name(im->name, segment, name);
	err = open_named(im, segment, name);
	kfree(name);
	return err;
}

/* One that is missing is better known before the first byte is written. */
static int check_parts(struct firmware_image *im)
{
	unsigned int i;
	int err = 0;

	for (i = 0; i < im->plan.count && !err; i++)
		err = open_part(im, im->plan.order[i]);
	close_part(im);
	return err;
}

/* ---- what its headers say ---- */

static int refuse(struct firmware_image *im, struct image_fault fault)
{
	const char *text = image_wrong_text(fault.wrong);

	if (fault.segment == IMAGE_NO_SEGMENT)
		dev_err(&im->c->dev, "firmware %s: %s\n", im->name, text);
	else
		dev_err(&im->c->dev, "firmware %s: segment %u %s\n", im->name,
			fault.segment, text);
	return fault.wrong == IMAGE_BEYOND ? -ENOSPC : -ENOEXEC;
}

static int refuse_size(struct firmware_image *im, u64 expected)
{
	dev_err(&im->c->dev,
		"firmware %s: it takes %llu bytes of the carveout, and %llu are expected\n",
		im->name, im->plan.place.size, expected);
	return im->plan.place.size > expected ? -EFBIG : -ENODATA;
}

static int check_size(struct firmware_image *im)
{
	struct xen_carveout *c = im->c;
	struct image_fault is =
		image_plan_fits(&im->image, &im->plan, c->limits.size);
	u64 expected;

	if (is.wrong)
		return refuse(im, is);
	spin_lock(&c->lock);
	expected = c->expected_size;
	spin_unlock(&c->lock);
	if (expected && im->plan.place.size != expected)
		return refuse_size(im, expected);
	return 0;
}

/* Are its segments in its file, or beside it? */
static int check_files(struct firmware_image *im)
{
	u64 size = xen_carveout_fw_file_size(&im->file);
	struct image_fault is;
	int err = 0;

	if (image_is_named_mdt(im->name) && im->image.hash != IMAGE_NO_SEGMENT)
		err = xen_carveout_fw_file_measure(&im->file, &size);
	if (err)
		return err;
	im->split = image_is_split(&im->image, im->name, size);
	if (im->split)
		return check_parts(im);
	is = image_within(&im->image, size);
	return is.wrong ? refuse(im, is) : 0;
}

static int judge_elf(struct firmware_image *im)
{
	struct image_fault is = image_plan_make(&im->image, &im->plan);
	int err;

	if (is.wrong)
		return refuse(im, is);
	err = check_size(im);
	return err ? err : check_files(im);
}

static int judge(struct firmware_image *im)
{
	enum image_format format = READ_ONCE(im->c->limits.format);
	struct image_fault is = { IMAGE_FINE, IMAGE_NO_SEGMENT };
	const char *mismatch;

	if (format != IMAGE_RAW)
		is = image_parse(im->head, im->head_length, &im->image);
	if (is.wrong)
		return refuse(im, is);
	mismatch = image_format_mismatch(format, &im->image);
	if (mismatch) {
		dev_err(&im->c->dev, "firmware %s: %s\n", im->name, mismatch);
		return -ENOEXEC;
	}
	if (im->image.elf)
		return judge_elf(im);
	if (!im->file.unpacker && im->file.src.size > im->c->limits.size)
		return -ENOSPC;
	return 0;
}

/* im: zeros.  Nothing is to be closed if it fails. */
int xen_carveout_fw_image_open(struct firmware_image *im,
			       struct xen_carveout *c, const char *name)
{
	int err;

	im->c = c;
	im->name = name;
	im->part_segment = IMAGE_NO_SEGMENT;
	im->step = "firmware";
	err = xen_carveout_fw_file_open(&im->file, c, name, &im->step);
	if (err)
		return err;
	err = read_head(im);
	if (!err)
		err = judge(im);
	if (err)
		xen_carveout_fw_file_close(&im->file);
	return err;
}

void xen_carveout_fw_image_close(struct firmware_image *im)
{
	close_part(im);
	xen_carveout_fw_file_close(&im->file);
}

/* ---- what it holds ---- */

static ssize_t read_segment(struct firmware_image *im,
			    const struct image_run *run, void *to, size_t room)
{
	const struct image_segment *s = &im->image.segments[run->segment];
	int err;

	if (!im->split)
		return read_file(im, s->offset + run->offset, to, room);
	err = open_part(im, run->segment);
	if (err)
		return err;
	return xen_carveout_fw_file_read(&im->part, run->offset, to, room);
}

static ssize_t read_run(struct firmware_image *im, const struct image_run *run,
			void *to, size_t room)
{
	ssize_t n;

	if (run->segment == IMAGE_NO_SEGMENT) {
		memset(to, 0, room);
		return room;
	}
	n = read_segment(im, run, to, room);
	if (!n)
		n = refuse(im,
			   (struct image_fault){ IMAGE_OUTSIDE, run->segment });
	return n;
}

static ssize_t read_placed(struct firmware_image *im, void *to, size_t room)
{
	struct image_run run = image_plan_run(&im->image, &im->plan, im->at);

	room = min_t(u64, room, run.size);
	return room ? read_run(im, &run, to, room) : 0;
}

/* The next bytes that the carveout shall hold, one at least; 0: that was all. */
ssize_t xen_carveout_fw_image_read(struct firmware_image *im, void *to,
				   size_t room)
{
	ssize_t n = im->image.elf ? read_placed(im, to, room) :
				    read_file(im, im->at, to, room);

	if (n > 0)
		im->at += n;
	return n;
}

/* ---- what it is judged by ---- */

static int read_hashes(struct firmware_image *im, u8 *to, u32 size)
{
	u64 offset = image_hash_offset(&im->image, im->split);
	ssize_t n;

	while (size) {
		n = read_file(im, offset, to, size);
		if (n <= 0)
			return n < 0 ? n : -ENODATA;
		offset += n;
		to += n;
		size -= n;
	}
	return 0;
}

/*
 * What dom0 needs to judge it, into room for CARVEOUTIF_EVIDENCE_MAX: its length.
 * 0: there is nothing that it could be judged by.
 */
ssize_t xen_carveout_fw_image_evidence(struct firmware_image *im, void *to)
{
	struct carveoutif_evidence sizes;
	u64 hashes;
	int err;

	BUILD_BUG_ON(sizeof(sizes) + IMAGE_HEADERS_MAX + MBN_HASH_SEGMENT_MAX >
		     CARVEOUTIF_EVIDENCE_MAX);
	if (!im->image.elf || im->image.hash == IMAGE_NO_SEGMENT)
		return 0;
	hashes = im->image.segments[im->image.hash].file_size;
	if (hashes > MBN_HASH_SEGMENT_MAX)
		return 0;
	sizes.headers = im->image.headers;
	sizes.hashes = hashes;
	memcpy(to, &sizes, sizeof(sizes));
	memcpy(to + sizeof(sizes), im->head, sizes.headers);
	err = read_hashes(im, to + sizeof(sizes) + sizes.headers, hashes);
	return err ? err : sizeof(sizes) + sizes.headers + hashes;
}
