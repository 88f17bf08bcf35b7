// SPDX-License-Identifier: GPL-2.0-only
#include "config/guest_plan.h"

#include <errno.h>
#include <inttypes.h>

static int refuse(const struct placement_space *space,
		  const struct stanza *stanza, int rc, struct sentence error)
{
	if (rc == -EEXIST)
		return sentence_set(
			error, rc,
			"carveout %s cannot be placed: its gpa overlaps a carveout before it: give both a gpa, or this one none",
			stanza->name);
	if (rc == -EINVAL)
		return sentence_set(
			error, rc,
			"carveout %s cannot be placed: its gpa is not a multiple of 2M within 0x%" PRIx64
			" to 0x%" PRIx64 ", with all of it below that end",
			stanza->name, space->first, space->end - 1);
	return sentence_set(
		error, rc,
		"carveout %s cannot be placed: there is no room left for it within 0x%" PRIx64
		" to 0x%" PRIx64 " of the guest's addresses; make it smaller",
		stanza->name, space->first, space->end - 1);
}

int guest_plan(const struct placement_space *space,
	       const struct stanza *stanzas, size_t count,
	       struct placed placed[STANZAS_MAX], struct sentence error)
{
	int rc;

	for (size_t i = 0; i < count; i++) {
		rc = placement_choose(space, placed, i, stanzas[i].gpa,
				      stanzas[i].size, &placed[i].base);
		if (rc)
			return refuse(space, &stanzas[i], rc, error);
		placed[i].size = stanzas[i].size;
	}
	return 0;
}
