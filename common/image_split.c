// SPDX-License-Identifier: GPL-2.0-only
#include "image_split.h"

#ifdef __KERNEL__
#include <linux/kernel.h>
#include <linux/string.h>
#else
#include <stdio.h>
#include <string.h>
#endif

#define SUFFIX ".mdt"
#define SUFFIX_LENGTH (sizeof(SUFFIX) - 1)

bool image_is_named_mdt(const char *name)
{
	size_t length = strlen(name);

	return length > SUFFIX_LENGTH &&
	       !strcmp(name + length - SUFFIX_LENGTH, SUFFIX);
}

/*
 * The name proves nothing: some .mdt are links to whole images.  What parts
 * there are does neither: empty segments have none, as a rule.
 */
bool image_is_split(const struct image *image, const char *name,
		    uint64_t file_size)
{
	return image->elf && image->hash != IMAGE_NO_SEGMENT &&
	       image_is_named_mdt(name) && image_within(image, file_size).wrong;
}

void image_part_name(const char *name, unsigned int segment, char *part)
{
	size_t stem = strlen(name) - SUFFIX_LENGTH;

	memcpy(part, name, stem);
	snprintf(part + stem, SUFFIX_LENGTH + IMAGE_PART_ROOM, ".b%02u",
		 segment);
}

/* In an .mdt it follows the headers, wherever it says that it is. */
uint64_t image_hash_offset(const struct image *image, bool split)
{
	return split ? image->headers : image->segments[image->hash].offset;
}
