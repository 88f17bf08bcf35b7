/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef DAEMON_FAILURE_H
#define DAEMON_FAILURE_H

/* "the hypervisor or xenstore failed (EIO: Input/output error)" */
struct failure {
	char text[128];
};
struct failure failure_of(int rc);

#endif
