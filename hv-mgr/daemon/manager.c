// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/manager.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xengnttab.h>
#include <xentoollog.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/sha256.h"
#include "carveout/hasher.h"
#include "daemon/boot.h"
#include "daemon/device.h"
#include "daemon/events.h"
#include "daemon/examination.h"
#include "daemon/pools.h"
#include "daemon/reap.h"
#include "daemon/recover.h"
#include "daemon/sandbox.h"
#include "daemon/server.h"
#include "daemon/settle.h"
#include "daemon/share.h"
#include "daemon/store.h"
#include "daemon/tenant.h"
#include "daemon/trail.h"
#include "daemon/turns.h"
#include "daemon/vaults.h"
#include "daemon/xenbus.h"
#include "judge/process.h"

#define RELEASE_TOKEN "release"
#define INTRODUCE_TOKEN "introduce"

/* Watches taken before others have their turn.  Each is only noted, so that
 * they are taken faster than any xenstored sends them, and none gather up. */
#define WATCH_BUDGET 1024

/* ---- xenstore ---- */

static void domain_introduced(struct manager *manager)
{
	for (struct tenant *t = manager->tenants; t; t = t->next)
		for (struct device *d = t->devices; d; d = d->next)
			xenbus_introduced(d);
}

static void watch_fired(struct manager *manager, char **watch)
{
	const char *token = watch[XS_WATCH_TOKEN];

	if (!strcmp(token, RELEASE_TOKEN))
		reap_begin(manager);
	else if (!strcmp(token, INTRODUCE_TOKEN))
		domain_introduced(manager);
	else if (!strcmp(token, VAULTS_TOKEN))
		vaults_shutdown_asked(manager, watch[XS_WATCH_PATH]);
	else
		xenbus_watch_fired(manager, token);
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

static void xenstored_gone(int fd, short events, void *context)
{
	struct manager *manager = context;

	(void)fd;
	(void)events;
	log_error(
		"the connection to xenstored is lost: this manager ends; the next one takes up what there is");
	manager->failed = -ENOTCONN;
}

/* ---- event channels ---- */

static void event_ready(int fd, short events, void *context)
{
	struct manager *manager = context;
	int rc = events_take(manager->events);

	(void)fd;
	(void)events;
	if (!rc)
		return;
	log_error(
		"events of front ends were lost (errno %d): this manager ends; the next one takes up what there is",
		-rc);
	manager->failed = rc;
}

/* ---- one turn ---- */

/* One guest's turn, so that what comes meanwhile waits for no other's. */
int64_t manager_turn(struct manager *manager)
{
	bool more = pools_scrub(manager);
	struct tenant *tenant = turns_next(&manager->turns);
	int64_t wait;

	if (tenant)
		share_take(tenant);
	more |= reap_step(manager);
	examination_ask(manager);
	wait = more ? 0 : turns_wait(&manager->turns);
	wait = clock_sooner(wait, server_turn(manager->server));
	/* Last: it has to do with what was just refused. */
	return clock_sooner(wait, settle_strays(manager));
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
	manager->events = events_open(manager->quiet);
	if (manager->gnttab && manager->events)
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
	return loop_add(&manager->loop, events_fd(manager->events), POLLIN,
			event_ready, manager);
}

static int watch_over_xenstored(struct manager *manager, int connection)
{
	if (connection < 0)
		return 0;
	manager->connection = connection;
	return loop_add(&manager->loop, connection, 0, xenstored_gone, manager);
}

static int open_xenstore(struct manager *manager)
{
	int connection;
	int rc = store_open(&manager->xs, &connection);

	if (rc) {
		log_error("cannot reach xenstored: is it running?");
		return rc;
	}
	if (!xs_watch(manager->xs, "@releaseDomain", RELEASE_TOKEN) ||
	    !xs_watch(manager->xs, "@introduceDomain", INTRODUCE_TOKEN))
		return -errno;
	rc = watch_over_xenstored(manager, connection);
	if (rc)
		return rc;
	return loop_add(&manager->loop, xs_fileno(manager->xs), POLLIN,
			xenstore_ready, manager);
}

/* The lock of daemon.c keeps other managers from them. */
static int open_records(struct manager *manager)
{
	int rc = record_file_open(&manager->records);

	if (rc)
		log_error("cannot open " RECORD_FILE ": errno %d", -rc);
	return rc;
}

static int open_trail(struct manager *manager)
{
	int rc = trail_file_open(&manager->trail);

	if (rc == -ENOSPC)
		log_error(
			"there is no room for the measured log, %zu KiB in " TRAIL_FILE
			": free some of that file system (df /run)",
			TRAIL_BYTES >> 10);
	else if (rc)
		log_error("cannot open " TRAIL_FILE ": errno %d", -rc);
	return rc;
}

/* What takes privileges to open, or would need files later. */
static int open_host(struct manager *manager, const char *socket_path)
{
	int rc;

	loop_init(&manager->loop);
	turns_init(&manager->turns);
	manager->domids = calloc(1, sizeof(*manager->domids));
	if (!manager->domids)
		return -ENOMEM;
	rc = open_xen(manager);
	if (!rc)
		rc = server_start(manager, socket_path);
	if (!rc)
		rc = open_records(manager);
	if (!rc)
		rc = sha256_init();
	if (!rc)
		rc = open_trail(manager);
	if (rc)
		return rc;
	manager->scratch.bytes = hv_copy_buffer(manager->hv, SCRATCH_SIZE);
	return manager->scratch.bytes ? pools_start(manager) : -ENOMEM;
}

/* Before there is anything open that it should not have. */
static int start_judge(struct manager *manager)
{
	int fd = judge_start();

	if (fd < 0) {
		log_error(
			"cannot start " JUDGE_PROGRAM
			", which reads certificates (errno %d): is hv-mgr installed as a whole?",
			-fd);
		return fd;
	}
	manager->judge.fd = fd;
	return 0;
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

/* On one processor it would only take turns with who waits for it. */
static void start_hasher(void)
{
	cpu_set_t usable;
	int rc;

	if (sched_getaffinity(0, sizeof(usable), &usable) ||
	    CPU_COUNT(&usable) < 2)
		return;
	rc = hasher_start();
	if (rc)
		log_warning(
			"no thread for SHA-256 (errno %d): loads are slower",
			-rc);
}

/*
 * libxenstore makes a thread, and so do we, and each has capabilities of its
 * own: they go before.  Recovery is the first to read what guests wrote.
 */
int manager_start(struct manager *manager, const char *socket_path)
{
	int rc = start_judge(manager);

	if (!rc)
		rc = open_host(manager, socket_path);
	if (!rc)
		rc = loop_add(&manager->loop, manager->judge.fd, POLLIN,
			      examination_answered, manager);
	if (!rc)
		rc = sandbox_drop_privileges();
	if (!rc)
		start_hasher();
	if (!rc)
		rc = open_xenstore(manager);
	if (!rc)
		rc = boot_check(manager);
	if (!rc)
		rc = sandbox_filter_calls();
	if (rc)
		return rc;
	warn_about(&manager->host);
	trail_begin(manager);
	recover(manager);
	return 0;
}

void manager_stop(struct manager *manager)
{
	server_stop(manager->server);
	if (manager->xs)
		tenant_hand_over_all(manager);
	hasher_stop();
	pools_stop(manager);
	if (manager->connection)
		close(manager->connection);
	if (manager->xs)
		xs_close(manager->xs);
	events_close(manager->events);
	if (manager->gnttab)
		xengnttab_close(manager->gnttab);
	if (manager->quiet)
		xtl_logger_destroy(manager->quiet);
	hv_close(manager->hv);
	record_file_close(&manager->records);
	trail_file_close(&manager->trail);
	if (manager->judge.fd)
		close(manager->judge.fd);
	free(manager->domids);
}
