/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who waits for something of a device: a front end for the slow work that its
 * request began, a client of the control socket for that of its own, for
 * somebody else's, or for the device to go.
 */
#ifndef DAEMON_WAITERS_H
#define DAEMON_WAITERS_H

#include "daemon/device.h"

/* What a waiter is answered for. */
enum waiter_end {
	WAITER_DONE, /* the work has ended: carveout_outcome() */
	WAITER_LATE, /* the waiter's time is over */
	WAITER_GONE, /* the device goes */
};

struct waiter {
	struct waiter *next;
	enum carveout_request request; /* what it waits for the end of */
	bool until_gone;	       /* waits for the device to go instead */
	uint64_t until;		       /* ms; 0: for as long as it takes */
	/* Called once; the waiter is in no list any more. */
	void (*answer)(struct device *device, const struct waiter *waiter,
		       enum waiter_end end);
	struct connection *client; /* NULL: the front end, and its request: */
	uint16_t id;
	uint8_t op;
};

/* A copy waits from now on.  False: there is no memory. */
bool waiters_add(struct device *device, const struct waiter *waiter);

/* Does this client wait, or (NULL) the front end? */
bool waiters_have(const struct device *device, const struct connection *client);
/* It waits no more: it has gone. */
void waiters_forget(struct device *device, const struct connection *client);

/* Answer those whose time has come, if there is somebody. */
bool waiters_are_due(const struct device *device);
void waiters_answer(struct device *device);

/* The device goes: answer them all. */
void waiters_answer_gone(struct device *device);

#endif
