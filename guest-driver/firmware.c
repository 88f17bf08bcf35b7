// SPDX-License-Identifier: GPL-2.0-only
/*
 * Load a file of the firmware search path into a carveout, as raw bytes.
 *
 * request_firmware() would hold the whole image, and its partial form never
 * tells the size and opens the file anew for each part.  So the file is opened
 * here, in init's root as the firmware loader does, and read through
 * kernel_read_file(), which asks the security modules, in pieces that are
 * copied into the window: reading may block for a disk and must not happen
 * inside an access bracket.  What the page cache kept is dropped behind.
 */
#include <linux/fadvise.h>
#include <linux/fs.h>
#include <linux/fs_struct.h>
#include <linux/init_task.h>
#include <linux/kernel_read_file.h>
#include <linux/namei.h>
#include <linux/slab.h>
#include <linux/utsname.h>

#include "internal.h"

#define FIRMWARE_PIECE (64 * 1024)

/* Drop the page cache behind us every so many bytes. */
#define FIRMWARE_DROP (1024 * 1024)

/* The order of drivers/base/firmware_loader; %s is the kernel's release. */
static const char *const search_path[] = {
	"/lib/firmware/updates/%s",
	"/lib/firmware/updates",
	"/lib/firmware/%s",
	"/lib/firmware",
};

/* Relative, and no component is "..": the search path is not left. */
static bool name_ok(const char *name)
{
	size_t length;

	if (!*name || *name == '/')
		return false;
	for (; *name; name += length + (name[length] == '/')) {
		length = strcspn(name, "/");
		if (length == 2 && name[0] == '.' && name[1] == '.')
			return false;
	}
	return true;
}

static struct file *open_in(const char *format, const char *name)
{
	char *dir, *path;
	struct path root;
	struct file *file;

	dir = kasprintf(GFP_KERNEL, format, init_utsname()->release);
	if (!dir)
		return ERR_PTR(-ENOMEM);
	path = kasprintf(GFP_KERNEL, "%s/%s", dir, name);
	kfree(dir);
	if (!path)
		return ERR_PTR(-ENOMEM);
	task_lock(&init_task);
	get_fs_root(init_task.fs, &root);
	task_unlock(&init_task);
	file = file_open_root(&root, path, O_RDONLY | O_LARGEFILE, 0);
	path_put(&root);
	kfree(path);
	return file;
}

static struct file *open_firmware(const char *name)
{
	struct file *file = ERR_PTR(-ENOENT);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(search_path); i++) {
		file = open_in(search_path[i], name);
		if (file != ERR_PTR(-ENOENT))
			break;
	}
	return file;
}

static int write_piece(struct carveout_stream *s, void *buffer, size_t bytes)
{
	struct kvec vec = { .iov_base = buffer, .iov_len = bytes };
	struct iov_iter from;
	ssize_t n;

	iov_iter_kvec(&from, ITER_SOURCE, &vec, 1, bytes);
	mutex_lock(&s->lock);
	n = carveout_stream_write(s, &from);
	if (n >= 0 && n < bytes) /* the reason stuck to the stream */
		n = s->error ? s->error : -EIO;
	mutex_unlock(&s->lock);
	return n < 0 ? n : 0;
}

static void drop_cache(struct file *file, loff_t *dropped, loff_t pos)
{
	if (pos - *dropped < FIRMWARE_DROP)
		return;
	vfs_fadvise(file, *dropped, pos - *dropped, POSIX_FADV_DONTNEED);
	*dropped = pos;
}

/* Until the end of the file, as it is when it is reached. */
static int stream_file(struct carveout_stream *s, struct file *file,
		       void *buffer)
{
	loff_t pos = 0, dropped = 0;
	size_t size;
	ssize_t n;
	int err;

	do {
		n = kernel_read_file(file, pos, &buffer, FIRMWARE_PIECE, &size,
				     READING_FIRMWARE);
		if (n < 0)
			return n;
		if (size > s->c->limits.size)
			return -ENOSPC;
		if (!n) /* it was cut short under us */
			return -EIO;
		err = write_piece(s, buffer, n);
		if (err)
			return err;
		pos += n;
		drop_cache(file, &dropped, pos);
	} while (pos < size);
	vfs_fadvise(file, 0, 0, POSIX_FADV_DONTNEED);
	return 0;
}

/* A failure to read is a failure of the stream: it must not be sealed. */
static int load_and_seal(struct carveout_stream *s, struct file *file,
			 void *buffer)
{
	int err = stream_file(s, file, buffer);

	mutex_lock(&s->lock);
	if (err && !s->error)
		s->error = err;
	err = carveout_stream_seal(s);
	mutex_unlock(&s->lock);
	return err;
}

static int load_file(struct carveout *c, struct file *file)
{
	struct carveout_stream *s = kmalloc(sizeof(*s), GFP_KERNEL);
	void *buffer = kvmalloc(FIRMWARE_PIECE, GFP_KERNEL);
	int err = -ENOMEM;

	if (!s || !buffer)
		goto free;
	err = carveout_stream_begin(s, c);
	if (err)
		goto free;
	err = load_and_seal(s, file, buffer);
	carveout_stream_end(s);
free:
	kvfree(buffer);
	kfree(s);
	return err;
}

int carveout_load_firmware(struct carveout *c, const char *name)
{
	struct file *file;
	int err;

	if (!name_ok(name))
		return -EINVAL;
	file = open_firmware(name);
	err = PTR_ERR_OR_ZERO(file);
	if (!err) {
		err = load_file(c, file);
		fput(file);
	}
	if (err)
		carveout_note_error(c, "firmware", err);
	return err;
}
EXPORT_SYMBOL_GPL(carveout_load_firmware);
