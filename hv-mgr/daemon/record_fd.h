/* SPDX-License-Identifier: GPL-2.0-only */
/* The files that outlive the manager, and of which boot of the host they are. */
#ifndef DAEMON_RECORD_FD_H
#define DAEMON_RECORD_FD_H

#define RECORD_FILE "/run/hv-mgr.records"
#define TRAIL_FILE "/run/hv-mgr.trail" /* the measured log */

/* One of these.  Made if it is not there: to be mapped, and to append to.  A
 * descriptor, or a negated errno. */
int record_fd_open(const char *path);

/* 36 characters and the end, from /proc/sys/kernel/random/boot_id. */
struct boot_id {
	char text[37];
};
/* 0 or a negated errno. */
int record_fd_boot(struct boot_id *boot);

#endif
