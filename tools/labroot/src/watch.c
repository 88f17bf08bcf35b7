// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "watch.h"

#define DEVICE "/dev/xen/xenbus"
#define TOKEN "watch"

int watch_open(struct watch *watch, const char *path)
{
	struct xsd_sockmsg head = {
		.type = XS_WATCH,
		.len = (uint32_t)(strlen(path) + 1 + sizeof(TOKEN)),
	};
	const struct iovec request[] = {
		{ .iov_base = &head, .iov_len = sizeof(head) },
		{ .iov_base = (char *)path, .iov_len = strlen(path) + 1 },
		{ .iov_base = TOKEN, .iov_len = sizeof(TOKEN) },
	};

	watch->fd = open(DEVICE, O_RDWR | O_CLOEXEC);
	if (watch->fd < 0)
		return -1;
	return writev(watch->fd, request, 3) < 0 ? -1 : 0;
}

static bool read_all(int fd, void *to, size_t size)
{
	for (char *at = to; size;) {
		ssize_t got = read(fd, at, size);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return false;
		at += got;
		size -= (size_t)got;
	}
	return true;
}

const char *watch_next(struct watch *watch)
{
	struct xsd_sockmsg head;

	do {
		if (!read_all(watch->fd, &head, sizeof(head)) ||
		    head.len > XENSTORE_PAYLOAD_MAX ||
		    !read_all(watch->fd, watch->event, head.len))
			return NULL;
		watch->event[head.len] = '\0';
	} while (head.type == XS_WATCH); /* the reply to the request */
	return head.type == XS_WATCH_EVENT ? watch->event : NULL;
}
