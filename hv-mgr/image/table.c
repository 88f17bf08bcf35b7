// SPDX-License-Identifier: GPL-2.0-only
#include "image/table.h"

#include <errno.h>
#include <openssl/evp.h>
#include <string.h>

struct summing {
	EVP_MD_CTX *context;
	bool failed;
};

static void add(void *context, const void *bytes, size_t length)
{
	struct summing *summing = context;

	if (!EVP_DigestUpdate(summing->context, bytes, length))
		summing->failed = true;
}

const EVP_MD *table_digest(const struct mbn *mbn)
{
	return mbn->digest_size == MBN_DIGEST_MAX ? EVP_sha384() : EVP_sha256();
}

/* Of a segment's octets in the file; nothing, if it has none. */
static int sum(const struct image_file *file, const struct mbn *mbn,
	       unsigned int segment, EVP_MD_CTX *context,
	       uint8_t digest[MBN_DIGEST_MAX], struct sentence error)
{
	struct summing summing = { .context = context };
	int rc;

	summing.failed = !EVP_DigestInit_ex(context, table_digest(mbn), NULL);
	rc = image_file_segment(file, segment, add, &summing, error);
	if (!rc &&
	    (summing.failed || !EVP_DigestFinal_ex(context, digest, NULL)))
		rc = sentence_set(error, -ENOMEM, "OpenSSL fails to hash");
	return rc;
}

static bool is_zero(const uint8_t *entry, size_t size)
{
	static const uint8_t zeros[MBN_DIGEST_MAX];

	return !memcmp(entry, zeros, size);
}

static bool is_of_nothing(const struct mbn *mbn, const uint8_t *entry)
{
	uint8_t digest[EVP_MAX_MD_SIZE];

	return EVP_Digest(NULL, 0, digest, NULL, table_digest(mbn), NULL) &&
	       !memcmp(entry, digest, mbn->digest_size);
}

bool table_has(const struct image *image, const uint8_t *hash,
	       const struct mbn *mbn, unsigned int segment,
	       const uint8_t *digest)
{
	const uint8_t *entry =
		hash + mbn->table.at + (size_t)segment * mbn->digest_size;

	if (digest)
		return !memcmp(entry, digest, mbn->digest_size);
	return is_zero(entry, mbn->digest_size) ||
	       (segment != image->hash && is_of_nothing(mbn, entry));
}

static int check_one(const struct image_file *file, const uint8_t *hash,
		     const struct mbn *mbn, unsigned int segment,
		     EVP_MD_CTX *context, bool *same, struct sentence error)
{
	const struct image *image = &file->image;
	bool hashed = segment != image->hash &&
		      image->segments[segment].file_size;
	uint8_t digest[EVP_MAX_MD_SIZE];
	int rc = 0;

	if (hashed)
		rc = sum(file, mbn, segment, context, digest, error);
	*same = !rc &&
		table_has(image, hash, mbn, segment, hashed ? digest : NULL);
	return rc;
}

int table_check(const struct image_file *file, const uint8_t *hash,
		const struct mbn *mbn, struct table_result *result,
		struct sentence error)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	int rc = context ? 0 : sentence_set(error, -ENOMEM, "out of memory");
	bool same;

	memset(result, 0, sizeof(*result));
	for (unsigned int i = 0; !rc && i < file->image.count; i++) {
		rc = check_one(file, hash, mbn, i, context, &same, error);
		if (rc)
			break;
		if (same)
			result->match++;
		else if (!result->differ++)
			result->first = i;
	}
	EVP_MD_CTX_free(context);
	return rc;
}
