/* SPDX-License-Identifier: GPL-2.0-only */
/* The manager as a process: `hv-mgr daemon`. */
#ifndef DAEMON_DAEMON_H
#define DAEMON_DAEMON_H

#include <stdbool.h>

struct daemon_options {
	const char *socket_path;
	bool detach;  /* return to the caller's shell once requests are taken */
	bool journal; /* log lines carry syslog levels */
};

/*
 * Run until SIGTERM or SIGINT.  Returns 0, or a negated errno after it was
 * logged.  -EADDRINUSE: a daemon is running already; -EACCES, -ENOENT: this is
 * not a Xen dom0, or not root; -EPROTO, -ENOTSUP, -EEXIST, -ENAMETOOLONG: it
 * cannot be here as it is (another Xen, no seccomp, no such socket).  Carveouts
 * stay as they are when it ends.
 */
int daemon_run(const struct daemon_options *options);

#endif
