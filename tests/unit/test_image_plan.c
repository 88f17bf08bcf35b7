// SPDX-License-Identifier: GPL-2.0-only
/* An image's place as a stream, against one that is laid out byte by byte. */
#include "cmocka_all.h"

#include <string.h>

#include "dice.h"
#include "image_plan.h"

/* Where a byte of the place comes from. */
struct origin {
	unsigned int segment;
	uint64_t offset;
};

#define MEMORY 512

static struct image image;
static struct image_plan plan;
static struct origin memory[MEMORY]; /* by address */

static struct image_segment load(uint64_t address, uint64_t file_size,
				 uint64_t memory_size)
{
	return (struct image_segment){ .type = IMAGE_PT_LOAD,
				       .address = address,
				       .file_size = file_size,
				       .memory_size = memory_size };
}

static void make(unsigned int count, const struct image_segment *segments)
{
	memset(&image, 0, sizeof(image));
	image.elf = true;
	image.hash = IMAGE_NO_SEGMENT;
	image.count = count;
	memcpy(image.segments, segments, count * sizeof(*segments));
}

static void planned(unsigned int count, const struct image_segment *segments)
{
	make(count, segments);
	assert_int_equal(image_plan_make(&image, &plan).wrong, IMAGE_FINE);
}

static void expect_run(uint64_t at, unsigned int segment, uint64_t offset,
		       uint64_t size)
{
	struct image_run run = image_plan_run(&image, &plan, at);

	assert_int_equal(run.segment, segment);
	assert_int_equal(run.offset, offset);
	assert_int_equal(run.size, size);
}

static void segments_come_in_order_of_their_addresses(void **state)
{
	(void)state;
	planned(3, (struct image_segment[]){ load(0x300, 0x10, 0x80),
					     load(0x100, 0x20, 0x20),
					     load(0x200, 0x30, 0x30) });
	assert_int_equal(plan.place.size, 0x280);
	expect_run(0, 1, 0, 0x20);
	expect_run(0x1f, 1, 0x1f, 1);
	expect_run(0x20, IMAGE_NO_SEGMENT, 0, 0xe0);
	expect_run(0xff, IMAGE_NO_SEGMENT, 0, 1);
	expect_run(0x100, 2, 0, 0x30);
	expect_run(0x200, 0, 0, 0x10);
	expect_run(0x210, IMAGE_NO_SEGMENT, 0, 0x70);
	expect_run(0x280, IMAGE_NO_SEGMENT, 0, 0);
}

static void an_image_may_be_zeros(void **state)
{
	(void)state;
	planned(2, (struct image_segment[]){ load(0x1000, 0, 0x10),
					     load(0x1008, 0, 0x10) });
	expect_run(0, IMAGE_NO_SEGMENT, 0, 0x18);
	expect_run(0x18, IMAGE_NO_SEGMENT, 0, 0);
}

static void an_image_may_end_with_the_last_address(void **state)
{
	(void)state;
	planned(2, (struct image_segment[]){ load(UINT64_MAX - 8, 4, 8),
					     load(0, 1, 1) });
	expect_run(0, 1, 0, 1);
	expect_run(1, IMAGE_NO_SEGMENT, 0, UINT64_MAX - 9);
	expect_run(UINT64_MAX - 8, 0, 0, 4);
	expect_run(UINT64_MAX - 4, IMAGE_NO_SEGMENT, 0, 4);
	expect_run(UINT64_MAX, IMAGE_NO_SEGMENT, 0, 0);
}

static void as_many_segments_as_there_may_be(void **state)
{
	struct image_segment segments[IMAGE_SEGMENTS_MAX];

	(void)state;
	for (unsigned int i = 0; i < IMAGE_SEGMENTS_MAX; i++)
		segments[i] = load(IMAGE_SEGMENTS_MAX - i, 1, 1);
	planned(IMAGE_SEGMENTS_MAX, segments);
	for (unsigned int i = 0; i < IMAGE_SEGMENTS_MAX; i++)
		expect_run(i, IMAGE_SEGMENTS_MAX - 1 - i, 0, 1);
}

