/* SPDX-License-Identifier: GPL-2.0-only */
/* Where records are kept, and of which boot of the host they are. */
#ifndef DAEMON_RECORD_FD_H
#define DAEMON_RECORD_FD_H

#define RECORD_FILE "/run/hv-mgr.records"

/* Made if it is not there: to be mapped, and to append to.  A descriptor, or a
 * negated errno. */
int record_fd_open(void);

/* 36 characters and the end, from /proc/sys/kernel/random/boot_id. */
struct boot_id {
	char text[37];
};
/* 0 or a negated errno. */
int record_fd_boot(struct boot_id *boot);

#endif
