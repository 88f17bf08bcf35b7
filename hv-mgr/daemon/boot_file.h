/* SPDX-License-Identifier: GPL-2.0-only */
/* A file that is there from the first manager's start until the host is down. */
#ifndef DAEMON_BOOT_FILE_H
#define DAEMON_BOOT_FILE_H

#include <stdbool.h>

#define BOOT_FILE "/run/hv-mgr.boot"

bool boot_file_is_there(void);
/* 0, also if it is there, or a negated errno. */
int boot_file_make(void);

#endif
