// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/manager.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xenevtchn.h>
#include <xengnttab.h>
#include <xentoollog.h>

#include "base/clock.h"
#include "base/log.h"
#include "carveout/measure.h"
#include "daemon/device.h"
#include "daemon/pools.h"
#include "daemon/recover.h"
#include "daemon/requests.h"
#include "daemon/ring.h"
#include "daemon/sandbox.h"
#include "daemon/server.h"
#include "daemon/settle.h"
#include "daemon/store.h"
#include "daemon/tenant.h"
#include "daemon/vaults.h"

#define RELEASE_TOKEN "release"

/* Watches taken before others have their turn; each costs little. */
#define WATCH_BUDGET 1024

/* ---- xenstore ---- */

/*
 * A guest makes its nodes change as fast as xenstored takes it.  So this only
 * notes it: however many changes there were, the state is read once a turn.
 */
static void front_watch_fired(struct manager *manager, const char *path)
{
	for (struct tenant *t = manager->tenants; t; t = t->next)
		for (struct device *d = t->devices; d; d = d->next) {
			struct store_path front = device_front_path(d);
			size_t length = strlen(front.text);

			if (strncmp(path, front.text, length) ||
			    path[length] != '/')
				continue;
			d->front_pending = true;
			return;
		}
}

static void watch_fired(struct manager *manager, char **watch)
{
	const char *token = watch[XS_WATCH_TOKEN];

	if (!strcmp(token, RELEASE_TOKEN)) {
		tenant_reap(manager);
		vaults_check(manager);
	} else if (!strcmp(token, DEVICE_TOKEN))
		front_watch_fired(manager, watch[XS_WATCH_PATH]);
	else if (!strcmp(token, VAULTS_TOKEN))
		vaults_shutdown_asked(manager, watch[XS_WATCH_PATH]);
}

/* What is left keeps the descriptor readable. */
static void xenstore_ready(int fd, short events, void *context)
{
	struct manager *manager = context;

	(void)fd;
	(void)events;
	for (int i = 0; i < WATCH_BUDGET; i++) {
		char **watch = xs_check_watch(manager->xs);

		if (!watch)
			return;
		watch_fired(manager, watch);
		free(watch);
	}
}

/* ---- event channels ---- */

static void event_ready(int fd, short events, void *context)
{
	struct manager *manager = context;
	xenevtchn_port_or_error_t port = xenevtchn_pending(manager->evtchn);

	(void)fd;
	(void)events;
	if (port < 0)
		return;
	xenevtchn_unmask(manager->evtchn, (evtchn_port_t)port);
	for (struct tenant *t = manager->tenants; t; t = t->next)
		for (struct device *d = t->devices; d; d = d->next)
			if (d->ring && ring_port(d->ring) == (uint32_t)port)
				d->ring_pending = true;
}

/* ---- one turn ---- */

/*
 * A guest that changes its state without end has xenstored busy, too, so that
 * each look takes long.  It gets a fifth of our time at most.
 */
static void front_turn(struct device *device)
{
	uint64_t begun = clock_ms();

	if (!device->front_pending || begun < device->front_at)
		return;
	device->front_pending = false;
	device_front_changed(device);
	device->front_at = clock_ms() + 4 * (clock_ms() - begun);
}

/*
 * Each device gets one bounded step of work and a bounded number of requests a
 * turn, so that none can keep the others waiting.
 */
static void device_turn(struct device *device)
{
	front_turn(device);
	if (device->ring_pending)
		requests_serve(device);
	if (!carveout_wait(&device->carveout)) {
		carveout_work(&device->carveout);
		server_progress(device);
	}
	/* Last: what was just done may be what somebody waits for. */
	server_settle(device);
}

/* The sooner of two waits; -1 is never. */
static int64_t sooner(int64_t a, int64_t b)
{
	if (a < 0 || b < 0)
		return a < 0 ? b : a;
	return a < b ? a : b;
}

static int64_t device_wait(const struct device *device)
{
	int64_t wait = carveout_wait(&device->carveout);
	uint64_t now = clock_ms();

	if (device->ring_pending)
		return 0;
	if (device->front_pending)
		wait = sooner(wait, device->front_at > now ?
					    (int64_t)(device->front_at - now) :
					    0);
	return wait;
}

int64_t manager_turn(struct manager *manager)
{
	int64_t wait = pools_scrub(manager) ? 0 : -1;

	for (struct tenant *t = manager->tenants; t; t = t->next)
		for (struct device *d = t->devices; d; d = d->next) {
			device_turn(d);
			wait = sooner(wait, device_wait(d));
		}
	wait = sooner(wait, server_turn(manager->server));
	/* Last: it has to do with what was just refused. */
	wait = sooner(wait, settle(manager));
	return wait;
}

