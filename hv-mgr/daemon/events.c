// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/events.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xenevtchn.h>

#include "daemon/device.h"
#include "daemon/manager.h"
#include "daemon/turns.h"

/* What the driver gives, and takes, in one call: a page of ports. */
#define AT_ONCE 1024
/* Reads after which none of what was there before is left: a domain has at most
 * so many ports (EVTCHN_FIFO_NR_CHANNELS). */
#define READS_MAX ((1 << 17) / AT_ONCE)
#define ROOM_FIRST 64

struct events {
	xenevtchn_handle *channel;
	struct device **devices; /* by our port; NULL: nobody's */
	uint32_t room;
	bool stale; /* entries of ports that were unbound may be there */
	evtchn_port_t ports[AT_ONCE];
};

struct events *events_open(struct xentoollog_logger *log)
{
	struct events *events = calloc(1, sizeof(*events));

	if (!events)
		return NULL;
	events->channel = xenevtchn_open(log, 0);
	if (events->channel && !fcntl(events_fd(events), F_SETFL, O_NONBLOCK))
		return events;
	events_close(events);
	return NULL;
}

void events_close(struct events *events)
{
	if (!events)
		return;
	if (events->channel)
		xenevtchn_close(events->channel);
	free(events->devices);
	free(events);
}

int events_fd(const struct events *events)
{
	return xenevtchn_fd(events->channel);
}

xenevtchn_handle *events_handle(const struct events *events)
{
	return events->channel;
}

void events_make_room(struct events *events)
{
	/* If that fails, poll(2) says so too, to who can end the manager. */
	if (events->stale)
		events_take(events);
}

static int grow(struct events *events, uint32_t port)
{
	uint32_t room = events->room ? events->room : ROOM_FIRST;
	struct device **larger;

	while (room <= port)
		room *= 2;
	larger = calloc(room, sizeof(struct device *));
	if (!larger)
		return -ENOMEM;
	if (events->room)
		memcpy(larger, events->devices,
		       events->room * sizeof(struct device *));
	free(events->devices);
	events->devices = larger;
	events->room = room;
	return 0;
}

int events_listen(struct events *events, uint32_t port, struct device *device)
{
	int rc = port < events->room ? 0 : grow(events, port);

	if (!rc)
		events->devices[port] = device;
	return rc;
}

void events_ignore(struct events *events, uint32_t port)
{
	if (port < events->room)
		events->devices[port] = NULL;
	events->stale = true;
}

/* A port that was unbound meanwhile may be another device's now, which looks in
 * vain then. */
static void note(struct events *events, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		evtchn_port_t port = events->ports[i];
		struct device *device =
			port < events->room ? events->devices[port] : NULL;

		if (!device)
			continue;
		device->ring_pending = true;
		turns_wake(device->tenant);
	}
}

/* Returns how many ports there were, or a negated errno. */
static ssize_t take_some(struct events *events)
{
	ssize_t got =
		read(events_fd(events), events->ports, sizeof(events->ports));

	if (got < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	/* The driver passes over those that are not bound any more. */
	if (write(events_fd(events), events->ports, (size_t)got) < 0)
		return -errno;
	got /= (ssize_t)sizeof(events->ports[0]);
	note(events, (size_t)got);
	return got;
}

int events_take(struct events *events)
{
	ssize_t got = AT_ONCE;

	for (int i = 0; i < READS_MAX && got == AT_ONCE; i++)
		got = take_some(events);
	if (got < 0)
		return (int)got;
	events->stale = false;
	return 0;
}
