/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What goes on around the guest driver, as a script of octets has it: threads
 * that use windows, a back end that writes what it likes, xenbus.
 *
 * Threads are played on one stack: while one waits, the script goes on, and
 * what it starts then ends first.
 */
#ifndef DRIVER_WORLD_H
#define DRIVER_WORLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct xen_carveout;

/* A device whose driver is bound; the caller holds its carveout. */
struct xen_carveout *world_begin(const uint8_t *script, size_t length,
				 bool manager_is_honest);

/* Play all of the script. */
void world_play(void);

/*
 * Every user lets go, the device is removed, and what is queued runs.  Then
 * nothing may be left; the caller's hold ends.
 */
void world_end(struct xen_carveout *c);

#endif
