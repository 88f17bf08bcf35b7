// SPDX-License-Identifier: GPL-2.0-only
#include "image_format.h"

#ifdef __KERNEL__
#include <linux/string.h>
#else
#include <string.h>
#endif

static const char *const names[] = {
	[IMAGE_AUTO] = "auto",
	[IMAGE_RAW] = "raw",
	[IMAGE_ELF] = "elf",
	[IMAGE_MBN] = "mbn",
};

const char *image_format_name(enum image_format format)
{
	return names[format];
}

enum image_format image_format_find(const char *name)
{
	unsigned int i = 0;

	while (i < IMAGE_FORMATS && strcmp(name, names[i]))
		i++;
	return (enum image_format)i;
}

bool image_format_insists(enum image_format format)
{
	return format == IMAGE_ELF || format == IMAGE_MBN;
}

const char *image_format_mismatch(enum image_format format,
				  const struct image *image)
{
	if (!image_format_insists(format))
		return NULL;
	if (!image->elf)
		return "no ELF image, and its format is to be elf or mbn";
	if (format == IMAGE_MBN && image->hash == IMAGE_NO_SEGMENT)
		return "an ELF image without a hash segment, and its format is to be mbn";
	return NULL;
}
