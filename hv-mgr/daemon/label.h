/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef DAEMON_LABEL_H
#define DAEMON_LABEL_H

#include "hv/hv.h"

struct device;

/* "domain 5 carveout modem": what a line of the log about one begins with. */
struct label {
	char text[64];
};
struct label label_of(hv_domid domid, const char *name);
struct label label_of_device(const struct device *device);

#endif