/* ---- start ---- */

/*
 * The libraries log each failed call to stderr.  Guests can make calls fail at
 * will, so all but the worst is kept quiet: refusals say what is wrong.
 */
static int open_rings(struct manager *manager)
{
	manager->quiet = (xentoollog_logger *)xtl_createlogger_stdiostream(
		stderr, XTL_CRITICAL, 0);
	if (!manager->quiet)
		return -ENOMEM;
	manager->gnttab = xengnttab_open(manager->quiet, 0);
	manager->evtchn = xenevtchn_open(manager->quiet, 0);
	if (manager->gnttab && manager->evtchn)
		return 0;
	log_error(
		"cannot open /dev/xen/gntdev and /dev/xen/evtchn: load xen-gntdev and xen-evtchn");
	return -ENOENT;
}

static int open_xen(struct manager *manager)
{
	int rc;

	rc = hv_open(&manager->hv);
	if (!rc)
		rc = hv_host_info(manager->hv, &manager->host);
	if (rc == -EPROTO)
		log_error(
			"Xen refuses this hv-mgr, which was built for another version: use one built with the libxenctrl of the Xen that runs");
	else if (rc == -ENOTSUP)
		log_error(
			"dom0's kernel has pages of another size than Xen's 4 KiB: boot one with 4 KiB pages (arm64: CONFIG_ARM64_4K_PAGES)");
	else if (rc)
		log_error(
			"cannot reach the hypervisor (errno %d): hv-mgr doctor says what is missing",
			-rc);
	if (rc)
		return rc;
	rc = open_rings(manager);
	if (rc)
		return rc;
	return loop_add(&manager->loop, xenevtchn_fd(manager->evtchn), POLLIN,
			event_ready, manager);
}

static int open_xenstore(struct manager *manager)
{
	manager->xs = xs_open(0);
	if (!manager->xs) {
		log_error("cannot reach xenstored: is it running?");
		return -ENOENT;
	}
	if (!xs_watch(manager->xs, "@releaseDomain", RELEASE_TOKEN))
		return -errno;
	return loop_add(&manager->loop, xs_fileno(manager->xs), POLLIN,
			xenstore_ready, manager);
}

/* What takes privileges to open, or would need files later. */
static int open_host(struct manager *manager, const char *socket_path)
{
	int rc;

	loop_init(&manager->loop);
	rc = open_xen(manager);
	if (!rc)
		rc = server_start(manager, socket_path);
	if (rc)
		return rc;
	measure_init();
	manager->buffer = hv_buffer_alloc(CARVEOUT_CHUNK);
	return manager->buffer ? pools_start(manager) : -ENOMEM;
}

static void warn_about(const struct hv_host *host)
{
	if (!host->scrubs_freed_pages)
		log_warning(
			"Xen does not scrub freed pages: windows open and close by the slower path; boot Xen with scrub-domheap");
	if (hv_built_for_other(host))
		log_warning(
			"this hv-mgr was built for Xen %u.%u, but %u.%u runs: use one built with the libxenctrl of the Xen that runs",
			host->lib_major, host->lib_minor, host->xen_major,
			host->xen_minor);
}

/*
 * libxenstore makes a thread, and each has capabilities of its own: they go
 * before.  Recovery is the first to read what guests wrote.
 */
int manager_start(struct manager *manager, const char *socket_path)
{
	int rc = open_host(manager, socket_path);

	if (!rc)
		rc = sandbox_drop_privileges();
	if (!rc)
		rc = open_xenstore(manager);
	if (!rc)
		rc = sandbox_filter_calls();
	if (rc)
		return rc;
	warn_about(&manager->host);
	rc = recover(manager);
	if (rc)
		log_error(
			"the records of an earlier manager cannot be read: errno %d: is xenstored well? Start the manager again",
			-rc);
	return rc;
}

void manager_stop(struct manager *manager)
{
	server_stop(manager->server);
	if (manager->xs)
		tenant_leave_all(manager);
	hv_buffer_free(manager->buffer, CARVEOUT_CHUNK);
	pools_stop(manager);
	if (manager->xs)
		xs_close(manager->xs);
	if (manager->evtchn)
		xenevtchn_close(manager->evtchn);
	if (manager->gnttab)
		xengnttab_close(manager->gnttab);
	if (manager->quiet)
		xtl_logger_destroy(manager->quiet);
	hv_close(manager->hv);
}
