/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A manager as it should be, for the guest driver's world: it answers in order,
 * takes windows away when it says so, when the front end says that it closes,
 * and at a reset, and keeps books of what there is and what was written.
 */
#ifndef DRIVER_MANAGER_H
#define DRIVER_MANAGER_H

#include <stdbool.h>

#include "kernel.h"

struct carveoutif_events;
struct carveoutif_sring;

void manager_begin(u64 base, u64 size);

/* The front end said so. */
void manager_sees(int front_state);

/* Answer the next request, if there is one; short: with -ENOMEM, if it may. */
bool manager_answers(struct carveoutif_sring *ring, bool short_of_memory);

/* Ask for the window of that slot; and, when the grace is over, take all. */
void manager_withdraws(struct carveoutif_events *events, unsigned int slot);
void manager_takes(void);

/* Is there memory at [at, at + bytes)? */
bool manager_has(u64 at, u64 bytes);

/* Is there any window? */
bool manager_has_any(void);

/* Was all of it committed, and not scrubbed since? */
bool manager_wrote(u64 offset, u32 bytes);

/* Was all written that is sealed? */
bool manager_sealed_whole(void);

#endif
