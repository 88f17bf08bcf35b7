/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a manager may do once everything that it needs is open.  It reads what
 * hostile guests write: somebody who found a flaw there is to find a process
 * that can go on with the descriptors that it has, and can do nothing else.
 * That is still every hypercall; it is no file, no program and no network.
 *
 * docs/architecture.md, "What the daemon may do".
 */
#ifndef DAEMON_SANDBOX_H
#define DAEMON_SANDBOX_H

/*
 * Give up capabilities, for good.  While there is one thread only: each has
 * its own.  Returns 0, or a negated errno after it was logged.
 */
int sandbox_drop_privileges(void);

/*
 * From here on all threads make only the system calls that sandbox.c lists;
 * another one ends the process.  Returns 0, or a negated errno after it was
 * logged.
 */
int sandbox_filter_calls(void);

#endif
