// SPDX-License-Identifier: GPL-2.0-only
/* What is written down of a carveout; resume.c reads it. */
#include <errno.h>
#include <string.h>

#include "carveout/carveout.h"

bool carveout_is_rejected(const struct carveout *carveout)
{
	return carveout->state == CARVEOUT_FAILED &&
	       carveout->error == -EKEYREJECTED;
}

/* To a chunk: no more is known of one. */
static uint64_t end_of_dirty(const struct carveout *carveout)
{
	uint64_t end = chunks_end(&carveout->dirty) + CARVEOUT_CHUNK - 1;

	end -= end % CARVEOUT_CHUNK;
	return end < carveout->config.size ? end : carveout->config.size;
}

struct carveout_snapshot carveout_snapshot(const struct carveout *carveout)
{
	struct carveout_snapshot snapshot = {
		.state = carveout->state,
		.writer = carveout->writer,
		.guest_loads = carveout->guest_loads,
		.rejected = carveout_is_rejected(carveout),
		.written = carveout->written,
		.dirty = end_of_dirty(carveout),
		.last_opened = carveout->last_opened,
		.last_closed = carveout->last_closed,
	};

	memcpy(snapshot.windows, carveout->windows, sizeof(snapshot.windows));
	if (carveout->state == CARVEOUT_SEALED) {
		snapshot.length = carveout->length;
		snapshot.verified = carveout->verified;
		memcpy(snapshot.digest, carveout->digest,
		       sizeof(snapshot.digest));
	}
	return snapshot;
}
