/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Event channels and grant mappings in place of libxenevtchn and libxengnttab,
 * with the guest's side of them.  A process that dies loses its ends: a guest's
 * port is unbound then and can be bound anew (evtchn_close() in
 * common/event_channel.c), and pages are unmapped.
 */
#ifndef TESTS_WORLD_CHANNELS_H
#define TESTS_WORLD_CHANNELS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "hv/hv.h"

/* No channels, no mappings: the machine is new. */
void channels_boot(void);

/* The process that had our ends died. */
void channels_process_exit(void);

/* A domain is gone, and so are its ports. */
void channels_domain_gone(hv_domid domid);

/* What read(2) and write(2) of the descriptor do: for daemon/events.c. */
ssize_t channels_read(int fd, void *buffer, size_t size);
ssize_t channels_write(int fd, const void *buffer, size_t size);

/* The ring of our ends' events has overflowed. */
void channels_overflow(void);

/* ---- the guest's end ---- */

/* EVTCHNOP_alloc_unbound for dom0, close, send.  Notifying a port that nobody
 * has bound does nothing. */
uint32_t channels_allocate(hv_domid domid);
void channels_close(hv_domid domid, uint32_t port);
void channels_notify(hv_domid domid, uint32_t port);

/* Has it been notified since this was asked last? */
bool channels_pending(hv_domid domid, uint32_t port);

/* ---- what must add up ---- */

unsigned int channels_bound(void);
unsigned int channels_mapped(void);

#endif
