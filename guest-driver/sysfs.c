// SPDX-License-Identifier: GPL-2.0-only
/*
 * /sys/class/xen_carveout/NAME/: xen-carveout(4) says what each file means.
 *
 * No reader asks dom0: anybody may read, as often as he likes, and requests are
 * few.  State, digest and length are what the manager said last; dom0 tells
 * when that changes.  `state` can be polled, and uevents tell of it.
 */
#include <linux/module.h>
#include <linux/slab.h>

#include "control.h"
#include "internal.h"
#include "sysfs.h"

/* "DISCONNECTED": no manager; else the state's name, in capitals. */
static ssize_t state_show(struct device *dev, struct device_attribute *attr,
			  char *buf)
{
	struct carveoutif_state state;

	if (!xen_carveout_status_get(to_xen_carveout(dev), &state))
		return sysfs_emit(buf, "DISCONNECTED\n");
	return sysfs_emit(buf, "%s\n", carveout_state_name(state.state));
}
static DEVICE_ATTR_RO(state);

static bool is_sealed(struct device *dev, struct carveoutif_state *state)
{
	return xen_carveout_status_get(to_xen_carveout(dev), state) &&
	       state->state == CARVEOUT_SEALED;
}

/* The digest in hexadecimal; an empty line unless sealed. */
static ssize_t digest_show(struct device *dev, struct device_attribute *attr,
			   char *buf)
{
	struct carveoutif_state state;

	if (!is_sealed(dev, &state))
		return sysfs_emit(buf, "\n");
	return sysfs_emit(buf, "%*phN\n", CARVEOUTIF_DIGEST_SIZE, state.digest);
}
static DEVICE_ATTR_RO(digest);

/* Bytes sealed; 0 unless sealed. */
static ssize_t length_show(struct device *dev, struct device_attribute *attr,
			   char *buf)
{
	struct carveoutif_state state;

	return sysfs_emit(buf, "%llu\n",
			  is_sealed(dev, &state) ? state.length : 0);
}
static DEVICE_ATTR_RO(length);

static ssize_t size_show(struct device *dev, struct device_attribute *attr,
			 char *buf)
{
	return sysfs_emit(buf, "%llu\n", to_xen_carveout(dev)->limits.size);
}
static DEVICE_ATTR_RO(size);

/* For root alone, as addresses in /proc/iomem. */
static ssize_t base_show(struct device *dev, struct device_attribute *attr,
			 char *buf)
{
	return sysfs_emit(buf, "%#llx\n", to_xen_carveout(dev)->limits.base);
}
static DEVICE_ATTR_ADMIN_RO(base);

/* What windows are made of, as the manager says it. */
static ssize_t memory_show(struct device *dev, struct device_attribute *attr,
			   char *buf)
{
	bool device_memory = to_xen_carveout(dev)->limits.device_memory;

	return sysfs_emit(buf, "%s\n", device_memory ? "device" : "normal");
}
static DEVICE_ATTR_RO(memory);

/* As the headers say it; an empty line unless this guest loaded it by those. */
static ssize_t entry_show(struct device *dev, struct device_attribute *attr,
			  char *buf)
{
	struct xen_carveout *c = to_xen_carveout(dev);
	struct carveoutif_state state;
	bool known;
	u64 entry;

	if (!is_sealed(dev, &state))
		return sysfs_emit(buf, "\n");
	spin_lock(&c->lock);
	known = c->entry_known &&
		!memcmp(c->entry_digest, state.digest, sizeof(c->entry_digest));
	entry = c->entry;
	spin_unlock(&c->lock);
	return known ? sysfs_emit(buf, "%#llx\n", entry) :
		       sysfs_emit(buf, "\n");
}
static DEVICE_ATTR_ADMIN_RO(entry);

/* The last failure, a negated errno; 0: there was none. */
static ssize_t last_error_show(struct device *dev,
			       struct device_attribute *attr, char *buf)
{
	struct xen_carveout *c = to_xen_carveout(dev);
	int error;

