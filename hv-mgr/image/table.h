/* SPDX-License-Identifier: GPL-2.0-only */
/* Is each segment of an image what its table of digests says? */
#ifndef IMAGE_TABLE_H
#define IMAGE_TABLE_H

#include <openssl/evp.h>

#include "image/file.h"
#include "mbn.h"

/* What its entries are made with. */
const EVP_MD *table_digest(const struct mbn *mbn);

/*
 * Is the entry of this segment what belongs there?  digest: of its octets in the
 * file; NULL: it is the hash segment, or empty.  Zeros stand for what is not
 * hashed; for what is empty the digest of nothing is as good (ath12k's
 * amss.bin).
 */
bool table_has(const struct image *image, const uint8_t *hash,
	       const struct mbn *mbn, unsigned int segment,
	       const uint8_t *digest);

struct table_result {
	unsigned int match;  /* segments that are */
	unsigned int differ; /* ... that are not */
	unsigned int first;  /* the first of these */
};

/*
 * hash: the hash segment, parsed.  Each segment is read once, from its first
 * octet in the file to its last, also those that are not loaded.  -errno with a
 * sentence: one cannot be read.
 */
int table_check(const struct image_file *file, const uint8_t *hash,
		const struct mbn *mbn, struct table_result *result,
		struct sentence error);

#endif
