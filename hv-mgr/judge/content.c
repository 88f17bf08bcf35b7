// SPDX-License-Identifier: GPL-2.0-only
#include "judge/content.h"

#include <errno.h>
#include <string.h>

#include "image/table.h"

static const EVP_MD *kind(const struct content_check *check)
{
	return table_digest(&check->evidence->mbn);
}

static void compare(struct content_check *check, unsigned int segment,
		    const uint8_t *digest)
{
	const struct evidence *evidence = check->evidence;

	if (check->different == IMAGE_NO_SEGMENT &&
	    !table_has(&evidence->image, evidence->hash, &evidence->mbn,
		       segment, digest))
		check->different = segment;
}

/* The headers say where everything goes, so that a digest has to be there for
 * them: entry 0 in all images that are known. */
static int check_headers(struct content_check *check, struct sentence why)
{
	const struct evidence *evidence = check->evidence;
	const struct image_segment *first = &evidence->image.segments[0];
	uint8_t digest[EVP_MAX_MD_SIZE];

	if (first->offset || first->file_size < evidence->image.headers ||
	    first->file_size > evidence->header_size)
		return sentence_set(why, -EKEYREJECTED,
				    "its table has no digest of its headers");
	if (!EVP_Digest(evidence->headers, first->file_size, digest, NULL,
			kind(check), NULL))
		return sentence_set(why, -ENOMEM, "out of memory");
	compare(check, 0, digest);
	return 0;
}

/* Those that have no bytes are never seen. */
static void check_empty(struct content_check *check)
{
	const struct image *image = &check->evidence->image;

	for (unsigned int i = 1; i < image->count; i++)
		if (i == image->hash || !image->segments[i].file_size)
			compare(check, i, NULL);
}

int content_begin(struct content_check *check, const struct evidence *evidence,
		  uint64_t length, struct sentence why)
{
	int rc;

	memset(check, 0, sizeof(*check));
	check->evidence = evidence;
	check->different = IMAGE_NO_SEGMENT;
	if (evidence->plan.place.size != length)
		return sentence_set(
			why, -EKEYREJECTED,
			"its headers place %llu bytes, and %llu were loaded",
			(unsigned long long)evidence->plan.place.size,
			(unsigned long long)length);
	check->digest = EVP_MD_CTX_new();
	if (!check->digest)
		return sentence_set(why, -ENOMEM, "out of memory");
	rc = check_headers(check, why);
	if (!rc)
		check_empty(check);
	return rc;
}

static void see_zeros(struct content_check *check, const uint8_t *bytes,
		      size_t length)
{
	/* The first is, and each is what is before it. */
	if (length && (bytes[0] || memcmp(bytes, bytes + 1, length - 1) != 0))
		check->filled = true;
}

static void see_segment(struct content_check *check, struct image_run run,
			const uint8_t *bytes, size_t length)
{
	const struct image_segment *segment =
		&check->evidence->image.segments[run.segment];
	uint8_t digest[EVP_MAX_MD_SIZE];

	if (!run.offset && !EVP_DigestInit_ex(check->digest, kind(check), NULL))
		check->failed = true;
	if (!EVP_DigestUpdate(check->digest, bytes, length))
		check->failed = true;
	if (run.offset + length != segment->file_size)
		return;
	if (!EVP_DigestFinal_ex(check->digest, digest, NULL))
		check->failed = true;
	compare(check, run.segment, digest);
}

void content_see(struct content_check *check, const uint8_t *bytes,
		 size_t length)
{
	while (length) {
		struct image_run run = image_plan_run(&check->evidence->image,
						      &check->evidence->plan,
						      check->at);
		size_t now = run.size < length ? (size_t)run.size : length;

		/* The place is over: content_begin() has seen to that. */
		if (!now)
			return;
		if (run.segment == IMAGE_NO_SEGMENT)
			see_zeros(check, bytes, now);
		else
			see_segment(check, run, bytes, now);
		check->at += now;
		bytes += now;
		length -= now;
	}
}

int content_decide(const struct content_check *check, struct sentence why)
{
	if (check->failed)
		return sentence_set(why, -EKEYREJECTED,
				    "OpenSSL failed to hash it");
	if (check->different != IMAGE_NO_SEGMENT)
		return sentence_set(
			why, -EKEYREJECTED,
			"segment %u differs from its digest in the table",
			check->different);
	if (check->filled)
		return sentence_set(
			why, -EKEYREJECTED,
			"there are bytes between its segments that none of them has");
	return 0;
}

void content_end(struct content_check *check)
{
	EVP_MD_CTX_free(check->digest);
	check->digest = NULL;
}
