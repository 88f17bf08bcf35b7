// SPDX-License-Identifier: GPL-2.0-only
/*
 * A file of the firmware search path, read as the firmware loader reads it: in
 * init's root, through kernel_read_file(), which asks the security modules.
 * Unlike there it is read in pieces, so it is opened once and writers are kept
 * out from the first piece to the last: what is half old and half new is
 * nobody's image.  What the page cache kept is dropped behind.
 */
#include <linux/fadvise.h>
#include <linux/fs.h>
#include <linux/fs_struct.h>
#include <linux/init_task.h>
#include <linux/kernel_read_file.h>
#include <linux/namei.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "compat.h"
#include "firmware_source.h"

/* Read so much at most, and drop it from the page cache behind us. */
#define FIRMWARE_DROP (1024 * 1024)

struct file *xen_carveout_fw_open(const char *path)
{
	struct path root;
	struct file *file;

	task_lock(&init_task);
	get_fs_root(XEN_CARVEOUT_INIT_FS, &root);
	task_unlock(&init_task);
	file = file_open_root(&root, path, O_RDONLY | O_LARGEFILE, 0);
	path_put(&root);
	return file;
}

static void drop_cache(struct firmware_source *src)
{
	if (src->pos - src->dropped < FIRMWARE_DROP)
		return;
	vfs_fadvise(src->file, src->dropped, src->pos - src->dropped,
		    POSIX_FADV_DONTNEED);
	src->dropped = src->pos;
}

/* What follows is read from that byte on. */
void xen_carveout_fw_source_seek(struct firmware_source *src, u64 offset)
{
	loff_t pos = max_t(u64, offset, src->ready);

	src->given = min_t(u64, offset, src->ready);
	if (pos == src->pos)
		return;
	vfs_fadvise(src->file, src->dropped, src->pos - src->dropped,
		    POSIX_FADV_DONTNEED);
	src->pos = pos;
	src->dropped = pos;
}

static ssize_t read_some(struct firmware_source *src, void *to, size_t room)
{
	ssize_t n;

	if (fatal_signal_pending(current))
		return -EINTR;
	n = kernel_read_file(src->file, src->pos, &to,
			     min_t(size_t, room, FIRMWARE_DROP), &src->size,
			     READING_FIRMWARE);
	if (n <= 0) /* 0: it was cut short under us */
		return n ? n : -EIO;
	src->pos += n;
	drop_cache(src);
	return n;
}

/* Zeros, and room for a piece; xen_carveout_fw_source_exit() in any case. */
int xen_carveout_fw_source_init(struct firmware_source *src)
{
	*src = (struct firmware_source){
		.buffer = kvmalloc(FIRMWARE_PIECE, GFP_KERNEL),
	};
	return src->buffer ? 0 : -ENOMEM;
}

static void close_source(struct firmware_source *src)
{
	vfs_fadvise(src->file, 0, 0, POSIX_FADV_DONTNEED);
	allow_write_access(src->file);
	fput(src->file);
	src->file = NULL;
}

/* 0: the first piece was read, too, and nobody can write to it any more. */
int xen_carveout_fw_source_open(struct firmware_source *src, const char *path)
{
	struct file *file = xen_carveout_fw_open(path);
	ssize_t n;
	int err;

	if (IS_ERR(file))
		return PTR_ERR(file);
	err = deny_write_access(file);
	if (err) {
		fput(file);
		return err;
	}
	src->file = file;
	src->pos = 0;
	src->dropped = 0;
	src->given = 0;
	n = read_some(src, src->buffer, FIRMWARE_PIECE);
	if (n < 0)
		close_source(src);
	else
		src->ready = n;
	return n < 0 ? n : 0;
}

/* The next bytes, one at least; 0: that was all. */
ssize_t xen_carveout_fw_source_read(struct firmware_source *src, void *to,
				    size_t room)
{
	size_t n = min(src->ready - src->given, room);

	if (n) {
		memcpy(to, src->buffer + src->given, n);
		src->given += n;
		return n;
	}
	return src->pos < src->size ? read_some(src, to, room) : 0;
}

void xen_carveout_fw_source_exit(struct firmware_source *src)
{
	if (src->file)
		close_source(src);
	kvfree(src->buffer);
}