	spin_lock(&c->lock);
	error = c->last_error;
	spin_unlock(&c->lock);
	return sysfs_emit(buf, "%d\n", error);
}
static DEVICE_ATTR_RO(last_error);

/* What failed then, in a word or two; an empty line: nothing. */
static ssize_t last_failure_show(struct device *dev,
				 struct device_attribute *attr, char *buf)
{
	struct xen_carveout *c = to_xen_carveout(dev);
	const char *step;

	spin_lock(&c->lock);
	step = c->last_step;
	spin_unlock(&c->lock);
	return sysfs_emit(buf, "%s\n", step ? step : "");
}
static DEVICE_ATTR_RO(last_failure);

static ssize_t expected_size_show(struct device *dev,
				  struct device_attribute *attr, char *buf)
{
	struct xen_carveout *c = to_xen_carveout(dev);
	u64 expected;

	spin_lock(&c->lock);
	expected = c->expected_size;
	spin_unlock(&c->lock);
	return sysfs_emit(buf, "%llu\n", expected);
}

/*
 * Bytes of the whole image, 0 for not known: a stream of any other length is
 * not sealed.  For the next writer.  What dom0 says is not ours to change.
 */
static ssize_t expected_size_store(struct device *dev,
				   struct device_attribute *attr,
				   const char *buf, size_t count)
{
	struct xen_carveout *c = to_xen_carveout(dev);
	u64 expected;
	int err = kstrtou64(buf, 10, &expected);

	if (err)
		return err;
	if (expected > c->limits.size)
		return -ENOSPC;
	spin_lock(&c->lock);
	if (c->limits.expected_size)
		err = -EPERM;
	else
		c->expected_size = expected;
	spin_unlock(&c->lock);
	return err ? err : count;
}
static DEVICE_ATTR_RW(expected_size);

static ssize_t windows_open_show(struct device *dev,
				 struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%u\n",
			  xen_carveout_windows_open(to_xen_carveout(dev)));
}
static DEVICE_ATTR_RO(windows_open);

/* Write a name: that file of the firmware search path is loaded and sealed. */
static ssize_t firmware_store(struct device *dev, struct device_attribute *attr,
			      const char *buf, size_t count)
{
	char *name = kstrndup(buf, count, GFP_KERNEL);
	int err;

	if (!name)
		return -ENOMEM;
	err = xen_carveout_load_firmware(to_xen_carveout(dev), strim(name));
	kfree(name);
	return err ? err : count;
}
static DEVICE_ATTR_WO(firmware);

/* Write 1.  -EBUSY while somebody writes or a driver holds a window. */
static ssize_t reset_store(struct device *dev, struct device_attribute *attr,
			   const char *buf, size_t count)
{
	bool yes;
	int err = kstrtobool(buf, &yes);

	if (!err && !yes)
		err = -EINVAL;
	if (!err)
		err = xen_carveout_reset_idle(to_xen_carveout(dev));
	return err ? err : count;
}
static DEVICE_ATTR_WO(reset);

static struct attribute *xen_carveout_attrs[] = {
	&dev_attr_state.attr,	     &dev_attr_digest.attr,
	&dev_attr_length.attr,	     &dev_attr_entry.attr,
	&dev_attr_size.attr,	     &dev_attr_base.attr,
	&dev_attr_memory.attr,	     &dev_attr_last_error.attr,
	&dev_attr_last_failure.attr, &dev_attr_expected_size.attr,
	&dev_attr_windows_open.attr, &dev_attr_firmware.attr,
	&dev_attr_reset.attr,	     NULL,
};

static const struct attribute_group xen_carveout_group = {
	.attrs = xen_carveout_attrs,
};

const struct attribute_group *xen_carveout_groups[] = { &xen_carveout_group,
							NULL };
