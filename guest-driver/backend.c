// SPDX-License-Identifier: GPL-2.0-only
/*
 * The back end's nodes, read and checked.  Nothing in xenstore is trusted to
 * be sane: what passes here cannot make the rest of the driver map, list or
 * count beyond its own tables.
 */
#include <linux/bits.h>
#include <linux/ctype.h>
#include <linux/limits.h>
#include <linux/slab.h>

#include "backend.h"
#include "range.h"

/*
 * A grant table entry has 32 bits of frame: above 2^44 other frames of the
 * guest's would be granted, without a word.  Device memory is not granted; no
 * guest of Xen's has wider addresses than 2^48 on the machines this runs on,
 * and the kernel's own ioremap() checks the real width.  Either keeps base +
 * size from wrapping.
 */
#define GRANTABLE_LIMIT BIT_ULL(44)
#define ADDRESS_LIMIT BIT_ULL(48)

/* Decimal, nothing else: no sign, no blanks, no other base, no overflow. */
static int read_u64(struct xenbus_device *dev, const char *node, u64 *value)
{
	char *text = xenbus_read(XBT_NIL, dev->otherend, node, NULL);
	int err;

	if (IS_ERR(text))
		return PTR_ERR(text);
	err = isdigit(text[0]) ? kstrtou64(text, 10, value) : -EINVAL;
	kfree(text);
	return err;
}

static int read_bounded(struct xenbus_device *dev, const char *node, u64 min,
			u64 max, u64 *value)
{
	int err = read_u64(dev, node, value);

	if (!err && (*value < min || *value > max))
		err = -ERANGE;
	if (err)
		xenbus_dev_error(dev, err, "%s/%s: not a number in %llu..%llu",
				 dev->otherend, node, min, max);
	return err;
}

/* The name becomes a file name in /dev and /sys. */
static bool name_ok(const char *name)
{
	size_t length = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_-");

	return length && length <= CARVEOUTIF_NAME_MAX && !name[length] &&
	       name[0] != '_' && name[0] != '-';
}

static int read_name(struct xenbus_device *dev, char *name)
{
	char *text = xenbus_read(XBT_NIL, dev->otherend, "name", NULL);
	int err = 0;

	if (IS_ERR(text))
		err = PTR_ERR(text);
	else if (!name_ok(text))
		err = -EINVAL;
	else
		strscpy(name, text, CARVEOUTIF_NAME_MAX + 1);
	if (err)
		xenbus_dev_error(dev, err, "%s/name: not a carveout's name",
				 dev->otherend);
	if (!IS_ERR(text))
		kfree(text);
	return err;
}

/* Is the word in the comma-separated list? */
static bool list_has(const char *list, const char *word)
{
	size_t length = strlen(word);

	while (*list) {
		size_t item = strcspn(list, ",");

		if (item == length && !memcmp(list, word, length))
			return true;
		list += item + (list[item] == ',');
	}
	return false;
}

static int check_versions(struct xenbus_device *dev)
{
	const char *ours = __stringify(CARVEOUTIF_VERSION);
	char *text = xenbus_read(XBT_NIL, dev->otherend, "versions", NULL);
	int err = 0;

	if (IS_ERR(text))
		err = PTR_ERR(text);
	else if (!list_has(text, ours))
		err = -EPROTONOSUPPORT;
	if (err)
		xenbus_dev_error(dev, err,
				 "%s/versions: this driver knows \"%s\" only",
				 dev->otherend, ours);
	if (!IS_ERR(text))
		kfree(text);
	return err;
}

static int read_memory(struct xenbus_device *dev, bool *device_memory)
{
	char *text = xenbus_read(XBT_NIL, dev->otherend, "memory", NULL);
	int err = 0;

	if (IS_ERR(text))
		err = PTR_ERR(text);
	else if (strcmp(text, "normal") && strcmp(text, "device"))
		err = -EPROTONOSUPPORT;
	else
		*device_memory = !strcmp(text, "device");
	if (err)
		xenbus_dev_error(
			dev, err,
			"%s/memory: this driver knows \"normal\" and \"device\" only",
			dev->otherend);
	if (!IS_ERR(text))
		kfree(text);
	return err;
}

static int read_window_max(struct xenbus_device *dev, u32 *window_max)
{
	u64 value;
	int err = read_bounded(dev, "window-max", CARVEOUTIF_PAGE_SIZE,
			       CARVEOUTIF_WINDOW_MAX, &value);

	if (!err && !range_page_aligned(value)) {
		err = -EINVAL;
		xenbus_dev_error(dev, err, "window-max: not in whole pages");
	}
	if (!err)
		*window_max = value;
	return err;
}

static int read_range(struct xenbus_device *dev, struct xen_carveout_limits *l)
{
	u64 limit = l->device_memory ? ADDRESS_LIMIT : GRANTABLE_LIMIT;
	int err;

	err = read_bounded(dev, "base", CARVEOUTIF_PAGE_SIZE, limit, &l->base);
	if (err)
		return err;
	err = read_bounded(dev, "size", CARVEOUTIF_PAGE_SIZE, limit, &l->size);
	if (err)
		return err;
	if (range_page_aligned(l->base) && range_page_aligned(l->size) &&
	    range_within(l->base, l->size, limit))
		return 0;
	xenbus_dev_error(dev, -EINVAL,
			 "base %#llx, size %#llx: no page-aligned range",
			 l->base, l->size);
	return -EINVAL;
}

static int read_expected_size(struct xenbus_device *dev,
			      struct xen_carveout_limits *l)
{
	if (!xenbus_exists(XBT_NIL, dev->otherend, "expected-size"))
		return 0;
	return read_bounded(dev, "expected-size", 1, l->size,
			    &l->expected_size);
}

static int read_format(struct xenbus_device *dev, enum image_format *format)
{
	char *text;
	int err;

	if (!xenbus_exists(XBT_NIL, dev->otherend, "format"))
		return 0;
	text = xenbus_read(XBT_NIL, dev->otherend, "format", NULL);
	err = IS_ERR(text) ? PTR_ERR(text) : 0;
	if (!err) {
		*format = image_format_find(text);
		kfree(text);
	}
	if (!err && *format == IMAGE_FORMATS)
		err = -EPROTONOSUPPORT;
	if (err)
		xenbus_dev_error(
			dev, err,
			"%s/format: this driver knows auto, raw, elf and mbn only",
			dev->otherend);
	return err;
}

/* Each failure has reported itself in the log and in xenstore. */
int xen_carveout_read_limits(struct xenbus_device *dev,
			     struct xen_carveout_limits *l)
{
	u64 windows_max;
	int err;

	memset(l, 0, sizeof(*l));
	err = check_versions(dev);
	if (!err)
		err = read_memory(dev, &l->device_memory);
	if (!err)
		err = read_name(dev, l->name);
	if (!err)
		err = read_range(dev, l);
	if (!err)
		err = read_window_max(dev, &l->window_max);
	if (!err)
		err = read_bounded(dev, "windows-max", 1, CARVEOUTIF_SLOTS,
				   &windows_max);
	if (!err)
		l->windows_max = windows_max;
	if (!err)
		err = read_expected_size(dev, l);
	if (!err)
		err = read_format(dev, &l->format);
	l->wants_evidence = xenbus_exists(XBT_NIL, dev->otherend, "evidence");
	return err;
}

/* Not by xenbus_read_driver_state(): kernels do not agree on what it takes. */
enum xenbus_state xen_carveout_backend_state(const struct xenbus_device *dev)
{
	return xenbus_read_unsigned(dev->otherend, "state", XenbusStateUnknown);
}
