/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A xenstore in place of libxenstore: nodes with permissions, transactions and
 * watches, for one client, the manager.  The nodes outlive the client; its
 * watches and its open transaction do not.
 *
 * Simpler than xenstored: a new node's permissions are its parent's; a domain
 * reads and writes a node if it owns it, and reads it if it is the one reader.
 */
#ifndef TESTS_WORLD_XENSTORED_H
#define TESTS_WORLD_XENSTORED_H

#include <stdbool.h>
#include <stdint.h>

#define XENSTORE_VALUE_MAX 1024

/* Empty, and nobody watches. */
void xenstore_boot(void);

/* The client died. */
void xenstore_client_gone(void);

/*
 * xenstored dies: the client's requests are EBADF from then on, and no watch of
 * its fires again, also not when there is another one, which finds the nodes as
 * they were: that client has to connect anew.
 */
void xenstore_die(void);
void xenstore_restart(void);

/* It ends this client's connection, and no other. */
void xenstore_hang_up(void);

/*
 * Asked whether the client's request shall fail: before it is done, when it was
 * done, and before the end of a transaction (in place of the first).  Returns 0
 * or a negated errno.
 */
enum xenstore_moment {
	XENSTORE_BEFORE,
	XENSTORE_COMMIT,
	XENSTORE_DONE,
};
typedef int xenstore_fault(enum xenstore_moment moment);
void xenstore_set_fault(xenstore_fault *fault);

/* ---- what others do to it; domain 0 may do everything ---- */

/* Makes the nodes on the way.  false: it may not. */
bool xenstore_put(unsigned int domid, const char *path, const void *value,
		  unsigned int length);
/* The value's length, with a 0 after it; -1: no such node, or it may not. */
int xenstore_get(unsigned int domid, const char *path,
		 char value[XENSTORE_VALUE_MAX + 1]);
/* A decimal number, or -1. */
int64_t xenstore_get_number(unsigned int domid, const char *path);
/* With all below.  false: no such node, or it may not. */
bool xenstore_drop(unsigned int domid, const char *path);

/* One of the paths that begin with @. */
void xenstore_fire(const char *path);

/* The n-th node at or below a path, in no special order; NULL: fewer. */
const char *xenstore_below(const char *path, unsigned int n);

#endif
