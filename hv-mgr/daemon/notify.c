// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/notify.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"

/* Signs of life in the time after which systemd would end us. */
#define SIGNS 4

static int connect_to(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd;

	if (!path || *path != '/' || strlen(path) >= sizeof(address.sun_path))
		return -1;
	strcpy(address.sun_path, path);
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 &&
	    connect(fd, (const struct sockaddr *)&address, sizeof(address))) {
		close(fd);
		fd = -1;
	}
	return fd;
}

/* In microseconds; what is no number is 0. */
static int64_t period_of(const char *watchdog)
{
	long long us = watchdog ? atoll(watchdog) : 0;

	return us > 0 ? us / 1000 / SIGNS : -1;
}

struct notify notify_open(void)
{
	struct notify notify = { .period = -1 };

	notify.fd = connect_to(getenv("NOTIFY_SOCKET"));
	if (notify.fd >= 0)
		notify.period = period_of(getenv("WATCHDOG_USEC"));
	return notify;
}

void notify_close(const struct notify *notify)
{
	if (notify->fd >= 0)
		close(notify->fd);
}

/* Not waited for: a systemd that does not read is no reason to stop. */
static void tell(const struct notify *notify, const char *text)
{
	if (send(notify->fd, text, strlen(text), MSG_NOSIGNAL | MSG_DONTWAIT) <
	    0)
		log_warning("systemd cannot be told: %s", text);
}

void notify_ready(const struct notify *notify)
{
	if (notify->fd >= 0)
		tell(notify, "READY=1");
}

int64_t notify_turn(struct notify *notify)
{
	uint64_t now;

	if (notify->period < 0)
		return -1;
	now = clock_ms();
	if (now >= notify->at) {
		tell(notify, "WATCHDOG=1");
		notify->at = now + (uint64_t)notify->period;
	}
	return (int64_t)(notify->at - now);
}
