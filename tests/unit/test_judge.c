// SPDX-License-Identifier: GPL-2.0-only
/* Is content what its evidence says, and who signed that? */
#include "cmocka_all.h"

#include <errno.h>
#include <string.h>

#include "carveoutif.h"
#include "judge/content.h"
#include "judge/signers.h"
#include "signed_image.h"

static struct signed_image image;
static struct evidence evidence;
static char why[256];

static int read_evidence(size_t length)
{
	/* As long as it says, for AddressSanitizer to watch. */
	uint8_t *copy = test_malloc(length ? length : 1);
	int rc;

	memcpy(copy, image.evidence, length);
	rc = evidence_read(copy, length, &evidence, SENTENCE(why));
	test_free(copy);
	return rc;
}

/* In pieces, as a manager sees it. */
static int judge_content(uint64_t length, size_t piece)
{
	struct content_check check;
	int rc = evidence_read(image.evidence, image.evidence_size, &evidence,
			       SENTENCE(why));

	if (!rc)
		rc = content_begin(&check, &evidence, length, SENTENCE(why));
	else
		return rc;
	for (size_t at = 0; !rc && at < length; at += piece)
		content_see(&check, image.content + at,
			    length - at < piece ? length - at : piece);
	if (!rc)
		rc = content_decide(&check, SENTENCE(why));
	content_end(&check);
	return rc;
}

static int judge(void)
{
	return judge_content(SIGNED_IMAGE_SIZE, 4096);
}

static int judge_signers(const struct verify *verify)
{
	assert_int_equal(judge(), 0);
	return signers_check(evidence.hash, &evidence.mbn, verify,
			     SENTENCE(why));
}

static void expect_rejected(int rc, const char *said)
{
	assert_int_equal(rc, -EKEYREJECTED);
	if (!strstr(why, said))
		fail_msg("\"%s\" does not say \"%s\"", why, said);
}

static struct verify by_root(const uint8_t root[VERIFY_ROOT_SIZE])
{
	struct verify verify = { .kind = VERIFY_MBN, .roots = 1 };

	memcpy(verify.root[0], root, VERIFY_ROOT_SIZE);
	return verify;
}

/* ---- content ---- */

static void an_image_is_what_its_table_says_however_it_is_cut(void **state)
{
	(void)state;
	signed_image_make(&image, 0);
	assert_int_equal(judge_content(SIGNED_IMAGE_SIZE, 1), 0);
	assert_int_equal(judge_content(SIGNED_IMAGE_SIZE, 4999), 0);
	assert_int_equal(judge_content(SIGNED_IMAGE_SIZE, 1 << 20), 0);
}

static void a_byte_that_differs_is_found_wherever_it_is(void **state)
{
	(void)state;
	signed_image_make(&image, 0);
	for (size_t at = 0; at < SIGNED_IMAGE_SIZE; at += 997) {
		image.content[at] ^= 0x10;
		assert_int_equal(judge(), -EKEYREJECTED);
		image.content[at] ^= 0x10;
	}
	image.content[4999] ^= 1;
	expect_rejected(judge(), "segment 2 differs");
	image.content[4999] ^= 1;
	image.content[SIGNED_IMAGE_SIZE - 1] ^= 1;
	expect_rejected(judge(), "segment 3 differs");
	image.content[SIGNED_IMAGE_SIZE - 1] ^= 1;
	image.content[SIGNED_IMAGE_GAP] = 1;
	expect_rejected(judge(), "between its segments");
	image.content[SIGNED_IMAGE_GAP] = 0;
	image.content[5000] = 1; /* the first behind a segment */
	expect_rejected(judge(), "between its segments");
	image.content[5000] = 0;
	assert_int_equal(judge(), 0);
}

static void content_is_as_long_as_the_headers_say(void **state)
{
	(void)state;
	signed_image_make(&image, 0);
	expect_rejected(judge_content(SIGNED_IMAGE_SIZE - 1, 4096),
			"21479 were loaded");
	expect_rejected(judge_content(4096, 4096), "4096 were loaded");
}

/* ---- evidence ---- */

static uint8_t *headers(void)
{
	return image.evidence + sizeof(struct carveoutif_evidence);
}

static void evidence_that_is_cut_anywhere_is_refused(void **state)
{
	(void)state;
	signed_image_make(&image, 0);
	expect_rejected(read_evidence(0), "not as a stream");
	expect_rejected(read_evidence(7), "cut short");
	for (size_t length = 8; length < image.evidence_size; length++)
		expect_rejected(read_evidence(length), "sizes it says");
	assert_int_equal(read_evidence(image.evidence_size), 0);
}

