// SPDX-License-Identifier: GPL-2.0-only
#include "channels.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include <xenevtchn.h>
#include <xengnttab.h>
#include <xentoollog.h>

#include "hv/hv_model.h"

#define CHANNELS 128
#define MAPPINGS 512
#define RING_FIRST 64

/* A channel between a guest and dom0; ports are numbered from 1. */
struct channel {
	hv_domid domid; /* 0: free */
	bool guest_pending;
	bool bound; /* to us: */
	bool pending, enabled;
};

struct xengntdev_handle {
	unsigned int users;
	struct {
		void *page; /* NULL: free */
		hv_domid domid;
		uint32_t ref;
	} mappings[MAPPINGS];
};

/*
 * What drivers/xen/evtchn.c has of a process' channels: a port that is notified
 * makes an entry, and then none until it was written back; entries of ports
 * that were unbound stay; there are 64 places, and twice as many each time that
 * there are more ports; an overflow is for good.
 */
struct xenevtchn_handle {
	unsigned int users;
	int fd; /* readable: there are entries, or there was an overflow */
	uint32_t entries[CHANNELS];
	unsigned int prod, cons, size, bound;
	bool overflow;
};

static struct channel channels[CHANNELS];
static struct xenevtchn_handle events = { .fd = -1 };
static struct xengntdev_handle grants;

static void die(const char *what)
{
	fprintf(stderr, "channels: %s\n", what);
	abort();
}

static struct channel *guest_end(hv_domid domid, uint32_t port)
{
	if (!port || port > CHANNELS || channels[port - 1].domid != domid)
		return NULL;
	return &channels[port - 1];
}

/* ---- the guest's end ---- */

uint32_t channels_allocate(hv_domid domid)
{
	for (uint32_t i = 0; i < CHANNELS; i++) {
		if (channels[i].domid || channels[i].bound)
			continue;
		channels[i] = (struct channel){ .domid = domid };
		return i + 1;
	}
	die("too many channels");
	return 0;
}

void channels_close(hv_domid domid, uint32_t port)
{
	struct channel *channel = guest_end(domid, port);

	if (channel)
		channel->domid = 0;
}

/* evtchn_interrupt() */
static void interrupt(uint32_t port)
{
	struct channel *channel = &channels[port - 1];

	channel->pending = channel->enabled = false;
	if (events.prod - events.cons < events.size)
		events.entries[events.prod++ % CHANNELS] = port;
	else
		events.overflow = true;
	if (eventfd_write(events.fd, 1))
		die("no event descriptor");
}

void channels_overflow(void)
{
	events.overflow = true;
	if (eventfd_write(events.fd, 1))
		die("no event descriptor");
}

static void make_pending(struct channel *channel)
{
	channel->pending = true;
	if (channel->enabled)
		interrupt((uint32_t)(channel - channels) + 1);
}

void channels_notify(hv_domid domid, uint32_t port)
{
	struct channel *channel = guest_end(domid, port);

	if (channel && channel->bound)
		make_pending(channel);
}

bool channels_pending(hv_domid domid, uint32_t port)
{
	struct channel *channel = guest_end(domid, port);
	bool pending = channel && channel->guest_pending;

	if (channel)
		channel->guest_pending = false;
	return pending;
}

void channels_domain_gone(hv_domid domid)
{
	for (uint32_t port = 1; port <= CHANNELS; port++)
		channels_close(domid, port);
}

/* ---- libxentoollog ---- */

xentoollog_logger_stdiostream *
xtl_createlogger_stdiostream(FILE *stream, xentoollog_level level,
			     unsigned int flags)
{
	static char logger;

	(void)stream;
	(void)level;
	(void)flags;
	return (xentoollog_logger_stdiostream *)(void *)&logger;
}

void xtl_logger_destroy(struct xentoollog_logger *logger)
{
	(void)logger;
}

/* ---- libxenevtchn ---- */

xenevtchn_handle *xenevtchn_open(struct xentoollog_logger *logger,
				 unsigned int flags)
{
	(void)logger;
	(void)flags;
	if (!events.users++) {
		memset(&events, 0, sizeof(events));
		events.users = 1;
		events.size = RING_FIRST;
		events.fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	}
	return &events;
}

static void close_events(void)
{
	for (uint32_t i = 0; i < CHANNELS; i++)
		channels[i].bound = channels[i].pending = false;
	events.bound = 0;
	if (events.fd >= 0)
		close(events.fd);
	events.fd = -1;
	events.users = 0;
}

int xenevtchn_close(xenevtchn_handle *handle)
{
	if (!--handle->users)
		close_events();
	return 0;
}

int xenevtchn_fd(xenevtchn_handle *handle)
{
	return handle->fd;
}

/* Pending at once: what was sent before anybody listened is not lost
 * (evtchn_bind_interdomain() in common/event_channel.c). */
