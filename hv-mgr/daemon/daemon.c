// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/daemon.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>
#include <xenevtchn.h>
#include <xengnttab.h>

#include "base/log.h"
#include "daemon/device.h"
#include "daemon/manager.h"
#include "daemon/pools.h"
#include "daemon/recover.h"
#include "daemon/requests.h"
#include "daemon/ring.h"
#include "daemon/server.h"
#include "daemon/store.h"
#include "daemon/tenant.h"
#include "daemon/vaults.h"

#define RELEASE_TOKEN "release"

/* ---- xenstore ---- */

static void front_watch_fired(struct manager *manager, const char *path)
{
	for (struct tenant *t = manager->tenants; t; t = t->next)
		for (struct device *d = t->devices; d; d = d->next) {
			struct store_path front = device_front_path(d);
			size_t length = strlen(front.text);

			if (strncmp(path, front.text, length) ||
			    path[length] != '/')
				continue;
			device_front_changed(d);
			return;
		}
}

static void xenstore_ready(int fd, short events, void *context)
{
	struct manager *manager = context;
	char **watch;

	(void)fd;
	(void)events;
	while ((watch = xs_check_watch(manager->xs))) {
		const char *token = watch[XS_WATCH_TOKEN];

		if (!strcmp(token, RELEASE_TOKEN))
			tenant_reap(manager);
		else if (!strcmp(token, DEVICE_TOKEN))
			front_watch_fired(manager, watch[XS_WATCH_PATH]);
		else if (!strcmp(token, VAULTS_TOKEN))
			vaults_shutdown_asked(manager, watch[XS_WATCH_PATH]);
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

static void signal_ready(int fd, short events, void *context)
{
	struct manager *manager = context;
	struct signalfd_siginfo info;

	(void)events;
	if (read(fd, &info, sizeof(info)) == sizeof(info))
		manager->stop = true;
}

/* ---- one turn ---- */

/*
 * Each device gets one bounded step of work and a bounded number of requests a
 * turn, so that none can keep the others waiting.
 */
static void device_turn(struct device *device)
{
	if (device->ring_pending)
		requests_serve(device);
	if (!carveout_wait(&device->carveout)) {
		carveout_work(&device->carveout);
		server_progress(device);
	}
	/* Last: what was just done may be what somebody waits for. */
	server_settle(device);
}

static int64_t device_wait(const struct device *device)
{
	return device->ring_pending ? 0 : carveout_wait(&device->carveout);
}

static int turn(struct manager *manager)
{
	int64_t wait = pools_scrub(manager) ? 0 : -1;

	for (struct tenant *t = manager->tenants; t; t = t->next)
		for (struct device *d = t->devices; d; d = d->next) {
			int64_t w;

			device_turn(d);
			w = device_wait(d);
			if (w >= 0 && (wait < 0 || w < wait))
				wait = w;
		}
	return loop_turn(&manager->loop, (int)wait);
}

/* ---- start ---- */

static int open_signals(struct manager *manager)
{
	sigset_t signals;
	int fd;

	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	fd = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
	if (fd < 0)
		return -errno;
	return loop_add(&manager->loop, fd, POLLIN, signal_ready, manager);
}

static int open_xen(struct manager *manager)
{
	int rc;

	rc = hv_open(&manager->hv);
	if (!rc)
		rc = hv_host_info(manager->hv, &manager->host);
	if (rc) {
		log_error(
			"cannot reach the hypervisor (errno %d): hv-mgr doctor says what is missing",
			-rc);
		return rc;
	}
	manager->gnttab = xengnttab_open(NULL, 0);
	manager->evtchn = xenevtchn_open(NULL, 0);
	if (!manager->gnttab || !manager->evtchn) {
		log_error(
			"cannot open /dev/xen/gntdev and /dev/xen/evtchn: load xen-gntdev and xen-evtchn");
		return -ENOENT;
	}
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

static int start(struct manager *manager, const struct daemon_options *options)
{
	int rc;

	loop_init(&manager->loop);
	rc = open_signals(manager);
	if (!rc)
		rc = open_xen(manager);
	if (!rc)
		rc = server_start(manager, options->socket_path);
	if (rc == -EADDRINUSE)
		log_error("a daemon is running already: it listens on %s",
			  options->socket_path);
	if (!rc)
		rc = open_xenstore(manager);
	if (rc)
		return rc;
	manager->buffer = hv_buffer_alloc(CARVEOUT_CHUNK);
	if (!manager->buffer)
		return -ENOMEM;
	rc = pools_start(manager);
	if (rc)
		return rc;
	if (!manager->host.scrubs_freed_pages)
		log_warning(
			"Xen does not scrub freed pages: windows open and close by the slower path; boot Xen with scrub-domheap");
	recover(manager);
	return 0;
}

static void stop(struct manager *manager)
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
	hv_close(manager->hv);
}

/* ---- the process ---- */

/*
 * The parent waits until the child says that it serves, so that a shell's next
 * command finds a daemon.  Returns the pipe's end to write to, or -1 when
 * staying in the foreground.
 */
static int go_to_background(void)
{
	int ready[2];
	char ok;
	pid_t child;

	if (pipe2(ready, O_CLOEXEC))
		return -1;
	child = fork();
	if (child) {
		close(ready[1]);
		_exit(child > 0 && read(ready[0], &ok, 1) == 1 ? ok : 1);
	}
	close(ready[0]);
	setsid();
	return ready[1];
}

static void tell_parent(int ready, int rc)
{
	char status = rc == -EADDRINUSE ? 3 : rc ? 1 : 0;
	int null;

	if (ready < 0)
		return;
	if (write(ready, &status, 1) < 0)
		log_warning("nobody waits for the daemon's start");
	close(ready);
	if (rc)
		return;
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	dup2(null, STDIN_FILENO);
	dup2(null, STDOUT_FILENO);
	close(null);
}

int daemon_run(const struct daemon_options *options)
{
	struct manager manager = { 0 };
	int ready = options->detach ? go_to_background() : -1;
	int rc;

	log_use_journal_levels(options->journal);
	rc = start(&manager, options);
	tell_parent(ready, rc);
	if (!rc)
		log_info("serving on %s", options->socket_path);
	while (!rc && !manager.stop)
		rc = turn(&manager);
	stop(&manager);
	return rc;
}
