// SPDX-License-Identifier: GPL-2.0-only
/* Qualcomm's hash segments, of each version, and as they should not be. */
#include "cmocka_all.h"

#include <string.h>

#include "mbn.h"

#define SEGMENTS 3
#define WORDS 12

static uint8_t bytes[1024];
static struct mbn mbn;

static void put_words(const uint32_t words[WORDS])
{
	memset(bytes, 0x5a, sizeof(bytes));
	for (unsigned int i = 0; i < WORDS; i++)
		for (unsigned int at = 0; at < 4; at++)
			bytes[4 * i + at] = (uint8_t)(words[i] >> 8 * at);
}

static enum mbn_wrong parse(const uint32_t words[WORDS])
{
	put_words(words);
	return mbn_parse(bytes, sizeof(bytes), SEGMENTS, &mbn);
}

static void expect(struct mbn_part part, uint32_t at, uint32_t size)
{
	assert_int_equal(part.at, at);
	assert_int_equal(part.size, size);
}

/* Words 2 and 3 are addresses there, and no sizes. */
static const uint32_t version_3[WORDS] = {
	0, 3, 0, 0x8000, 0, 96, 0, 10, 0, 20
};
static const uint32_t version_5[WORDS] = { 0,  5,	   7,  8, 0,
					   96, UINT32_MAX, 10, 0, 20 };
static const uint32_t version_6[WORDS] = { 0,	       6,  7, 8,  0, 144,
					   UINT32_MAX, 10, 0, 20, 5, 6 };
static const uint32_t version_7[WORDS] = { 0, 7, 24, 5, 6, 144, 7, 8, 10, 20 };

static void each_version_has_its_own_order(void **state)
{
	(void)state;
	assert_int_equal(parse(version_3), MBN_FINE);
	assert_int_equal(mbn.digest_size, 32);
	expect(mbn.table, 40, 96);
	expect(mbn.signers[MBN_OEM].signature, 136, 10);
	expect(mbn.signers[MBN_OEM].chain, 146, 20);
	assert_int_equal(mbn.signers[MBN_QTI].signature.size, 0);

	assert_int_equal(parse(version_5), MBN_FINE);
	expect(mbn.signers[MBN_QTI].signature, 136, 7);
	expect(mbn.signers[MBN_QTI].chain, 143, 8);
	expect(mbn.signers[MBN_OEM].signature, 151, 10);

	assert_int_equal(parse(version_6), MBN_FINE);
	assert_int_equal(mbn.digest_size, 48);
	expect(mbn.signers[MBN_QTI].metadata, 48, 5);
	expect(mbn.signers[MBN_OEM].metadata, 53, 6);
	expect(mbn.table, 59, 144);

	assert_int_equal(parse(version_7), MBN_FINE);
	expect(mbn.common_metadata, 40, 24);
	expect(mbn.signers[MBN_OEM].metadata, 69, 6);
	expect(mbn.table, 75, 144);
	expect(mbn.signers[MBN_OEM].chain, 75 + 144 + 7 + 8 + 10, 20);
	assert_int_equal(mbn_signed_size(&mbn), 75 + 144);
}

static void nobody_need_have_signed_it(void **state)
{
	const uint32_t unsigned_5[WORDS] = { 0, 5, 0, 0, 0, 96 };

	(void)state;
	assert_int_equal(parse(unsigned_5), MBN_FINE);
	assert_int_equal(mbn.signers[MBN_OEM].signature.size, 0);
}

/* Sizes and metadata of the other one; with one signer, nothing. */
static void a_signer_signs_without_the_other(void **state)
{
	static uint8_t blanked[sizeof(bytes)];

	(void)state;
	assert_int_equal(parse(version_7), MBN_FINE);
	memcpy(blanked, bytes, sizeof(blanked));
	mbn_blank_other(&mbn, MBN_OEM, blanked);
	for (size_t i = 0; i < sizeof(bytes); i++) {
		bool others = (i >= 24 && i < 32) || (i >= 64 && i < 69);

		assert_int_equal(blanked[i], others ? 0 : bytes[i]);
	}
	assert_int_equal(parse(version_3), MBN_FINE);
	memcpy(blanked, bytes, sizeof(blanked));
	mbn_blank_other(&mbn, MBN_OEM, blanked);
	assert_memory_equal(blanked, bytes, sizeof(bytes));
}

static void other_versions_are_refused(void **state)
{
	uint32_t words[WORDS] = { 0, 0, 0, 0, 0, 96 };

	(void)state;
	for (uint32_t version = 0; version < 20; version++) {
		words[1] = version;
		assert_int_equal(parse(words) == MBN_VERSION,
				 version < 3 || version == 4 || version > 7);
	}
	words[1] = UINT32_MAX;
	assert_int_equal(parse(words), MBN_VERSION);
}

static void a_segment_that_is_cut_is_refused(void **state)
{
	const size_t whole = 75 + 144 + 7 + 8 + 10 + 20;

	(void)state;
	put_words(version_7);
	for (size_t length = 0; length < whole; length++)
		assert_int_equal(mbn_parse(bytes, length, SEGMENTS, &mbn),
				 MBN_CUT);
	assert_int_equal(mbn_parse(bytes, whole, SEGMENTS, &mbn), MBN_FINE);
}

/* One after the other they would be within it, had they 32 bits to add in. */
static void sizes_that_wrap_are_refused(void **state)
{
	(void)state;
	for (unsigned int i = 2; i < 10; i++) {
		uint32_t words[WORDS];

		memcpy(words, version_7, sizeof(words));
		words[i] = UINT32_MAX - 100;
		assert_int_equal(parse(words), MBN_CUT);
	}
}

static void a_table_of_another_size_is_refused(void **state)
{
	static const uint32_t sizes[] = { 0, 95, 97, 128, 60, 192 };
	uint32_t words[WORDS] = { 0, 5 };

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		words[5] = sizes[i];
		assert_int_equal(parse(words), MBN_DIGESTS);
	}
	words[5] = 96;
	put_words(words);
	assert_int_equal(mbn_parse(bytes, sizeof(bytes), 0, &mbn), MBN_DIGESTS);
}

static void half_a_signer_is_refused(void **state)
{
	(void)state;
	for (unsigned int i = 6; i < 10; i++) {
		uint32_t words[WORDS];

		memcpy(words, version_7, sizeof(words));
		words[i] = 0;
		assert_int_equal(parse(words), MBN_HALF);
	}
	assert_non_null(strstr(mbn_wrong_text(MBN_HALF), "certificates"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_version_has_its_own_order),
		cmocka_unit_test(nobody_need_have_signed_it),
		cmocka_unit_test(a_signer_signs_without_the_other),
		cmocka_unit_test(other_versions_are_refused),
		cmocka_unit_test(a_segment_that_is_cut_is_refused),
		cmocka_unit_test(sizes_that_wrap_are_refused),
		cmocka_unit_test(a_table_of_another_size_is_refused),
		cmocka_unit_test(half_a_signer_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
