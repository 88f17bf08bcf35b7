// SPDX-License-Identifier: GPL-2.0-only
/* From one manager to the next. */
#include <errno.h>
#include <string.h>

#include "carveout/internal.h"

static void take_window(struct carveout *carveout,
			struct carveout_window *window,
			const struct carveout_window *from)
{
	*window = (struct carveout_window){
		.state = from->state,
		.id = from->id,
		.memory = { .offset = from->memory.offset,
			    .length = from->memory.length,
			    .has_content = from->memory.has_content,
			    .kept = from->memory.kept },
	};
	if (window->state == WINDOW_FREE)
		return;
	/* The snapshot is of before a close's bytes are kept. */
	carveout_note_dirty(carveout, window->memory.offset,
			    window->memory.length);
}

/*
 * The running digest is lost, and with it what would say that the content came
 * in order: a seal trims and hashes all of it.
 */
static void take_fields(struct carveout *carveout,
			const struct carveout_snapshot *from)
{
	carveout->state = from->state;
	carveout->writer = from->writer;
	carveout->guest_loads = from->guest_loads;
	carveout->written = from->written;
	/* The record has no more of it than that. */
	carveout_note_dirty(carveout, 0, from->dirty);
	carveout->last_opened = from->last_opened;
	carveout->last_closed = from->last_closed;
	carveout->length = from->length;
	memcpy(carveout->digest, from->digest, sizeof(carveout->digest));
	carveout->verified = from->verified;
	if (from->rejected) {
		carveout->error = -EKEYREJECTED;
		carveout->why =
			"its last load was rejected by an earlier manager: hv-mgr log says why";
	}
	measure_forget(&carveout->measure);
	for (unsigned int i = 0; i < CARVEOUT_WINDOWS; i++)
		take_window(carveout, &carveout->windows[i], &from->windows[i]);
}

/*
 * Nobody was told of an OPENING window, and nobody has a GOING one any more.
 * They come first: while they are there, the guest may have to stay paused.
 */
static int end_unfinished(struct carveout *carveout)
{
	int rc = 0;

	for (unsigned int i = 0; i < CARVEOUT_WINDOWS; i++) {
		struct carveout_window *window = &carveout->windows[i];

		if (window->state != WINDOW_OPENING &&
		    window->state != WINDOW_GOING)
			continue;
		if (window->state == WINDOW_GOING)
			carveout->last_closed = window->id;
		if (carveout_withdraw(carveout, window) == -EIO)
			rc = -EIO;
	}
	return rc;
}

/* Windows that a revoke had asked back; their front end has its grace anew. */
static void let_others_leave(struct carveout *carveout)
{
	for (unsigned int i = 0; i < CARVEOUT_WINDOWS; i++) {
		struct carveout_window *window = &carveout->windows[i];

		if (window->state == WINDOW_LEAVING ||
		    (window->state == WINDOW_OPEN &&
		     carveout->state != CARVEOUT_LOADING))
			carveout_let_leave(carveout, window);
	}
}

int carveout_resume(struct carveout *carveout,
		    const struct carveout_snapshot *from)
{
	int rc;

	take_fields(carveout, from);
	rc = end_unfinished(carveout);
	let_others_leave(carveout);
	if (carveout->state == CARVEOUT_LOADING &&
	    carveout->writer == CARVEOUT_DOM0)
		carveout_fail(carveout, -ECANCELED,
			      "the manager was restarted while dom0 loaded it",
			      false);
	else if (carveout->state == CARVEOUT_FAILED ||
		 carveout->state == CARVEOUT_EMPTY)
		carveout_start_scrub(carveout, carveout->state);
	return rc;
}

void carveout_hand_over(struct carveout *carveout)
{
	const struct backing_ops *ops = carveout->backing->ops;

	for (unsigned int i = 0; i < CARVEOUT_WINDOWS; i++)
		if (carveout->windows[i].state != WINDOW_FREE)
			ops->hand_over_window(carveout->backing,
					      &carveout->windows[i].memory);
	ops->hand_over(carveout->backing);
	measure_close(&carveout->measure);
}
