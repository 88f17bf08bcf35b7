/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * xenstore: paths made by printf, values checked.  Values that a guest can
 * write are numbers only, and parsed strictly.
 */
#ifndef DAEMON_STORE_H
#define DAEMON_STORE_H

#include <stdint.h>
#include <xenstore.h>

/*
 * -EAGAIN: there is no xenstored, or none yet.  *connection: the socket that it
 * is reached by, for poll(2) to tell when that ends, the caller's own.
 * libxenstore does not tell: its thread closes its descriptor and ends, no watch
 * fires again, and what is asked fails (read_thread() in tools/libs/store/xs.c).
 * -1: there is none; it is reached by a device of the kernel's, and does not die.
 */
int store_open(struct xs_handle **xs, int *connection);

#define STORE_PATH_MAX 256

/* A path; truncated ones never name an existing node. */
struct store_path {
	char text[STORE_PATH_MAX];
};
__attribute__((format(printf, 1, 2))) struct store_path
store_path(const char *format, ...);

/* All return 0 or a negated errno.  t: XBT_NULL outside a transaction. */
__attribute__((format(printf, 5, 6))) int
store_write(struct xs_handle *xs, xs_transaction_t t, const char *directory,
	    const char *node, const char *format, ...);
int store_read(struct xs_handle *xs, const char *directory, const char *node,
	       char *value, unsigned int room);

/* As decimal_read() says, and -ENOENT: there is no such node. */
int store_read_number(struct xs_handle *xs, const char *directory,
		      const char *node, uint64_t max, uint64_t *number);

/* Removing what is not there is no error. */
int store_remove(struct xs_handle *xs, xs_transaction_t t, const char *path);

/* Remove a directory if nothing is in it. */
int store_remove_if_empty(struct xs_handle *xs, const char *path);

/* Owner, and one more domain that may read (reader < 0: nobody). */
int store_permit(struct xs_handle *xs, xs_transaction_t t, const char *path,
		 unsigned int owner, int reader);

/*
 * Run `body` in a transaction, again when another transaction was in its way.
 * Its error aborts the transaction and is returned.
 */
int store_transaction(struct xs_handle *xs,
		      int (*body)(struct xs_handle *xs, xs_transaction_t t,
				  void *context),
		      void *context);

#endif
