// SPDX-License-Identifier: GPL-2.0-only
#include "image/evidence.h"

#include <stdlib.h>
#include <string.h>

#include "carveoutif.h"

int image_evidence_make(const struct image_file *file, uint8_t *to,
			uint32_t *length, struct sentence error)
{
	struct carveoutif_evidence sizes;
	uint8_t *hash;
	size_t size;
	int rc;

	*length = 0;
	if (!file->image.elf || file->image.hash == IMAGE_NO_SEGMENT)
		return 0;
	rc = image_file_hash(file, &hash, &size, error);
	if (rc)
		return rc;
	sizes.headers = (uint32_t)file->image.headers;
	sizes.hashes = (uint32_t)size;
	memcpy(to, &sizes, sizeof(sizes));
	memcpy(to + sizeof(sizes), file->head, sizes.headers);
	memcpy(to + sizeof(sizes) + sizes.headers, hash, size);
	free(hash);
	*length = (uint32_t)(sizeof(sizes) + sizes.headers + size);
	return 0;
}
