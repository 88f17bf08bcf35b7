/* SPDX-License-Identifier: GPL-2.0-only */
/* What the command line tool asks: one function a command. */
#ifndef DAEMON_COMMANDS_H
#define DAEMON_COMMANDS_H

#include "control/control.h"
#include "daemon/manager.h"

struct connection;
struct device;

/*
 * Run one request and reply to it, now or, when the work is slow, later by way
 * of a waiter of the device.
 */
void commands_run(struct manager *manager, struct connection *connection,
		  const struct control_message *message);

/* Tell the clients that wait for a device's slow work how far it is. */
void commands_progress(const struct device *device);

#endif