xenevtchn_port_or_error_t xenevtchn_bind_interdomain(xenevtchn_handle *handle,
						     uint32_t domid,
						     evtchn_port_t port)
{
	struct channel *channel = guest_end((hv_domid)domid, port);

	(void)handle;
	errno = EINVAL;
	if (!domid || !channel || channel->bound)
		return -1;
	channel->bound = channel->enabled = true;
	if (++events.bound > events.size)
		events.size *= 2;
	make_pending(channel);
	return (xenevtchn_port_or_error_t)port;
}

static struct channel *our_end(uint32_t port)
{
	if (!port || port > CHANNELS || !channels[port - 1].bound)
		die("a port that is not bound");
	return &channels[port - 1];
}

int xenevtchn_unbind(xenevtchn_handle *handle, evtchn_port_t port)
{
	(void)handle;
	our_end(port)->bound = false;
	channels[port - 1].pending = false;
	events.bound--;
	return 0;
}

int xenevtchn_notify(xenevtchn_handle *handle, evtchn_port_t port)
{
	(void)handle;
	our_end(port)->guest_pending = true;
	return 0;
}

/* ---- the descriptor ---- */

/* evtchn_read() */
ssize_t channels_read(int fd, void *buffer, size_t size)
{
	size_t room = size / sizeof(uint32_t), count = 0;
	uint32_t *ports = buffer;
	eventfd_t awake;

	errno = EFBIG;
	if (events.overflow)
		return -1;
	while (count < room && events.cons != events.prod)
		ports[count++] = events.entries[events.cons++ % CHANNELS];
	if (events.cons == events.prod)
		eventfd_read(fd, &awake);
	errno = EAGAIN;
	return count ? (ssize_t)(count * sizeof(*ports)) : -1;
}

/* evtchn_write(): passes over what is not bound. */
ssize_t channels_write(int fd, const void *buffer, size_t size)
{
	const uint32_t *ports = buffer;

	(void)fd;
	for (size_t i = 0; i < size / sizeof(*ports); i++) {
		struct channel *channel = &channels[ports[i] - 1];

		if (!channel->bound || channel->enabled)
			continue;
		channel->enabled = true;
		if (channel->pending)
			interrupt(ports[i]);
	}
	return (ssize_t)size;
}

/* ---- libxengnttab ---- */

xengnttab_handle *xengnttab_open(struct xentoollog_logger *logger,
				 unsigned int flags)
{
	(void)logger;
	(void)flags;
	grants.users++;
	return &grants;
}

static void unmap(unsigned int i)
{
	hv_model_backend_unpin(grants.mappings[i].domid,
			       grants.mappings[i].ref);
	grants.mappings[i].page = NULL;
}

static void close_grants(void)
{
	for (unsigned int i = 0; i < MAPPINGS; i++)
		if (grants.mappings[i].page)
			unmap(i);
	grants.users = 0;
}

int xengnttab_close(xengnttab_handle *handle)
{
	if (!--handle->users)
		close_grants();
	return 0;
}

static unsigned int find_mapping(const void *page)
{
	unsigned int i = 0;

	while (i < MAPPINGS && grants.mappings[i].page != page)
		i++;
	if (i == MAPPINGS)
		die(page ? "not mapped" : "too many mappings");
	return i;
}

void *xengnttab_map_grant_ref(xengnttab_handle *handle, uint32_t domid,
			      uint32_t ref, int prot)
{
	unsigned int i = find_mapping(NULL);

	(void)prot;
	errno = EINVAL;
	if (!hv_model_backend_pin((hv_domid)domid, ref))
		return NULL;
	handle->mappings[i].domid = (hv_domid)domid;
	handle->mappings[i].ref = ref;
	handle->mappings[i].page = hv_model_backend_page((hv_domid)domid, ref);
	return handle->mappings[i].page;
}

int xengnttab_unmap(xengnttab_handle *handle, void *page, uint32_t count)
{
	(void)handle;
	if (count != 1)
		die("mappings are of one page");
	unmap(find_mapping(page));
	return 0;
}

/* ---- the process, the machine ---- */

void channels_process_exit(void)
{
	close_events();
	close_grants();
}

void channels_boot(void)
{
	close_events();
	memset(channels, 0, sizeof(channels));
	memset(&grants, 0, sizeof(grants));
}

unsigned int channels_bound(void)
{
	unsigned int bound = 0;

	for (uint32_t i = 0; i < CHANNELS; i++)
		bound += channels[i].bound;
	return bound;
}

unsigned int channels_mapped(void)
{
	unsigned int mapped = 0;

	for (unsigned int i = 0; i < MAPPINGS; i++)
		mapped += grants.mappings[i].page != NULL;
	return mapped;
}
