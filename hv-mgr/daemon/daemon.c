// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/daemon.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "daemon/lock.h"
#include "daemon/manager.h"
#include "daemon/notify.h"

static void signal_ready(int fd, short events, void *context)
{
	struct manager *manager = context;
	struct signalfd_siginfo info;

	(void)events;
	if (read(fd, &info, sizeof(info)) == sizeof(info))
		manager->stop = true;
}

/* From now on they wait for the loop.  Returns a descriptor, or a negated
 * errno. */
static int hold_signals(void)
{
	sigset_t signals;
	int fd;

	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	fd = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
	return fd < 0 ? -errno : fd;
}

static void leave_terminal(void)
{
	int null;

	setsid();
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	dup2(null, STDIN_FILENO);
	dup2(null, STDOUT_FILENO);
	close(null);
}

/*
 * The parent waits until the child says that it serves, or why not, so that a
 * shell's next command finds a daemon.  Returns true in the parent; in the
 * child *ready is the pipe's end to write to.
 */
static bool go_to_background(int *ready, int *outcome)
{
	int ends[2];
	pid_t child;

	*outcome = -EIO;
	if (pipe2(ends, O_CLOEXEC))
		return true;
	child = fork();
	if (child) {
		close(ends[1]);
		if (child < 0 || read(ends[0], outcome, sizeof(*outcome)) !=
					 sizeof(*outcome))
			log_error("the daemon ended before it served");
		return true;
	}
	close(ends[0]);
	leave_terminal();
	*ready = ends[1];
	return false;
}

static void tell_parent(int ready, int rc)
{
	if (ready < 0)
		return;
	if (write(ready, &rc, sizeof(rc)) < 0)
		log_warning("nobody waits for the daemon's start");
	close(ready);
}

static int start(struct manager *manager, const struct daemon_options *options)
{
	int signals = hold_signals();
	int rc;

	if (signals < 0)
		return signals;
	rc = lock_take(LOCK_FILE, LOCK_PATIENCE_MS);
	if (!rc)
		rc = manager_start(manager, options->socket_path);
	if (rc == -EADDRINUSE)
		log_error(
			"a daemon is running already: hv-mgr info asks the one on %s",
			options->socket_path);
	if (rc)
		return rc;
	return loop_add(&manager->loop, signals, POLLIN, signal_ready, manager);
}

static int serve(struct manager *manager, struct notify *notify)
{
	int64_t wait;
	int rc = 0;

	while (!rc && !manager->stop) {
		wait = manager_turn(manager);
		wait = clock_sooner(wait, notify_turn(notify));
		rc = loop_turn(&manager->loop, (int)wait);
		if (!rc)
			rc = manager->failed;
	}
	return rc;
}

int daemon_run(const struct daemon_options *options)
{
	struct manager manager = { 0 };
	struct notify notify;
	int ready = -1;
	int rc;

	/* What the caller left open would stay within reach in the sandbox. */
	close_range(STDERR_FILENO + 1, ~0U, 0);
	log_use_journal_levels(options->journal);
	if (options->detach && go_to_background(&ready, &rc))
		return rc;
	notify = notify_open();
	rc = start(&manager, options);
	tell_parent(ready, rc);
	if (!rc) {
		log_info("serving on %s", options->socket_path);
		notify_ready(&notify);
		rc = serve(&manager, &notify);
	}
	manager_stop(&manager);
	notify_close(&notify);
	return rc;
}
