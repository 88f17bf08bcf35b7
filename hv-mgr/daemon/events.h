/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Event channels of all front ends: who was notified.
 *
 * Linux keeps one ring of ports for all of a process' channels
 * (drivers/xen/evtchn.c).  It has 64 places until more ports than that are
 * bound, entries of ports that were unbound stay in it, each new channel makes
 * an entry at once (evtchn_bind_interdomain() in Xen), and once it has
 * overflowed it is of no use any more.  So all of it is read whenever there is
 * something, and before a port is bound while entries of former ones may be
 * there: then those that are in it are of ports that are bound, one each.
 */
#ifndef DAEMON_EVENTS_H
#define DAEMON_EVENTS_H

#include <stdint.h>

struct device;
struct events;
struct xenevtchn_handle;
struct xentoollog_logger;

/* Returns NULL with an errno.  events_close() accepts NULL. */
struct events *events_open(struct xentoollog_logger *log);
void events_close(struct events *events);

/* Readable when somebody was notified. */
int events_fd(const struct events *events);
/* To bind a channel by, after events_make_room(). */
struct xenevtchn_handle *events_handle(const struct events *events);
void events_make_room(struct events *events);

/* Our end of a device's channel, and its end: before the port is unbound. */
int events_listen(struct events *events, uint32_t port, struct device *device);
void events_ignore(struct events *events, uint32_t port);

/* Note what came at every device, and let more come.  An error is for good: no
 * event of anybody's will be heard of again. */
int events_take(struct events *events);

#endif
