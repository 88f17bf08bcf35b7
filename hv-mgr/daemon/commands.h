/* SPDX-License-Identifier: GPL-2.0-only */
/* What the command line tool asks: one function a command. */
#ifndef DAEMON_COMMANDS_H
#define DAEMON_COMMANDS_H

#include "daemon/device.h"
#include "daemon/server.h"

/*
 * Run one request and reply to it, now or, when the work is slow, later by way
 * of a waiter of the device.
 */
void commands_run(struct manager *manager, struct connection *connection,
		  const struct control_message *message);

/* The reply for a waiter whose work is done. */
void commands_finish(struct device *device, const struct waiter *waiter);
/* A device that somebody waited for to go went, out of this tenant. */
void commands_detached(const struct tenant *tenant,
		       const struct waiter *waiter);

#endif
