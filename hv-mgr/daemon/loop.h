/* SPDX-License-Identifier: GPL-2.0-only */
/* A poll(2) loop: file descriptors and the functions that serve them. */
#ifndef DAEMON_LOOP_H
#define DAEMON_LOOP_H

#define LOOP_MAX 64

typedef void loop_handler(int fd, short events, void *context);

struct loop_source {
	int fd; /* -1: free */
	short events;
	loop_handler *handler;
	void *context;
};

struct loop {
	struct loop_source sources[LOOP_MAX];
};

void loop_init(struct loop *loop);

/* -ENOSPC: too many.  events are poll(2)'s. */
int loop_add(struct loop *loop, int fd, short events, loop_handler *handler,
	     void *context);
void loop_set_events(struct loop *loop, int fd, short events);
void loop_remove(struct loop *loop, int fd);

/*
 * Wait at most timeout ms (-1: for ever) and serve what is ready, once.
 * Handlers may add and remove sources.  Returns 0 or a negated errno.
 */
int loop_turn(struct loop *loop, int timeout);

#endif
