// SPDX-License-Identifier: GPL-2.0-only
/* What an image is to be loaded as, and whether it is in parts. */
#include "cmocka_all.h"

#include <string.h>

#include "image_format.h"
#include "image_split.h"

static struct image image;

static void be(bool elf, unsigned int hash)
{
	memset(&image, 0, sizeof(image));
	image.elf = elf;
	image.hash = hash;
	image.headers = 0x94;
	image.count = 2;
	image.segments[1] =
		(struct image_segment){ .offset = 0x1000, .file_size = 0x100 };
}

static bool may_be(enum image_format format)
{
	return !image_format_mismatch(format, &image);
}

static void formats_have_names(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < IMAGE_FORMATS; i++) {
		enum image_format format = (enum image_format)i;

		assert_int_equal(image_format_find(image_format_name(format)),
				 format);
	}
	assert_int_equal(image_format_find("ELF"), IMAGE_FORMATS);
	assert_int_equal(image_format_find(""), IMAGE_FORMATS);
}

static void a_format_insists_on_what_it_names(void **state)
{
	(void)state;
	be(false, IMAGE_NO_SEGMENT);
	assert_true(may_be(IMAGE_AUTO) && may_be(IMAGE_RAW));
	assert_false(may_be(IMAGE_ELF) || may_be(IMAGE_MBN));
	be(true, IMAGE_NO_SEGMENT);
	assert_true(may_be(IMAGE_AUTO) && may_be(IMAGE_RAW));
	assert_true(may_be(IMAGE_ELF));
	assert_false(may_be(IMAGE_MBN));
	be(true, 1);
	assert_true(may_be(IMAGE_AUTO) && may_be(IMAGE_ELF));
	assert_true(may_be(IMAGE_MBN));
	assert_false(image_format_insists(IMAGE_AUTO));
	assert_false(image_format_insists(IMAGE_RAW));
}

/* Some .mdt are links to whole images. */
static void an_mdt_is_split_if_it_is_too_short(void **state)
{
	(void)state;
	be(true, 1);
	assert_true(image_is_split(&image, "a/wpss.mdt", 0x194));
	assert_false(image_is_split(&image, "a/wpss.mdt", 0x1100));
	assert_false(image_is_split(&image, "a/wpss.mbn", 0x194));
	assert_false(image_is_split(&image, ".mdt", 0x194));
	assert_int_equal(image_hash_offset(&image, true), 0x94);
	assert_int_equal(image_hash_offset(&image, false), 0x1000);
	be(true, IMAGE_NO_SEGMENT);
	assert_false(image_is_split(&image, "a/wpss.mdt", 0x194));
	be(false, IMAGE_NO_SEGMENT);
	assert_false(image_is_split(&image, "a/wpss.mdt", 0x194));
}

static void parts_are_beside_it(void **state)
{
	char part[sizeof("q.mdt/x.mdt") - 1 + IMAGE_PART_ROOM];

	(void)state;
	image_part_name("q.mdt/x.mdt", 7, part);
	assert_string_equal(part, "q.mdt/x.b07");
	image_part_name("q.mdt/x.mdt", 31, part);
	assert_string_equal(part, "q.mdt/x.b31");
	image_part_name("q.mdt/x.mdt", 127, part);
	assert_string_equal(part, "q.mdt/x.b127");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(formats_have_names),
		cmocka_unit_test(a_format_insists_on_what_it_names),
		cmocka_unit_test(an_mdt_is_split_if_it_is_too_short),
		cmocka_unit_test(parts_are_beside_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
