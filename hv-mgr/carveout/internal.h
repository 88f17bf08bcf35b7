/* SPDX-License-Identifier: GPL-2.0-only */
/* What carveout.c and work.c know of each other. */
#ifndef CARVEOUT_INTERNAL_H
#define CARVEOUT_INTERNAL_H

#include "carveout/carveout.h"

int carveout_record(struct carveout *carveout);

/* The load failed: windows leave, everything is scrubbed, state FAILED. */
void carveout_fail(struct carveout *carveout, int error, const char *why);

void carveout_withdraw(struct carveout *carveout,
		       struct carveout_window *window);
void carveout_withdraw_all(struct carveout *carveout);

/* Begin to zero all that may be dirty; then the state is `next`. */
void carveout_start_scrub(struct carveout *carveout, enum carveout_state next);

/*
 * Begin to seal [0, carveout->length).  0: sealed; -EINPROGRESS; -EBADMSG:
 * not the expected digest; or the record's error.
 */
int carveout_start_seal(struct carveout *carveout);

#endif
