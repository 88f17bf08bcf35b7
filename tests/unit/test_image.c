// SPDX-License-Identifier: GPL-2.0-only
/* ELF images as they should not be, and where their segments go. */
#include "cmocka_all.h"

#include <string.h>

#include "image.h"

/* ---- an image, made of numbers ---- */

struct elf {
	bool wide, big_endian;
	unsigned int count;
	uint64_t first; /* 0: behind the ELF header */
	struct image_segment segments[4];
};

static uint8_t head[IMAGE_HEADERS_MAX];
static size_t length;
static struct image image;

static void put(size_t at, unsigned int bytes, uint64_t value, bool big_endian)
{
	for (unsigned int i = 0; i < bytes; i++)
		head[at + i] = (uint8_t)(value >>
					 8 * (big_endian ? bytes - 1 - i : i));
}

static void put_segment(const struct elf *elf, size_t at,
			const struct image_segment *s)
{
	const bool big = elf->big_endian;

	put(at, 4, s->type, big);
	if (elf->wide) {
		put(at + 4, 4, s->flags, big);
		put(at + 8, 8, s->offset, big);
		put(at + 24, 8, s->address, big);
		put(at + 32, 8, s->file_size, big);
		put(at + 40, 8, s->memory_size, big);
		return;
	}
	put(at + 4, 4, s->offset, big);
	put(at + 12, 4, s->address, big);
	put(at + 16, 4, s->file_size, big);
	put(at + 20, 4, s->memory_size, big);
	put(at + 24, 4, s->flags, big);
}

static void make(const struct elf *elf)
{
	const size_t own = elf->wide ? 64 : 52, each = elf->wide ? 56 : 32;
	const size_t first = elf->first ? elf->first : own;

	memset(head, 0, sizeof(head));
	memcpy(head, "\177ELF", 4);
	head[4] = elf->wide ? 2 : 1;
	head[5] = elf->big_endian ? 2 : 1;
	put(18, 2, 164, elf->big_endian);
	put(24, elf->wide ? 8 : 4, 0x8000, elf->big_endian);
	put(elf->wide ? 32 : 28, elf->wide ? 8 : 4, first, elf->big_endian);
	put(elf->wide ? 54 : 42, 2, each, elf->big_endian);
	put(elf->wide ? 56 : 44, 2, elf->count, elf->big_endian);
	for (unsigned int i = 0; i < elf->count && i < 4; i++)
		put_segment(elf, first + i * each, &elf->segments[i]);
	length = first + elf->count * each;
}

static struct image_segment load(uint64_t address, uint64_t file_size,
				 uint64_t memory_size)
{
	return (struct image_segment){ .type = IMAGE_PT_LOAD,
				       .offset = 0x1000,
				       .address = address,
				       .file_size = file_size,
				       .memory_size = memory_size };
}

static void expect(struct image_fault fault, enum image_wrong wrong,
		   unsigned int segment)
{
	assert_string_equal(image_wrong_text(fault.wrong),
			    image_wrong_text(wrong));
	assert_int_equal(fault.segment, segment);
}

static struct image_place placed(void)
{
	struct image_place place;

	expect(image_parse(head, length, &image), IMAGE_FINE, IMAGE_NO_SEGMENT);
	expect(image_place(&image, &place), IMAGE_FINE, IMAGE_NO_SEGMENT);
	return place;
}

static void not_placed(const struct elf *elf, enum image_wrong wrong,
		       unsigned int segment)
{
	struct image_place place;

	make(elf);
	expect(image_parse(head, length, &image), IMAGE_FINE, IMAGE_NO_SEGMENT);
	expect(image_place(&image, &place), wrong, segment);
}

/* ---- what is fine ---- */

static void both_classes_and_both_orders_are_read(void **state)
{
	(void)state;
	for (int kind = 0; kind < 4; kind++) {
		struct elf elf = { kind & 1,
				   kind & 2,
				   2,
				   0,
				   { load(0x9000, 0x10, 0x20),
				     load(0x8000, 0x800, 0x1000) } };
		struct image_place place;

		make(&elf);
		place = placed();
		assert_int_equal(place.base, 0x8000);
		assert_int_equal(place.size, 0x1020);
		assert_int_equal(place.from_file, 0x810);
		assert_int_equal(image.entry, 0x8000);
		assert_int_equal(image.machine, 164);
		assert_int_equal(image.headers, length);
		assert_int_equal(image.wide, kind & 1);
		assert_int_equal(image.segments[0].offset, 0x1000);
	}
}