static void sizes_that_lie_are_refused(void **state)
{
	struct carveoutif_evidence lies[] = { { UINT32_MAX, 9 },
					      { 0, UINT32_MAX },
					      { 0x80000000, 0x80000000 },
					      { 0, 0 } };

	(void)state;
	signed_image_make(&image, 0);
	for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		memcpy(image.evidence, &lies[i], sizeof(lies[i]));
		assert_int_equal(read_evidence(image.evidence_size),
				 -EKEYREJECTED);
	}
}

static void headers_are_under_a_digest_themselves(void **state)
{
	(void)state;
	for (size_t at = 0; at < 4 * 56 + 64; at++) {
		signed_image_make_unsigned(&image);
		headers()[at] ^= 1;
		assert_int_equal(judge(), -EKEYREJECTED);
	}
	signed_image_make(&image, 0);
	headers()[0] = 0;
	expect_rejected(judge(), "no ELF");
	signed_image_make(&image, 0);
	headers()[64 + 8] = 1; /* the first segment's place in the file */
	expect_rejected(judge(), "no digest of its headers");
}

static void an_image_without_a_table_is_refused(void **state)
{
	(void)state;
	signed_image_make(&image, 0);
	headers()[64 + 56 + 7] = 0; /* the hash segment's kind */
	expect_rejected(judge(), "no hash segment");
	signed_image_make(&image, 0);
	headers()[image.header_size + 4] = 9; /* its version */
	expect_rejected(judge(), "version");
}

/* ---- signers ---- */

static void a_chain_ends_in_a_root_that_is_named(void **state)
{
	const uint8_t other[VERIFY_ROOT_SIZE] = { 1 };
	struct verify verify;

	(void)state;
	signed_image_make(&image, 0);
	verify = by_root(image.root);
	assert_int_equal(judge_signers(&verify), 0);
	memcpy(verify.root[1], verify.root[0], VERIFY_ROOT_SIZE);
	memcpy(verify.root[0], other, VERIFY_ROOT_SIZE);
	verify.roots = 2;
	assert_int_equal(judge_signers(&verify), 0);
	verify.roots = 1;
	expect_rejected(judge_signers(&verify), "a root that the stanza names");
}

static void without_a_root_it_is_integrity_only(void **state)
{
	const struct verify verify = { .kind = VERIFY_MBN };
	const uint8_t other[VERIFY_ROOT_SIZE] = { 1 };
	struct verify named = by_root(other);

	(void)state;
	signed_image_make(&image, 0);
	assert_int_equal(judge_signers(&verify), 0);
	signed_image_make_unsigned(&image);
	assert_int_equal(judge_signers(&verify), 0);
	expect_rejected(judge_signers(&named), "nobody signed it");
}

static void what_is_signed_cannot_be_changed(void **state)
{
	struct verify verify;

	(void)state;
	signed_image_make(&image, 0);
	verify = by_root(image.root);
	/* A word of the hash segment's header that means nothing else. */
	headers()[image.header_size] ^= 1;
	expect_rejected(judge_signers(&verify), "the signature");
	headers()[image.header_size] ^= 1;
	assert_int_equal(judge_signers(&verify), 0);
	/* The last octet of the root: its own signature. */
	image.evidence[image.evidence_size - 1] ^= 1;
	assert_int_equal(judge_signers(&verify), -EKEYREJECTED);
}

static void the_clock_counts_if_it_is_to(void **state)
{
	struct verify verify;

	(void)state;
	signed_image_make(&image, -7200);
	verify = by_root(image.root);
	assert_int_equal(judge_signers(&verify), 0);
	verify.clock = true;
	expect_rejected(judge_signers(&verify), "expired");
	signed_image_make(&image, 1800);
	verify = by_root(image.root);
	verify.clock = true;
	expect_rejected(judge_signers(&verify), "not yet valid");
	signed_image_make(&image, -60);
	verify = by_root(image.root);
	verify.clock = true;
	assert_int_equal(judge_signers(&verify), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			an_image_is_what_its_table_says_however_it_is_cut),
		cmocka_unit_test(a_byte_that_differs_is_found_wherever_it_is),
		cmocka_unit_test(content_is_as_long_as_the_headers_say),
		cmocka_unit_test(evidence_that_is_cut_anywhere_is_refused),
		cmocka_unit_test(sizes_that_lie_are_refused),
		cmocka_unit_test(headers_are_under_a_digest_themselves),
		cmocka_unit_test(an_image_without_a_table_is_refused),
		cmocka_unit_test(a_chain_ends_in_a_root_that_is_named),
		cmocka_unit_test(without_a_root_it_is_integrity_only),
		cmocka_unit_test(what_is_signed_cannot_be_changed),
		cmocka_unit_test(the_clock_counts_if_it_is_to),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
