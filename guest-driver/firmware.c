// SPDX-License-Identifier: GPL-2.0-only
/*
 * Load a file of the firmware search path into a carveout, as raw bytes.
 *
 * request_firmware() would hold the whole image, and its partial form never
 * tells the size and opens the file anew for each part.  So the file is opened
 * here, as the firmware loader does it: in init's root, by the kernel's own
 * rights (who caused it may be anybody who opened a device), and with writers
 * kept out until the last byte is read.  It is read through kernel_read_file(),
 * which asks the security modules, in pieces that are copied into the window:
 * reading may block for a disk and must not happen inside an access bracket.
 * What the page cache kept is dropped behind.
 *
 * Not as the firmware loader does it: a compressed file is not unpacked.
 */
#include <linux/cred.h>
#include <linux/fadvise.h>
#include <linux/fs.h>
#include <linux/fs_struct.h>
#include <linux/init_task.h>
#include <linux/kernel_read_file.h>
#include <linux/namei.h>
#include <linux/slab.h>
#include <linux/utsname.h>

#include "compat.h"
#include "internal.h"
#include "report.h"
#include "stream.h"

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

/* What the loader looks through first; it has it to itself, but for this. */
#define CUSTOM_PATH "/sys/module/firmware_class/parameters/path"
#define CUSTOM_PATH_MAX 256 /* as there */

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

static struct file *open_path(const char *path)
{
	struct path root;
	struct file *file;

	task_lock(&init_task);
	get_fs_root(init_task.fs, &root);
	task_unlock(&init_task);
	file = file_open_root(&root, path, O_RDONLY | O_LARGEFILE, 0);
	path_put(&root);
	return file;
}

static struct file *open_in(const char *dir, const char *name,
			    const char *suffix)
{
	char *path = kasprintf(GFP_KERNEL, "%s/%s%s", dir, name, suffix);
	struct file *file;

	if (!path)
		return ERR_PTR(-ENOMEM);
	file = open_path(path);
	kfree(path);
	if (IS_ERR(file) || S_ISREG(file_inode(file)->i_mode))
		return file;
	fput(file);
	return ERR_PTR(-EINVAL);
}

/* firmware_class.path, "" if it is not set (or there is no sysfs). */
static void read_custom_path(char *path)
{
	struct file *file = open_path(CUSTOM_PATH);
	loff_t pos = 0;
	ssize_t n = 0;

	if (!IS_ERR(file)) {
		n = kernel_read(file, path, CUSTOM_PATH_MAX - 1, &pos);
		fput(file);
	}
	path[max_t(ssize_t, n, 0)] = '\0';
	path[strcspn(path, "\n")] = '\0';
}

/* Entry `i` of the search path, 0 is firmware_class.path; NULL: not there. */
static char *search_dir(unsigned int i)
{
	char custom[CUSTOM_PATH_MAX];

	if (i)
		return kasprintf(GFP_KERNEL, search_path[i - 1],
				 init_utsname()->release);
	read_custom_path(custom);
	return *custom ? kstrdup(custom, GFP_KERNEL) : NULL;
}

/*
 * The first directory that has it.  One that fails in another way is passed
 * over, as the firmware loader does, but not in silence.
 */
static struct file *search(struct xen_carveout *c, const char *name,
			   const char *suffix)
{
	struct file *file = ERR_PTR(-ENOENT);
	unsigned int i;

	for (i = 0; i <= ARRAY_SIZE(search_path) && IS_ERR(file); i++) {
		char *dir = search_dir(i);

		if (!dir)
			continue;
		file = open_in(dir, name, suffix);
		if (IS_ERR(file) && file != ERR_PTR(-ENOENT))
			dev_warn(&c->dev, "firmware %s/%s%s: error %ld\n", dir,
				 name, suffix, PTR_ERR(file));
		kfree(dir);
	}
	return file;
}

/* Fedora's, Arch's and Ubuntu's firmware is compressed. */
static void explain_absent(struct xen_carveout *c, const char *name)
{
	static const char *const packed[][2] = { { ".zst", "zstd" },
						 { ".xz", "xz" } };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(packed); i++) {
		struct file *file = search(c, name, packed[i][0]);

		if (IS_ERR(file))
			continue;
		fput(file);
		dev_err(&c->dev,
			"firmware %s is there only compressed, as %s%s, which is not loaded by name: %s -dc FILE > /dev/xen/carveout/%s\n",
			name, name, packed[i][0], packed[i][1], c->limits.name);
	}
}

static int write_piece(struct xen_carveout_stream *s, void *buffer,
		       size_t bytes)
{
	struct kvec vec = { .iov_base = buffer, .iov_len = bytes };
	struct iov_iter from;
	ssize_t n;

	iov_iter_kvec(&from, ITER_SOURCE, &vec, 1, bytes);
	mutex_lock(&s->lock);
	n = xen_carveout_stream_write(s, &from);
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
static int stream_file(struct xen_carveout_stream *s, struct file *file,
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
static int load_and_seal(struct xen_carveout_stream *s, struct file *file,
			 void *buffer)
{
	int err = stream_file(s, file, buffer);

	mutex_lock(&s->lock);
	if (err && !s->error)
		s->error = err;
	err = xen_carveout_stream_seal(s);
	mutex_unlock(&s->lock);
	return err;
}

static int load_file(struct xen_carveout *c, struct file *file)
{
	struct xen_carveout_stream *s = kmalloc(sizeof(*s), GFP_KERNEL);
	void *buffer = kvmalloc(FIRMWARE_PIECE, GFP_KERNEL);
	int err = -ENOMEM;

	if (!s || !buffer)
		goto free;
	err = xen_carveout_stream_begin(s, c);
	if (err)
		goto free;
	err = load_and_seal(s, file, buffer);
	xen_carveout_stream_end(s);
free:
	kvfree(buffer);
	kfree(s);
	return err;
}

/* What is half old and half new is nobody's image: -ETXTBSY to its writers. */
static int load_unchanged(struct xen_carveout *c, struct file *file)
{
	int err = deny_write_access(file);

	if (err)
		return err;
	err = load_file(c, file);
	allow_write_access(file);
	return err;
}

static int find_and_load(struct xen_carveout *c, const char *name)
{
	struct file *file = search(c, name, "");
	int err;

	if (IS_ERR(file)) {
		explain_absent(c, name);
		return PTR_ERR(file);
	}
	err = load_unchanged(c, file);
	fput(file);
	return err;
}

int xen_carveout_load_firmware(struct xen_carveout *c, const char *name)
{
	const struct cred *caller;
	struct cred *kernel;
	int err;

	if (!name_ok(name))
		return -EINVAL;
	kernel = prepare_kernel_cred(&init_task);
	if (!kernel)
		return -ENOMEM;
	caller = override_creds(kernel);
	err = find_and_load(c, name);
	revert_creds(caller);
	put_cred(kernel);
	if (err)
		xen_carveout_note_error(c, "firmware", err);
	return err;
}
EXPORT_SYMBOL_NS_GPL(xen_carveout_load_firmware, XEN_CARVEOUT_NS);
