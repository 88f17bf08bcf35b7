// SPDX-License-Identifier: GPL-2.0-only
#include "xenstored.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <xenstore.h>

#define PATH_SIZE 128
#define NODES 1024
#define WATCHES 64
#define EVENTS 1024
#define TRANSACTION 1 /* only one is open at a time */
#define NOBODY UINT32_MAX

struct node {
	char path[PATH_SIZE];
	char value[XENSTORE_VALUE_MAX + 1]; /* ended by 0 */
	unsigned int length;
	unsigned int owner, reader;
};

struct tree {
	struct node nodes[NODES];
	unsigned int count;
};

struct event {
	char path[PATH_SIZE];
	char token[16];
};

struct queue {
	struct event events[EVENTS];
	unsigned int first, end; /* counters: never reduced to an index */
};

static struct tree tree;
static unsigned int changes; /* of the tree, ever */

static struct {
	struct tree tree;
	struct queue changed; /* paths to tell of when it is committed */
	bool open;
	unsigned int began; /* value of `changes` */
} draft;

static struct xs_handle {
	struct event watches[WATCHES];
	unsigned int watch_count;
	int fd; /* readable: something fired */
	int socket;
	bool lost; /* it was another xenstored's */
} client;
static struct queue fired;
static xenstore_fault *fault;
static bool down;
static int listener = -1;

static void die(const char *what)
{
	fprintf(stderr, "xenstore: %s\n", what);
	abort();
}

static void push(struct queue *queue, const char *path, const char *token)
{
	struct event *event = &queue->events[queue->end++ % EVENTS];

	if (queue->end - queue->first > EVENTS)
		die("too many events");
	snprintf(event->path, sizeof(event->path), "%s", path);
	snprintf(event->token, sizeof(event->token), "%s", token);
}

static struct event *pop(struct queue *queue)
{
	return queue->first == queue->end ?
		       NULL :
		       &queue->events[queue->first++ % EVENTS];
}

/* ---- watches ---- */

static bool is_below(const char *path, const char *top)
{
	size_t length = strlen(top);

	return !strncmp(path, top, length) &&
	       (!path[length] || path[length] == '/');
}

static void wake(const char *path, const char *token)
{
	if (client.lost)
		return;
	push(&fired, path, token);
	if (eventfd_write(client.fd, 1))
		die("no event descriptor");
}

void xenstore_fire(const char *path)
{
	for (unsigned int i = 0; i < client.watch_count; i++)
		if (is_below(path, client.watches[i].path))
			wake(path, client.watches[i].token);
}

/* ---- nodes ---- */

static struct tree *tree_of(xs_transaction_t t)
{
	if (t != XBT_NULL && !draft.open)
		die("no such transaction");
	return t == XBT_NULL ? &tree : &draft.tree;
}

static void changed(struct tree *in, const char *path)
{
	if (in == &draft.tree) {
		push(&draft.changed, path, "");
		return;
	}
	changes++;
	xenstore_fire(path);
}

static void copy_tree(struct tree *to, const struct tree *from)
{
	memcpy(to->nodes, from->nodes, from->count * sizeof(from->nodes[0]));
	to->count = from->count;
}

static struct node *find(struct tree *in, const char *path)
{
	for (unsigned int i = 0; i < in->count; i++)
		if (!strcmp(in->nodes[i].path, path))
			return &in->nodes[i];
	return NULL;
}

static void parent_of(const char *path, char parent[PATH_SIZE])
{
	snprintf(parent, PATH_SIZE, "%.*s", (int)(strrchr(path, '/') - path),
		 path);
}

/* The node, or the nearest that there is above it: whose permissions count. */
static const struct node *governing(struct tree *in, const char *path)
{
	static const struct node root = { .reader = NOBODY };
	char above[PATH_SIZE];
	const struct node *node = find(in, path);

	if (node)
		return node;
	parent_of(path, above);
	return *above ? governing(in, above) : &root;
}

static struct node *make(struct tree *in, const char *path)
{
	struct node *node = find(in, path);
	char above[PATH_SIZE];

	if (node)
		return node;
	parent_of(path, above);
	if (*above)
		make(in, above);
	if (in->count == NODES || strlen(path) >= PATH_SIZE)
		die("too many nodes, or too long a path");
	node = &in->nodes[in->count];
	*node = *governing(in, path);
	in->count++;
	snprintf(node->path, sizeof(node->path), "%s", path);
	node->value[0] = '\0';
	node->length = 0;
	return node;
}

static void put(struct tree *in, const char *path, const void *value,
		unsigned int length)
{
	struct node *node = make(in, path);

	if (length > XENSTORE_VALUE_MAX)
		die("too long a value");
	memcpy(node->value, value, length);
	node->value[length] = '\0';
	node->length = length;
	changed(in, path);
}