static void what_is_no_elf_is_raw(void **state)
{
	(void)state;
	expect(image_parse((const uint8_t *)"\177EL", 3, &image), IMAGE_FINE,
	       IMAGE_NO_SEGMENT);
	assert_false(image.elf);
	expect(image_parse((const uint8_t *)"", 0, &image), IMAGE_FINE,
	       IMAGE_NO_SEGMENT);
	assert_false(image.elf);
}

/* modem.mbn has 13 of them at address 0, and 24 images one behind the file. */
static void empty_segments_count_for_nothing(void **state)
{
	struct elf elf = { false,
			   false,
			   3,
			   0,
			   { load(0, 0, 0), load(0x8000, 0x10, 0x10),
			     load(0xc1503000, 0, 0) } };

	(void)state;
	elf.segments[2].offset = 0xffff0000;
	make(&elf);
	assert_int_equal(placed().size, 0x10);
	expect(image_within(&image, 0x1010), IMAGE_FINE, IMAGE_NO_SEGMENT);
}

/* wcnss.mbn's do: whoever comes last, it is zeros. */
static void zeros_may_overlap(void **state)
{
	struct elf elf = { false,
			   false,
			   2,
			   0,
			   { load(0x8000, 0, 0x100), load(0x8080, 0, 0x100) } };

	(void)state;
	make(&elf);
	assert_int_equal(placed().size, 0x180);
}

/* openbios-ppc ends there. */
static void an_image_may_end_with_the_last_address(void **state)
{
	struct elf elf = {
		false, false, 1, 0, { load(0xfff00000, 0x10, 0x100000) }
	};

	(void)state;
	make(&elf);
	assert_int_equal(placed().size, 0x100000);
}

static void program_headers_need_not_come_first(void **state)
{
	struct elf elf = { true, false, 1, 0x200, { load(0, 1, 1) } };

	(void)state;
	make(&elf);
	assert_int_equal(placed().size, 1);
	assert_int_equal(image.headers, 0x200 + 56);
}

/* By three bits and not by one: kinds 3, 6 and 7 have it, too. */
static void the_hash_segment_is_found_by_its_kind(void **state)
{
	struct elf elf = { false,
			   false,
			   3,
			   0,
			   { { .flags = 0x07000000 },
			     load(0x8000, 0x10, 0x10),
			     { .flags = 0x02200000 } } };

	(void)state;
	elf.segments[1].flags = 0x03000005;
	make(&elf);
	placed();
	assert_int_equal(image.hash, 2);
	elf.segments[2].flags = 0;
	make(&elf);
	placed();
	assert_int_equal(image.hash, IMAGE_NO_SEGMENT);
}

/* ---- what is not ---- */

static void headers_cut_anywhere_are_refused(void **state)
{
	(void)state;
	for (int wide = 0; wide < 2; wide++) {
		struct elf elf = {
			wide, false, 2, 0, { load(0, 1, 1), load(1, 1, 1) }
		};

		make(&elf);
		for (size_t cut = 4; cut < length; cut++)
			expect(image_parse(head, cut, &image), IMAGE_CUT,
			       IMAGE_NO_SEGMENT);
	}
}

static void headers_that_are_none_are_refused(void **state)
{
	struct elf elf = { false, false, 1, 0, { load(0, 1, 1) } };

	(void)state;
	make(&elf);
	head[4] = 3;
	expect(image_parse(head, length, &image), IMAGE_CLASS,
	       IMAGE_NO_SEGMENT);
	make(&elf);
	head[5] = 0;
	expect(image_parse(head, length, &image), IMAGE_ORDER,
	       IMAGE_NO_SEGMENT);
	make(&elf);
	put(42, 2, 56, false);
	expect(image_parse(head, length, &image), IMAGE_ENTRY_SIZE,
	       IMAGE_NO_SEGMENT);
	make(&elf);
	put(44, 2, 0, false);
	expect(image_parse(head, length, &image), IMAGE_EMPTY,
	       IMAGE_NO_SEGMENT);
	put(44, 2, IMAGE_SEGMENTS_MAX + 1, false);
	expect(image_parse(head, length, &image), IMAGE_MANY, IMAGE_NO_SEGMENT);
}

