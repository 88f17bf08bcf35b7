/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A front end's load: an image in pieces, a window each, then the seal; and
 * what it makes of the answers.  Of the connection it knows nothing.
 */
#ifndef TESTS_WORLD_FRONT_LOAD_H
#define TESTS_WORLD_FRONT_LOAD_H

#include "carveoutif.h"

/* From the first piece on. */
void front_load_restart(void);
/* `error`: a negated errno.  The next step begins with a reset. */
void front_load_failed(int error);
void front_load_step(void);

void front_load_answered(const struct carveoutif_response *response);
void front_load_event(const struct carveoutif_event *event);

#endif