static bool drop(struct tree *in, const char *path)
{
	bool found = false;

	for (unsigned int i = 0; i < in->count;) {
		char gone[PATH_SIZE];

		if (!is_below(in->nodes[i].path, path)) {
			i++;
			continue;
		}
		found = true;
		strcpy(gone, in->nodes[i].path);
		in->nodes[i] = in->nodes[--in->count];
		changed(in, gone);
	}
	return found;
}

/* ---- what others do ---- */

static bool may_write(unsigned int domid, const char *path)
{
	return !domid || governing(&tree, path)->owner == domid;
}

bool xenstore_put(unsigned int domid, const char *path, const void *value,
		  unsigned int length)
{
	if (!may_write(domid, path))
		return false;
	put(&tree, path, value, length);
	return true;
}

int xenstore_get(unsigned int domid, const char *path,
		 char value[XENSTORE_VALUE_MAX + 1])
{
	const struct node *node = find(&tree, path);

	if (!node || (domid && node->owner != domid && node->reader != domid))
		return -1;
	memcpy(value, node->value, node->length + 1);
	return (int)node->length;
}

int64_t xenstore_get_number(unsigned int domid, const char *path)
{
	char value[XENSTORE_VALUE_MAX + 1];
	int64_t number;
	char end;

	if (xenstore_get(domid, path, value) <= 0 ||
	    sscanf(value, "%" SCNd64 "%c", &number, &end) != 1)
		return -1;
	return number;
}

bool xenstore_drop(unsigned int domid, const char *path)
{
	return may_write(domid, path) && drop(&tree, path);
}

const char *xenstore_below(const char *path, unsigned int n)
{
	for (unsigned int i = 0; i < tree.count; i++)
		if (is_below(tree.nodes[i].path, path) && !n--)
			return tree.nodes[i].path;
	return NULL;
}

/* Else the queue is full of those who are gone, and the next waits for ever. */
static void forget_the_queue(void)
{
	int fd;

	while ((fd = accept(listener, NULL, NULL)) >= 0)
		close(fd);
}

void xenstore_client_gone(void)
{
	forget_the_queue();
	if (client.fd >= 0) {
		close(client.fd);
		close(client.socket);
	}
	memset(&client, 0, sizeof(client));
	fired.first = fired.end;
	client.fd = -1;
	draft.open = false;
}

/* ---- the process ---- */

static char socket_directory[] = "/tmp/hv-mgr-xenstored.XXXXXX";
static char socket_path[sizeof(socket_directory) + 8];

static void clean_up(void)
{
	unlink(socket_path);
	rmdir(socket_directory);
}

static const char *socket_name(void)
{
	if (!*socket_path) {
		if (!mkdtemp(socket_directory))
			die("no directory");
		snprintf(socket_path, sizeof(socket_path), "%s/socket",
			 socket_directory);
		atexit(clean_up);
	}
	return socket_path;
}

/* Who connects is in the queue, and hears of the end of that. */
static void listen_again(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	if (listener >= 0)
		close(listener);
	strcpy(address.sun_path, socket_name());
	unlink(address.sun_path);
	listener =
		socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (bind(listener, (struct sockaddr *)&address, sizeof(address)) ||
	    listen(listener, 64))
		die("no socket");
}

void xenstore_die(void)
{
	down = client.lost = true;
	close(listener);
	listener = -1;
}

void xenstore_hang_up(void)
{
	client.lost = true;
	forget_the_queue();
}

void xenstore_restart(void)
{
	down = false;
	listen_again();
}

void xenstore_set_fault(xenstore_fault *asked)
{
	fault = asked;
}

void xenstore_boot(void)
{
	static bool booted;

	if (!booted)
		client.fd = -1;
	booted = true;
	down = false;
	listen_again();
	xenstore_client_gone();
	tree.count = 0;
}

/* ---- libxenstore ---- */

static bool fails(enum xenstore_moment moment)
{
	int error = fault ? fault(moment) : 0;

	if (down || client.lost)
		error = -EBADF;
	errno = -error;
	return error != 0;
}

/* Each request begins with this, */
static bool refused(void)
{
	return fails(XENSTORE_BEFORE);
}

/* and ends with this, if it did what was asked. */
static bool done(void)
{
	return !fails(XENSTORE_DONE);
}

static int connect_to_it(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	strcpy(address.sun_path, socket_name());
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)))
		die("no connection");
	return fd;
}

struct xs_handle *xs_open(unsigned long flags)
{
	(void)flags;
	if (refused() || !done())
		return NULL;
	client.socket = connect_to_it();
	client.fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	return &client;
}

void xs_close(struct xs_handle *xs)
{
	(void)xs;
	xenstore_client_gone();
}

int xs_fileno(struct xs_handle *xs)
{
	return xs->fd;
}

bool xs_watch(struct xs_handle *xs, const char *path, const char *token)
{
	struct event *watch = &xs->watches[xs->watch_count];

	if (refused())
		return false;
	if (++xs->watch_count == WATCHES)
		die("too many watches");
	snprintf(watch->path, sizeof(watch->path), "%s", path);
	snprintf(watch->token, sizeof(watch->token), "%s", token);
	wake(path, token); /* once at first, as xenstored does */
	return done();
}

