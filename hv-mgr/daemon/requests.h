/* SPDX-License-Identifier: GPL-2.0-only */
/* What a front end asks: from ring messages to requests on a carveout. */
#ifndef DAEMON_REQUESTS_H
#define DAEMON_REQUESTS_H

#include "daemon/device.h"

/*
 * Serve a bounded number of requests of a connected device.  Leaves
 * device->ring_pending true when there may be more: the loop comes back after
 * others had their turn.  A broken ring ends the connection.
 */
void requests_serve(struct device *device);

#endif
