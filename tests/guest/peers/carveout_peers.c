// SPDX-License-Identifier: GPL-2.0-only
/*
 * carveout_peers - what a driver does that has no carveout, and how long.
 *
 *   insmod carveout_peers.ko
 *   echo BYTES > /sys/module/carveout_peers/parameters/region
 *   echo "METHOD FILE" > /sys/module/carveout_peers/parameters/load
 *   cat /sys/module/carveout_peers/parameters/took
 *
 * The region is memory of the kernel's own, mapped page by page: it stands for
 * the memory that a remote processor would find its firmware in.  FILE is of
 * the firmware path.  The write fails with the method's errno; took has
 * nanoseconds.  Methods:
 *
 *   copy    request_firmware(), then memcpy() into the region
 *   into    request_firmware_into_buf(), with the region as the buffer
 *   digest  copy, then SHA-256 of what is in the region, by the kernel's own
 *           crypto: what a loader must do that wants a digest
 *   read    the file is read, to nothing
 *
 * The parameter hash says which of the kernel's SHA-256 it is.
 */
#include <crypto/hash.h>
#include <crypto/sha2.h>
#include <linux/err.h>
#include <linux/firmware.h>
#include <linux/fs.h>
#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/platform_device.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#define PIECE 65536
#define LINE 128

/* Writes to a module's parameters exclude one another (kernel_param_lock). */
static void *region;
static size_t region_bytes;
/*
 * A device each: who asked for a file by request_firmware() is refused it by
 * the other function (-EOPNOTSUPP), as it is loaded again after a suspend.
 */
static struct platform_device *copier, *direct;
static struct crypto_shash *hasher;

static unsigned long long took;
module_param(took, ullong, 0444);
MODULE_PARM_DESC(took, "nanoseconds of the last load");

static char hash[64];
module_param_string(hash, hash, sizeof(hash), 0444);
MODULE_PARM_DESC(hash, "the SHA-256 that digest uses");

/* Returns the bytes that are in the region, or a negated errno. */
static long copy(const char *name)
{
	const struct firmware *fw;
	long bytes = request_firmware(&fw, name, &copier->dev);

	if (bytes)
		return bytes;
	bytes = fw->size;
	if (fw->size <= region_bytes)
		memcpy(region, fw->data, fw->size);
	else
		bytes = -ENOSPC;
	release_firmware(fw);
	return bytes;
}

static long into(const char *name)
{
	const struct firmware *fw;
	long bytes = request_firmware_into_buf(&fw, name, &direct->dev, region,
					       region_bytes);

	if (bytes)
		return bytes;
	bytes = fw->size;
	release_firmware(fw);
	return bytes;
}

static long digest(const char *name)
{
	u8 sum[SHA256_DIGEST_SIZE];
	long bytes = copy(name);
	int err;

	if (bytes < 0)
		return bytes;
	err = crypto_shash_tfm_digest(hasher, region, bytes, sum);
	return err ? err : bytes;
}

static long read_pieces(struct file *file)
{
	static u8 piece[PIECE];
	loff_t pos = 0;
	ssize_t n;

	do
		n = kernel_read(file, piece, sizeof(piece), &pos);
	while (n > 0);
	return n < 0 ? n : pos;
}

static long read_only(const char *name)
{
	char path[LINE + 16];
	struct file *file;
	long bytes;

	snprintf(path, sizeof(path), "/lib/firmware/%s", name);
	file = filp_open(path, O_RDONLY | O_LARGEFILE, 0);
	if (IS_ERR(file))
		return PTR_ERR(file);
	bytes = read_pieces(file);
	filp_close(file, NULL);
	return bytes;
}

static const struct method {
	const char *name;
	long (*load)(const char *name);
} methods[] = {
	{ "copy", copy },
	{ "into", into },
	{ "digest", digest },
	{ "read", read_only },
};

static int timed(const struct method *method, const char *name)
{
	ktime_t from = ktime_get();
	long bytes = method->load(name);

	took = ktime_to_ns(ktime_sub(ktime_get(), from));
	return bytes < 0 ? bytes : 0;
}

static int load_set(const char *text, const struct kernel_param *kp)
{
	char line[LINE], *file = line, *name;
	unsigned int i;

	if (strscpy(line, text, sizeof(line)) < 0)
		return -EINVAL;
	name = strsep(&file, " ");
	if (!file || !direct)
		return -EINVAL;
	for (i = 0; i < ARRAY_SIZE(methods); i++)
		if (!strcmp(name, methods[i].name))
			return timed(&methods[i], strim(file));
	return -EINVAL;
}

static const struct kernel_param_ops load_ops = { .set = load_set };
module_param_cb(load, &load_ops, NULL, 0200);
MODULE_PARM_DESC(load, "write a method and a file of the firmware path");

static int region_set(const char *text, const struct kernel_param *kp)
{
	unsigned long bytes;
	int err = kstrtoul(text, 0, &bytes);

	if (err)
		return err;
	vfree(region);
	region = vmalloc(bytes);
	region_bytes = region ? bytes : 0;
	return region ? 0 : -ENOMEM;
}

static const struct kernel_param_ops region_ops = { .set = region_set };
module_param_cb(region, &region_ops, NULL, 0200);
MODULE_PARM_DESC(region, "how many bytes the region has");

/* The plain C, which is the same everywhere, where the kernel has it apart. */
static struct crypto_shash *plain_sha256(void)
{
	struct crypto_shash *tfm = crypto_alloc_shash("sha256-generic", 0, 0);

	return IS_ERR(tfm) ? crypto_alloc_shash("sha256", 0, 0) : tfm;
}

static struct platform_device *new_device(int id)
{
	return platform_device_register_simple("carveout_peers", id, NULL, 0);
}

static int __init peers_init(void)
{
	struct platform_device *second;
	int err;

	hasher = plain_sha256();
	if (IS_ERR(hasher))
		return PTR_ERR(hasher);
	strscpy(hash, crypto_shash_driver_name(hasher), sizeof(hash));
	copier = new_device(0);
	err = PTR_ERR_OR_ZERO(copier);
	if (err)
		goto free_hasher;
	second = new_device(1);
	err = PTR_ERR_OR_ZERO(second);
	if (err)
		goto unregister_copier;
	direct = second; /* from now on there is something to load for */
	return 0;

unregister_copier:
	platform_device_unregister(copier);
free_hasher:
	crypto_free_shash(hasher);
	return err;
}

static void __exit peers_exit(void)
{
	platform_device_unregister(direct);
	platform_device_unregister(copier);
	crypto_free_shash(hasher);
	vfree(region);
}

module_init(peers_init);
module_exit(peers_exit);

MODULE_DESCRIPTION("What drivers do that have no carveout");
MODULE_LICENSE("GPL");