/* What has fired already still comes. */
bool xs_unwatch(struct xs_handle *xs, const char *path, const char *token)
{
	if (refused())
		return false;
	for (unsigned int i = 0; i < xs->watch_count; i++) {
		struct event *watch = &xs->watches[i];

		if (strcmp(watch->path, path) || strcmp(watch->token, token))
			continue;
		*watch = xs->watches[--xs->watch_count];
		return done();
	}
	errno = ENOENT;
	return false;
}

/* Strings in one allocation, behind the pointers to them. */
static char **string_list(const char *const *strings, unsigned int count)
{
	char **list = malloc(count * (sizeof(*list) + PATH_SIZE) + 1);
	char *at = (char *)(list + count);

	for (unsigned int i = 0; list && i < count; i++) {
		list[i] = strcpy(at, strings[i]);
		at += strlen(at) + 1;
	}
	return list;
}

char **xs_check_watch(struct xs_handle *xs)
{
	struct event *event = pop(&fired);
	const char *strings[2];
	eventfd_t count;

	if (!event) {
		eventfd_read(xs->fd, &count);
		errno = EAGAIN;
		return NULL;
	}
	strings[XS_WATCH_PATH] = event->path;
	strings[XS_WATCH_TOKEN] = event->token;
	return string_list(strings, 2);
}

void *xs_read(struct xs_handle *xs, xs_transaction_t t, const char *path,
	      unsigned int *length)
{
	struct node *node = find(tree_of(t), path);
	char *value = NULL;

	(void)xs;
	if (refused() || !done())
		return NULL;
	errno = ENOENT;
	if (node)
		value = malloc(node->length + 1);
	if (!value)
		return NULL;
	memcpy(value, node->value, node->length + 1);
	*length = node->length;
	return value;
}

bool xs_write(struct xs_handle *xs, xs_transaction_t t, const char *path,
	      const void *data, unsigned int length)
{
	(void)xs;
	if (refused())
		return false;
	put(tree_of(t), path, data, length);
	return done();
}

bool xs_mkdir(struct xs_handle *xs, xs_transaction_t t, const char *path)
{
	(void)xs;
	if (refused())
		return false;
	if (!find(tree_of(t), path))
		put(tree_of(t), path, "", 0);
	return done();
}

bool xs_rm(struct xs_handle *xs, xs_transaction_t t, const char *path)
{
	(void)xs;
	if (refused())
		return false;
	if (drop(tree_of(t), path))
		return done();
	errno = ENOENT;
	return false;
}

char **xs_directory(struct xs_handle *xs, xs_transaction_t t, const char *path,
		    unsigned int *count)
{
	struct tree *in = tree_of(t);
	const char *names[NODES];
	size_t length = strlen(path);

	(void)xs;
	if (refused() || !done())
		return NULL;
	errno = ENOENT;
	if (!find(in, path))
		return NULL;
	*count = 0;
	for (unsigned int i = 0; i < in->count; i++) {
		const char *name = in->nodes[i].path + length + 1;

		if (is_below(in->nodes[i].path, path) &&
		    in->nodes[i].path[length] && !strchr(name, '/'))
			names[(*count)++] = name;
	}
	return string_list(names, *count);
}

bool xs_set_permissions(struct xs_handle *xs, xs_transaction_t t,
			const char *path, struct xs_permissions *permissions,
			unsigned int count)
{
	struct node *node = find(tree_of(t), path);

	(void)xs;
	if (refused())
		return false;
	errno = ENOENT;
	if (!node)
		return false;
	if (permissions[0].perms != XS_PERM_NONE || count > 2 ||
	    (count == 2 && permissions[1].perms != XS_PERM_READ))
		die("permissions that this xenstore knows nothing of");
	node->owner = permissions[0].id;
	node->reader = count == 2 ? permissions[1].id : NOBODY;
	return done();
}

xs_transaction_t xs_transaction_start(struct xs_handle *xs)
{
	(void)xs;
	if (refused() || !done())
		return XBT_NULL;
	if (draft.open)
		die("two transactions at once");
	copy_tree(&draft.tree, &tree);
	draft.changed.first = draft.changed.end;
	draft.began = changes;
	draft.open = true;
	return TRANSACTION;
}

bool xs_transaction_end(struct xs_handle *xs, xs_transaction_t t, bool abort)
{
	struct event *event;

	(void)xs;
	tree_of(t);
	draft.open = false;
	if (abort)
		return true;
	if (fails(XENSTORE_COMMIT))
		return false;
	errno = EAGAIN;
	if (draft.began != changes)
		return false;
	copy_tree(&tree, &draft.tree);
	while ((event = pop(&draft.changed)))
		changed(&tree, event->path);
	return done();
}

bool xs_introduce_domain(struct xs_handle *xs, unsigned int domid,
			 unsigned long frame, unsigned int port)
{
	(void)xs;
	(void)domid;
	(void)frame;
	(void)port;
	return !refused() && done();
}
