// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/crash_point.h"
#include "base/decimal.h"

#define TRANSACTION_TRIES 16

/* ---- xenstored itself ---- */

/* What is opened next is opened there. */
static int next_descriptor(void)
{
	int fd = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0);

	if (fd >= 0)
		close(fd);
	return fd;
}

static bool is_connection(int fd)
{
	struct sockaddr_un address;
	socklen_t length = sizeof(address);

	return !getpeername(fd, (struct sockaddr *)&address, &length);
}

/* By what it opens: what its peer is called depends on who calls it. */
int store_open(struct xs_handle **xs, int *connection)
{
	int fd = next_descriptor();

	*xs = xs_open(0);
	if (!*xs)
		return -EAGAIN;
	*connection = is_connection(fd) ? fcntl(fd, F_DUPFD_CLOEXEC, 0) : -1;
	return 0;
}

/* ---- nodes ---- */

struct store_path store_path(const char *format, ...)
{
	struct store_path path;
	va_list args;

	va_start(args, format);
	vsnprintf(path.text, sizeof(path.text), format, args);
	va_end(args);
	return path;
}

/* What a call of libxenstore that changes something came to. */
static int written(bool done)
{
	int rc = done ? 0 : -errno;

	crash_point();
	return rc;
}

int store_write(struct xs_handle *xs, xs_transaction_t t, const char *directory,
		const char *node, const char *format, ...)
{
	struct store_path path = store_path("%s/%s", directory, node);
	char value[1024];
	va_list args;
	int length;

	va_start(args, format);
	length = vsnprintf(value, sizeof(value), format, args);
	va_end(args);
	if (length < 0 || (size_t)length >= sizeof(value))
		return -EMSGSIZE;
	crash_point();
	return written(xs_write(xs, t, path.text, value, (unsigned int)length));
}

int store_read(struct xs_handle *xs, const char *directory, const char *node,
	       char *value, unsigned int room)
{
	struct store_path path = store_path("%s/%s", directory, node);
	unsigned int length;
	char *read;
	int rc = 0;

	read = xs_read(xs, XBT_NULL, path.text, &length);
	if (!read)
		return -errno;
	if (length >= room || memchr(read, '\0', length))
		rc = -EINVAL;
	else
		memcpy(value, read, length + 1); /* libxenstore ends it by 0 */
	free(read);
	return rc;
}

int store_read_number(struct xs_handle *xs, const char *directory,
		      const char *node, uint64_t max, uint64_t *number)
{
	char value[24];
	int rc;

	rc = store_read(xs, directory, node, value, sizeof(value));
	return rc ? rc : decimal_read(value, max, number);
}

int store_remove(struct xs_handle *xs, xs_transaction_t t, const char *path)
{
	int rc;

	crash_point();
	rc = written(xs_rm(xs, t, path));
	return rc == -ENOENT ? 0 : rc;
}

int store_remove_if_empty(struct xs_handle *xs, const char *path)
{
	unsigned int count;
	char **children = xs_directory(xs, XBT_NULL, path, &count);
	int rc = 0;

	if (!children && errno != ENOENT)
		return -errno;
	if (children && !count)
		rc = store_remove(xs, XBT_NULL, path);
	free(children);
	return rc;
}

int store_permit(struct xs_handle *xs, xs_transaction_t t, const char *path,
		 unsigned int owner, int reader)
{
	struct xs_permissions permissions[2] = {
		{ .id = owner, .perms = XS_PERM_NONE },
		{ .id = (unsigned int)reader, .perms = XS_PERM_READ },
	};

	crash_point();
	return written(xs_set_permissions(xs, t, path, permissions,
					  reader < 0 ? 1 : 2));
}

int store_transaction(struct xs_handle *xs,
		      int (*body)(struct xs_handle *xs, xs_transaction_t t,
				  void *context),
		      void *context)
{
	for (int i = 0; i < TRANSACTION_TRIES; i++) {
		xs_transaction_t t = xs_transaction_start(xs);
		int rc, ended;

		if (t == XBT_NULL)
			return -errno;
		rc = body(xs, t, context);
		ended = written(xs_transaction_end(xs, t, rc != 0));
		if (ended != -EAGAIN)
			return rc ? rc : ended;
	}
	return -EAGAIN;
}
