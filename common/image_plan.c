// SPDX-License-Identifier: GPL-2.0-only
#include "image_plan.h"

#include "range.h"

static void insert(const struct image *image, struct image_plan *plan,
		   unsigned int segment)
{
	unsigned int at = plan->count++;

	while (at && image->segments[plan->order[at - 1]].address >
			     image->segments[segment].address) {
		plan->order[at] = plan->order[at - 1];
		at--;
	}
	plan->order[at] = (uint8_t)segment;
}

struct image_fault image_plan_make(const struct image *image,
				   struct image_plan *plan)
{
	struct image_fault is = image_place(image, &plan->place);

	plan->count = 0;
	if (is.wrong)
		return is;
	for (unsigned int i = 0; i < image->count; i++)
		if (image_is_loaded(&image->segments[i]) &&
		    image->segments[i].file_size)
			insert(image, plan, i);
	return is;
}

struct image_fault image_plan_fits(const struct image *image,
				   const struct image_plan *plan, uint64_t room)
{
	struct image_fault is = { IMAGE_FINE, IMAGE_NO_SEGMENT };

	for (unsigned int i = 0; i < image->count; i++) {
		const struct image_segment *s = &image->segments[i];

		if (!image_is_loaded(s) ||
		    range_within(s->address - plan->place.base, s->memory_size,
				 room))
			continue;
		is.wrong = IMAGE_BEYOND;
		is.segment = i;
		break;
	}
	return is;
}

/* No two of them share a byte of the place: image_place() has seen to that. */
struct image_run image_plan_run(const struct image *image,
				const struct image_plan *plan, uint64_t at)
{
	struct image_run run = { IMAGE_NO_SEGMENT, 0, plan->place.size - at };

	for (unsigned int i = 0; i < plan->count; i++) {
		const struct image_segment *s =
			&image->segments[plan->order[i]];
		uint64_t first = s->address - plan->place.base;

		if (at < first) {
			run.size = first - at;
			return run;
		}
		if (at - first < s->file_size) {
			run.segment = plan->order[i];
			run.offset = at - first;
			run.size = s->file_size - run.offset;
			return run;
		}
	}
	return run;
}
