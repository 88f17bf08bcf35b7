// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where the file of a name is: as request_firmware() finds it (directories,
 * their order, the order of suffixes: drivers/base/firmware_loader/main.c).
 */
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/initrd.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/utsname.h>

#include "firmware_find.h"
#include "firmware_source.h"
#include "firmware_unpack.h"
#include "internal.h"

/* %s is the kernel's release. */
static const char *const search_path[] = {
	"/lib/firmware/updates/%s",
	"/lib/firmware/updates",
	"/lib/firmware/%s",
	"/lib/firmware",
};

/* What the loader looks through first; it has it to itself, but for this. */
#define CUSTOM_PATH "/sys/module/firmware_class/parameters/path"
#define CUSTOM_PATH_MAX 256 /* as there: with a NUL, here a newline */

static const struct packing {
	const char *suffix;
	const char *tool;
	const struct firmware_unpacker *unpacker; /* NULL: the kernel has none */
} packings[] = {
	{ ".zst", "zstd", FIRMWARE_ZSTD },
	{ ".xz", "xz", FIRMWARE_XZ },
};

struct search {
	struct xen_carveout *c;
	const char *name;
	char *custom; /* firmware_class.path; "" if it is not set */
	struct firmware_source *src;
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

static ssize_t read_parameter(char *value)
{
	struct file *file = xen_carveout_fw_open(CUSTOM_PATH);
	loff_t pos = 0;
	ssize_t n;

	if (IS_ERR(file))
		return PTR_ERR(file);
	n = kernel_read(file, value, CUSTOM_PATH_MAX, &pos);
	fput(file);
	return n;
}

/*
 * The loader's parameter is its own: sysfs, in init's root as everything here,
 * is the one way to it.  Without it the other directories are left.
 */
static char *custom_path(struct xen_carveout *c)
{
	char *value = kzalloc(CUSTOM_PATH_MAX + 1, GFP_KERNEL);
	ssize_t n;

	if (!value)
		return NULL;
	n = read_parameter(value);
	if (n < 0 && IS_BUILTIN(CONFIG_FW_LOADER))
		dev_warn(
			&c->dev,
			"firmware_class.path is not looked through: %s: error %zd\n",
			CUSTOM_PATH, n);
	value[strcspn(value, "\n")] = '\0'; /* sysfs's, and echo's */
	return value;
}

static int open_in(struct search *s, const char *dir, const char *suffix)
{
	char *path = kasprintf(GFP_KERNEL, "%s/%s%s", dir, s->name, suffix);
	int err;

	if (!path)
		return -ENOMEM;
	err = xen_carveout_fw_source_open(s->src, path);
	if (err && err != -ENOENT)
		dev_warn(&s->c->dev, "firmware %s: error %d\n", path, err);
	kfree(path);
	return err;
}

static int open_in_default(struct search *s, const char *format,
			   const char *suffix)
{
	char *dir = kasprintf(GFP_KERNEL, format, init_utsname()->release);
	int err = dir ? open_in(s, dir, suffix) : -ENOMEM;

	kfree(dir);
	return err;
}

/*
 * The first directory whose file can be read.  One that fails in another way
 * than by not having it is passed over, but not in silence; the last one's
 * failure is the answer.
 */
static int search_path_for(struct search *s, const char *suffix)
{
	int err = *s->custom ? open_in(s, s->custom, suffix) : -ENOENT;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(search_path) && err; i++)
		err = open_in_default(s, search_path[i], suffix);
	return err;
}

static int search_packed(struct search *s,
			 const struct firmware_unpacker **unpacker)
{
	int err = -ENOENT;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(packings) && err == -ENOENT; i++) {
		if (!packings[i].unpacker)
			continue;
		err = search_path_for(s, packings[i].suffix);
		*unpacker = packings[i].unpacker;
	}
	return err;
}

/* It may be there as this kernel does not unpack it: 6.1 has .zst so. */
static void explain_absent(struct search *s)
{
	const struct packing *p;

	for (p = packings; p < packings + ARRAY_SIZE(packings); p++) {
		if (p->unpacker || search_path_for(s, p->suffix))
			continue;
		dev_err(&s->c->dev,
			"firmware %pD4: this kernel's firmware loader does not unpack %s (CONFIG_FW_LOADER_COMPRESS_*): %s -dc FILE > /dev/xen/carveout/%s\n",
			s->src->file, p->suffix, p->tool, s->c->limits.name);
		return;
	}
}

static int search(struct search *s, const struct firmware_unpacker **unpacker)
{
	int err = search_path_for(s, "");

	*unpacker = NULL;
	if (err == -ENOENT)
		err = search_packed(s, unpacker);
	if (err == -ENOENT)
		explain_absent(s);
	return err;
}

/* 0: src is open, and *unpacker what unpacks it, or NULL. */
int xen_carveout_fw_find(struct xen_carveout *c, const char *name,
			 struct firmware_source *src,
			 const struct firmware_unpacker **unpacker)
{
	struct search s = { .c = c, .name = name, .src = src };
	int err = -ENOMEM;

	if (!name_ok(name))
		return -EINVAL;
	wait_for_initramfs();
	s.custom = custom_path(c);
	if (s.custom)
		err = search(&s, unpacker);
	kfree(s.custom);
	return err;
}
