// SPDX-License-Identifier: GPL-2.0-only
#include "config/host_reading.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>

void host_warn(struct host_warnings *warnings, const char *format, ...)
{
	va_list args;

	for (size_t i = 0; i < HOST_WARNINGS_MAX; i++) {
		if (*warnings->at[i])
			continue;
		va_start(args, format);
		vsnprintf(warnings->at[i], sizeof(warnings->at[i]), format,
			  args);
		va_end(args);
		return;
	}
}

static bool is_in_memory(const struct host_use *use, struct dtb_range range)
{
	for (size_t i = 0; i < use->bank_count; i++)
		if (dtb_ranges_overlap(use->banks[i], range))
			return true;
	return false;
}

int host_take(const struct host_reading *reading, struct dtb_range range,
	      const char *what, int node)
{
	struct host_use *use = reading->use;

	if (!is_in_memory(use, range))
		return 0;
	if (use->taken_count == HOST_TAKEN_MAX)
		return sentence_set(
			reading->error, -EINVAL,
			"the tree has more than %d ranges in use in its memory: no place can be chosen in it",
			HOST_TAKEN_MAX);
	if (!dtb_range_fits(range))
		range.size = UINT64_MAX - range.address;
	use->taken[use->taken_count++] =
		(struct host_range){ range, what, node };
	return 0;
}
