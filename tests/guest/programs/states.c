// SPDX-License-Identifier: GPL-2.0-only
/*
 * states NAME STOP
 *
 * Follow the state of carveout NAME in both ways that there are, until there is
 * a file STOP:
 *
 *   polled STATE    poll() of /sys/class/xen_carveout/NAME/state woke, and
 *                   that is what it says
 *   uevent STATE    a uevent "change" of it came, and that is what `state` says
 *
 * The first line is "at first STATE". What changes faster than it is read may
 * be seen once.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/netlink.h>

static void fail(const char *what)
{
	perror(what);
	exit(3);
}

static void tell(const char *how, int fd)
{
	char text[64];
	ssize_t n = pread(fd, text, sizeof(text) - 1, 0);

	if (n < 0)
		fail("state");
	text[n] = '\0';
	printf("%s %s", how, text);
	fflush(stdout);
}

static int listen_uevents(void)
{
	struct sockaddr_nl address = { .nl_family = AF_NETLINK,
				       .nl_groups = 1 };
	int fd = socket(AF_NETLINK, SOCK_DGRAM, NETLINK_KOBJECT_UEVENT);

	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)))
		fail("uevents");
	return fd;
}

/* "change@/devices/.../xen_carveout/NAME" begins it. */
static int is_ours(int uevents, const char *name)
{
	char text[4096], *slash;
	ssize_t n = recv(uevents, text, sizeof(text) - 1, 0);

	if (n <= 0)
		return 0;
	text[n] = '\0';
	slash = strrchr(text, '/');
	return !strncmp(text, "change@", 7) && slash &&
	       !strcmp(slash + 1, name);
}

int main(int argc, char **argv)
{
	struct pollfd polled[2];
	char path[128];

	if (argc != 3)
		return 2;
	snprintf(path, sizeof(path), "/sys/class/xen_carveout/%s/state",
		 argv[1]);
	polled[0].fd = open(path, O_RDONLY);
	polled[0].events = POLLPRI;
	polled[1].fd = listen_uevents();
	polled[1].events = POLLIN;
	tell("at first", polled[0].fd);
	while (access(argv[2], F_OK)) {
		if (poll(polled, 2, 100) < 0)
			fail("poll");
		if (polled[0].revents & POLLPRI)
			tell("polled", polled[0].fd);
		if (polled[1].revents & POLLIN &&
		    is_ours(polled[1].fd, argv[1]))
			tell("uevent", polled[0].fd);
	}
	return 0;
}