static void what_cannot_be_placed_has_no_plan(void **state)
{
	(void)state;
	make(2, (struct image_segment[]){ load(0, 8, 8), load(4, 8, 8) });
	assert_int_equal(image_plan_make(&image, &plan).wrong, IMAGE_OVERLAPS);
	assert_int_equal(plan.count, 0);
}

static void what_reaches_beyond_the_carveout_is_named(void **state)
{
	(void)state;
	planned(4, (struct image_segment[]){
			   load(0x1000, 1, 0x1000), load(0, 0, 0),
			   load(0x3000, 1, 0x1000), load(0x2000, 1, 0x1000) });
	assert_int_equal(image_plan_fits(&image, &plan, 0x3000).wrong,
			 IMAGE_FINE);
	assert_int_equal(image_plan_fits(&image, &plan, 0x2fff).wrong,
			 IMAGE_BEYOND);
	assert_int_equal(image_plan_fits(&image, &plan, 0x2fff).segment, 2);
	assert_int_equal(image_plan_fits(&image, &plan, 0x1fff).segment, 2);
	assert_int_equal(image_plan_fits(&image, &plan, 0xfff).segment, 0);
}

/* ---- against the naive way ---- */

static void lay_out(void)
{
	for (size_t i = 0; i < MEMORY; i++)
		memory[i] = (struct origin){ IMAGE_NO_SEGMENT, 0 };
	for (unsigned int i = 0; i < image.count; i++) {
		const struct image_segment *s = &image.segments[i];

		for (uint64_t b = 0; image_is_loaded(s) && b < s->file_size;
		     b++)
			memory[s->address + b] = (struct origin){ i, b };
	}
}

static uint64_t check_run(uint64_t at)
{
	struct image_run run = image_plan_run(&image, &plan, at);

	assert_true(run.size <= plan.place.size - at);
	for (uint64_t i = 0; i < run.size; i++) {
		const struct origin *byte = &memory[plan.place.base + at + i];

		assert_int_equal(byte->segment, run.segment);
		if (run.segment != IMAGE_NO_SEGMENT)
			assert_int_equal(byte->offset, run.offset + i);
	}
	return run.size;
}

static void throw_segments(void)
{
	struct image_segment segments[6];
	unsigned int count = 1 + (unsigned int)dice_below(6);

	for (unsigned int i = 0; i < count; i++) {
		uint64_t size = dice_below(MEMORY / 8);

		segments[i] = load(dice_below(MEMORY - MEMORY / 8),
				   dice_below(size + 1), size);
		if (!dice_below(8))
			segments[i].type = 4; /* a note */
	}
	make(count, segments);
}

static void any_image_is_where_its_segments_say(void **state)
{
	unsigned int good = 0;

	(void)state;
	dice_start();
	for (int round = 0; round < 20000; round++) {
		throw_segments();
		if (image_plan_make(&image, &plan).wrong)
			continue;
		good++;
		lay_out();
		for (uint64_t at = 0, n; at < plan.place.size; at += n) {
			n = check_run(at);
			assert_true(n > 0);
			/* From the middle on it is the same. */
			check_run(at + dice_below(n));
		}
		assert_int_equal(check_run(plan.place.size), 0);
	}
	assert_true(good > 2000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(segments_come_in_order_of_their_addresses),
		cmocka_unit_test(an_image_may_be_zeros),
		cmocka_unit_test(an_image_may_end_with_the_last_address),
		cmocka_unit_test(as_many_segments_as_there_may_be),
		cmocka_unit_test(what_cannot_be_placed_has_no_plan),
		cmocka_unit_test(what_reaches_beyond_the_carveout_is_named),
		cmocka_unit_test(any_image_is_where_its_segments_say),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
