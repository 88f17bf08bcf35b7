/* SPDX-License-Identifier: GPL-2.0-only */
/* What the command line tool asks: one function a command. */
#ifndef DAEMON_COMMANDS_H
#define DAEMON_COMMANDS_H

#include "daemon/server.h"

/*
 * Run one request and reply to it, now or, when the work is slow, later by way
 * of a waiter of the device.
 */
void commands_run(struct manager *manager, struct connection *connection,
		  const struct control_message *message);

/* The reply for a waiter whose work is done. */
void commands_finish(struct device *device, const struct waiter *waiter);

#endif
