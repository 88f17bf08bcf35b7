/* SPDX-License-Identifier: GPL-2.0-only */
/* What tests have the admin and the guest do, each to its end. */
#ifndef TESTS_WORLD_SCRIPT_H
#define TESTS_WORLD_SCRIPT_H

#include "host.h"

/* Bytes of an image: five windows and a bit, and no whole page at its end. */
#define SCRIPT_LENGTH (5 * HOST_WINDOW + 100)

/* A host of one of the kinds, a manager, and a carveout that the guest has
 * connected to. */
void script_start(unsigned int kind);
void script_attach_quietly(void);

/* The admin asks; returns 0 or the errno that was answered. */
int script_attach(void);
int script_ask(const char *command); /* detach, reset, seal */
void script_revoke(bool at_once);

/* The guest loads an image of this seed until it is sealed, and it is. */
void script_load(uint8_t seed);

/* For host_until(). */
bool script_answered(void);
bool script_connected(void);
bool script_sealed(void);
bool script_holds(void); /* the window that it is to keep open is filled */

#endif
