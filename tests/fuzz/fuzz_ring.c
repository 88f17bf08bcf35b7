// SPDX-License-Identifier: GPL-2.0-only
/*
 * A front end that may do anything with its shared pages, between the manager's
 * turns and over its restarts.  Whatever it does, host_check() holds, and when
 * the carveout is detached nothing is left of it.
 *
 * The input: an octet for the kind of host, then steps.
 */
#include <string.h>

#include "script.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct step {
	uint8_t what; /* a letter, see do_step() */
	uint8_t page; /* of those shared */
	uint16_t offset;
	uint8_t bytes[sizeof(struct carveoutif_request)];
};

static void do_step(const struct step *step)
{
	struct carveoutif_request request;

	switch (step->what) {
	case 'r':
		memcpy(&request, step->bytes, sizeof(request));
		front_push(&request);
		host_turn();
		break;
	case 's':
		front_scribble(step->page % (1 + FRONT_SLOTS),
			       step->offset %
				       (HV_PAGE_SIZE - sizeof(step->bytes)),
			       step->bytes, step->page % sizeof(step->bytes));
		break;
	case 'f':
		front_fill_all();
		break;
	case 'm': /* the next one starts with the next turn */
		host_stop();
		break;
	default:
		host_turns(step->page % 8);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct step step;

	script_start(size ? data[0] : 0);
	front_idle();
	for (size_t at = 1; at + sizeof(step) <= size; at += sizeof(step)) {
		memcpy(&step, data + at, sizeof(step));
		do_step(&step);
	}
	host_turns(1);
	host_check();
	script_ask("detach");
	host_power_off();
	return 0;
}
