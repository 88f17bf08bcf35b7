/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Ctrl-C for commands that have something to put right before they go.  From
 * interrupt_catch() on SIGINT, SIGTERM and SIGHUP only set a flag, and end a
 * sleep.
 */
#ifndef CLI_INTERRUPT_H
#define CLI_INTERRUPT_H

#include <stdbool.h>

void interrupt_catch(void);
bool interrupt_seen(void);

/* Sleep, but not through an interrupt. */
void interrupt_sleep(unsigned int milliseconds);

#endif
