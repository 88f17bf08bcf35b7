// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/loop.h"

#include <errno.h>
#include <poll.h>
#include <stddef.h>

void loop_init(struct loop *loop)
{
	for (int i = 0; i < LOOP_MAX; i++)
		loop->sources[i].fd = -1;
}

static struct loop_source *find(struct loop *loop, int fd)
{
	for (int i = 0; i < LOOP_MAX; i++)
		if (loop->sources[i].fd == fd)
			return &loop->sources[i];
	return NULL;
}

int loop_add(struct loop *loop, int fd, short events, loop_handler *handler,
	     void *context)
{
	struct loop_source *source = find(loop, -1);

	if (!source)
		return -ENOSPC;
	*source = (struct loop_source){ fd, events, handler, context };
	return 0;
}

void loop_set_events(struct loop *loop, int fd, short events)
{
	struct loop_source *source = find(loop, fd);

	if (source)
		source->events = events;
}

void loop_remove(struct loop *loop, int fd)
{
	struct loop_source *source = find(loop, fd);

	if (source)
		source->fd = -1;
}

/*
 * polled[i] mirrors sources[i] (poll ignores negative descriptors).  A handler
 * may have replaced a source meanwhile, so that it is looked at again.
 */
int loop_turn(struct loop *loop, int timeout)
{
	struct pollfd polled[LOOP_MAX];

	for (int i = 0; i < LOOP_MAX; i++)
		polled[i] = (struct pollfd){ loop->sources[i].fd,
					     loop->sources[i].events, 0 };
	if (poll(polled, LOOP_MAX, timeout) < 0)
		return errno == EINTR ? 0 : -errno;
	for (int i = 0; i < LOOP_MAX; i++) {
		struct loop_source source = loop->sources[i];

		if (polled[i].revents && source.fd == polled[i].fd)
			source.handler(source.fd, polled[i].revents,
				       source.context);
	}
	return 0;
}
