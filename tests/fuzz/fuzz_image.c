// SPDX-License-Identifier: GPL-2.0-only
/*
 * An image's headers, or a hash segment: where something is said to be, it is.
 * The first octet tells which, and of how many segments the hash segment is.
 */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "image_plan.h"
#include "mbn.h"
#include "range.h"

/* Exactly so many octets, so that what reads behind them is seen. */
static uint8_t *copy_of(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size ? size : 1);

	require(copy);
	memcpy(copy, data, size);
	return copy;
}

static void check_placed(const struct image *image,
			 const struct image_place *place)
{
	for (unsigned int i = 0; i < image->count; i++) {
		const struct image_segment *s = &image->segments[i];

		if (!image_is_loaded(s))
			continue;
		require(s->address >= place->base);
		require(range_within(s->address - place->base, s->memory_size,
				     place->size));
		require(s->file_size <= s->memory_size);
		for (unsigned int j = 0; j < image->count; j++)
			require(j == i ||
				!image_is_loaded(&image->segments[j]) ||
				!ranges_overlap(s->address, s->file_size,
						image->segments[j].address,
						image->segments[j].memory_size));
	}
}

/* Which segment's byte of the file it is; of a place's byte there is one. */
static unsigned int owner(const struct image *image, uint64_t address,
			  uint64_t *offset)
{
	*offset = 0;
	for (unsigned int i = 0; i < image->count; i++) {
		const struct image_segment *s = &image->segments[i];

		if (!image_is_loaded(s) || address < s->address ||
		    address - s->address >= s->file_size)
			continue;
		*offset = address - s->address;
		return i;
	}
	return IMAGE_NO_SEGMENT;
}

/* From its first byte to its last, and no run is longer than its source. */
static void check_plan(const struct image *image, const struct image_plan *plan)
{
	uint64_t at = 0, offset;

	for (unsigned int runs = 0; at < plan->place.size; runs++) {
		struct image_run run = image_plan_run(image, plan, at);
		uint64_t first = plan->place.base + at;

		require(runs <= 2 * image->count);
		require(run.size && run.size <= plan->place.size - at);
		require(owner(image, first, &offset) == run.segment &&
			offset == run.offset);
		require(owner(image, first + run.size - 1, &offset) ==
			run.segment);
		at += run.size;
		require(at == plan->place.size ||
			owner(image, first + run.size, &offset) != run.segment);
	}
	require(!image_plan_run(image, plan, at).size);
}

static void look_at_image(const uint8_t *data, size_t size)
{
	static struct image image;
	static struct image_plan plan;
	struct image_fault fault = image_parse(data, size, &image);

	require(image_wrong_text(fault.wrong));
	if (fault.wrong || !image.elf)
		return;
	require(image.count && image.count <= IMAGE_SEGMENTS_MAX);
	require(image.headers <= size);
	fault = image_within(&image, 1 << 20);
	require(!fault.wrong || fault.segment < image.count);
	fault = image_plan_make(&image, &plan);
	if (fault.wrong)
		return;
	check_placed(&image, &plan.place);
	check_plan(&image, &plan);
}

static void check_part(struct mbn_part part, size_t size, uint32_t *end)
{
	require(part.at == *end && range_within(part.at, part.size, size));
	*end += part.size;
}

static void look_at_hashes(uint8_t *data, size_t size, unsigned int segments)
{
	static struct mbn mbn;
	enum mbn_wrong wrong = mbn_parse(data, size, segments, &mbn);
	uint32_t end = mbn.common_metadata.at;

	require(mbn_wrong_text(wrong));
	if (wrong)
		return;
	check_part(mbn.common_metadata, size, &end);
	check_part(mbn.signers[MBN_QTI].metadata, size, &end);
	check_part(mbn.signers[MBN_OEM].metadata, size, &end);
	check_part(mbn.table, size, &end);
	require(mbn_signed_size(&mbn) == end);
	for (int i = MBN_QTI; i >= MBN_OEM; i--) {
		check_part(mbn.signers[i].signature, size, &end);
		check_part(mbn.signers[i].chain, size, &end);
	}
	mbn_blank_other(&mbn, MBN_OEM, data);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *copy;

	if (!size)
		return 0;
	copy = copy_of(data + 1, size - 1);
	if (data[0])
		look_at_hashes(copy, size - 1, data[0]);
	else
		look_at_image(copy, size - 1);
	free(copy);
	return 0;
}