static void program_headers_far_away_are_refused(void **state)
{
	static const uint64_t places[] = { IMAGE_HEADERS_MAX - 55,
					   UINT64_MAX - 55, UINT64_MAX };
	struct elf elf = { true, false, 1, 0, { load(0, 1, 1) } };

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		make(&elf);
		put(32, 8, places[i], false);
		expect(image_parse(head, sizeof(head), &image), IMAGE_FAR,
		       IMAGE_NO_SEGMENT);
	}
}

static void a_segment_outside_the_file_is_refused(void **state)
{
	struct elf elf = { true, false, 1, 0, { load(0, 0x10, 0x10) } };

	(void)state;
	make(&elf);
	placed();
	expect(image_within(&image, 0x1010), IMAGE_FINE, IMAGE_NO_SEGMENT);
	expect(image_within(&image, 0x100f), IMAGE_OUTSIDE, 0);
	elf.segments[0].offset = UINT64_MAX - 7;
	make(&elf);
	placed();
	expect(image_within(&image, UINT64_MAX), IMAGE_OUTSIDE, 0);
}

static void content_that_overlaps_is_refused(void **state)
{
	(void)state;
	/* Content over content, over zeros, and zeros over it. */
	not_placed(&(struct elf){ false,
				  false,
				  2,
				  0,
				  { load(0x8000, 0x100, 0x100),
				    load(0x80ff, 1, 1) } },
		   IMAGE_OVERLAPS, 1);
	not_placed(
		&(struct elf){ false,
			       false,
			       2,
			       0,
			       { load(0x8000, 0, 0x100), load(0x80ff, 1, 1) } },
		IMAGE_OVERLAPS, 1);
	not_placed(&(struct elf){ false,
				  false,
				  3,
				  0,
				  { load(0x8000, 0x100, 0x100),
				    load(0x9000, 1, 1),
				    load(0x7000, 0, 0x1001) } },
		   IMAGE_OVERLAPS, 2);
	/* A file's end is no memory's. */
	make(&(struct elf){
		false,
		false,
		2,
		0,
		{ load(0x8000, 0x100, 0x100), load(0x8100, 1, 1) } });
	assert_int_equal(placed().size, 0x101);
}

static void sizes_that_lie_are_refused(void **state)
{
	(void)state;
	not_placed(&(struct elf){ true,
				  false,
				  2,
				  0,
				  { load(0, 1, 1), load(0x8000, 0x11, 0x10) } },
		   IMAGE_SHRINKS, 1);
	not_placed(&(struct elf){ true, false, 1, 0, { load(0, 1, 0) } },
		   IMAGE_SHRINKS, 0);
	not_placed(&(struct elf){ true,
				  false,
				  1,
				  0,
				  { load(UINT64_MAX - 0xf, 0, 0x11) } },
		   IMAGE_WRAPS, 0);
	not_placed(
		&(struct elf){ true, false, 1, 0, { load(1, 0, UINT64_MAX) } },
		IMAGE_WRAPS, 0);
}

static void nothing_to_load_is_refused(void **state)
{
	(void)state;
	not_placed(&(struct elf){ true,
				  false,
				  2,
				  0,
				  { load(0, 0, 0), { .memory_size = 8 } } },
		   IMAGE_NOTHING, IMAGE_NO_SEGMENT);
}

static void a_second_hash_segment_is_refused(void **state)
{
	struct elf elf = { false,
			   false,
			   2,
			   0,
			   { { .flags = 0x02000000 },
			     { .flags = 0x02000000 } } };

	(void)state;
	make(&elf);
	expect(image_parse(head, length, &image), IMAGE_HASHES, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_classes_and_both_orders_are_read),
		cmocka_unit_test(what_is_no_elf_is_raw),
		cmocka_unit_test(empty_segments_count_for_nothing),
		cmocka_unit_test(zeros_may_overlap),
		cmocka_unit_test(an_image_may_end_with_the_last_address),
		cmocka_unit_test(program_headers_need_not_come_first),
		cmocka_unit_test(the_hash_segment_is_found_by_its_kind),
		cmocka_unit_test(headers_cut_anywhere_are_refused),
		cmocka_unit_test(headers_that_are_none_are_refused),
		cmocka_unit_test(program_headers_far_away_are_refused),
		cmocka_unit_test(a_segment_outside_the_file_is_refused),
		cmocka_unit_test(content_that_overlaps_is_refused),
		cmocka_unit_test(sizes_that_lie_are_refused),
		cmocka_unit_test(nothing_to_load_is_refused),
		cmocka_unit_test(a_second_hash_segment_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
