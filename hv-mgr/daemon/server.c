// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/server.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "daemon/commands.h"
#include "daemon/connection.h"
#include "daemon/device.h"
#include "daemon/tenant.h"
#include "daemon/turns.h"
#include "daemon/waiters.h"

#define CONNECTIONS_MAX 32
#define ROOM (8 + CONTROL_REQUEST_MAX + CONTROL_DATA_MAX)
#define ROOM_FIRST 4096 /* enough for most that bring no image */

struct server {
	struct manager *manager;
	int fd;
	struct connection *connections;
	unsigned int count;
};

/* ---- the end of a connection ---- */

/* A client that goes away in the middle of a load leaves nothing half loaded.
 * Most have only asked something: those cost no walk of all devices. */
static void forget_client(struct manager *manager,
			  struct connection *connection)
{
	if (!connection->known)
		return;
	for (struct tenant *t = manager->tenants; t; t = t->next)
		for (struct device *d = t->devices; d; d = d->next) {
			waiters_forget(d, connection);
			if (d->loader != connection)
				continue;
			d->loader = NULL;
			carveout_abort(
				&d->carveout, CARVEOUT_DOM0,
				"hv-mgr load was stopped before its end");
			device_state_changed(d);
			turns_wake(t);
		}
}

static void wipe_input(struct connection *connection)
{
	connection_wipe(&connection->in, connection->in_used);
	connection->in_room = connection->in_used = 0;
}

static void hang_up(struct connection *connection)
{
	struct server *server = connection->server;
	struct connection **link = &server->connections;

	while (*link != connection)
		link = &(*link)->next;
	*link = connection->next;
	server->count--;
	forget_client(server->manager, connection);
	loop_remove(&server->manager->loop, connection->fd);
	close(connection->fd);
	wipe_input(connection);
	connection_wipe(&connection->out, connection->out_length);
	free(connection);
}

/* ---- receiving ---- */

static void forget_request(struct connection *connection, size_t length)
{
	connection->in_length -= length;
	memmove(connection->in, connection->in + length, connection->in_length);
}

static bool run_request(struct connection *connection)
{
	struct control_message message = { 0 };
	long used;

	used = control_decode(connection->in, connection->in_length,
			      CONTROL_REQUEST_MAX, &message);
	if (used < 0)
		return false;
	if (!used)
		return true;
	connection->waiting = true;
	connection->kept = false;
	commands_run(connection->server->manager, connection, &message);
	control_message_free(&message);
	if (!connection->kept)
		forget_request(connection, (size_t)used);
	return true;
}

/* False: there is no memory, or more than a request can be. */
static bool make_room(struct connection *connection)
{
	size_t length = connection->in_length;
	size_t room = connection->in_room ? ROOM : ROOM_FIRST;
	uint8_t *larger;

	if (length < connection->in_room)
		return true;
	larger = connection->in_room < ROOM ? malloc(room) : NULL;
	if (!larger)
		return false;
	if (length)
		memcpy(larger, connection->in, length);
	wipe_input(connection);
	connection->in = larger;
	connection->in_room = room;
	connection->in_used = length;
	return true;
}

static bool receive(struct connection *connection)
{
	ssize_t got;

	if (!make_room(connection))
		return false;
	got = recv(connection->fd, connection->in + connection->in_length,
		   connection->in_room - connection->in_length, MSG_DONTWAIT);
	if (got < 0)
		return errno == EAGAIN || errno == EINTR;
	if (!got)
		return false;
	connection->in_length += (size_t)got;
	connection->moved_at = clock_ms();
	if (connection->in_length > connection->in_used)
		connection->in_used = connection->in_length;
	return true;
}

/*
 * One request at a time: what a client sends while it waits stays in the
 * buffer; if it fills that, it is not talking our protocol.
 */
static void serve(int fd, short events, void *context)
{
	struct connection *connection = context;
	bool alive = !connection->dead;

	(void)fd;
	if (alive && (events & POLLOUT))
		alive = connection_flush(connection);
	if (alive && (events & (POLLIN | POLLHUP | POLLERR)))
		alive = receive(connection);
	while (alive && !connection->waiting && connection->in_length) {
		size_t before = connection->in_length;

		alive = run_request(connection);
		if (connection->in_length == before)
			break;
	}
	if (alive && !connection->in_length)
		wipe_input(connection);
	if (!alive)
		hang_up(connection);
}

static void accept_client(int fd, short events, void *context)
{
	struct server *server = context;
	struct connection *connection;
	int client = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	(void)events;
	if (client < 0)
		return;
	connection = calloc(1, sizeof(*connection));
	if (!connection || server->count == CONNECTIONS_MAX ||
	    loop_add(&server->manager->loop, client, POLLIN, serve,
		     connection)) {
		log_warning("too many clients: one was turned away");
		close(client);
		free(connection);
		return;
	}
	connection->server = server;
	connection->loop = &server->manager->loop;
	connection->fd = client;
	connection->moved_at = clock_ms();
	connection->next = server->connections;
	server->connections = connection;
	server->count++;
}

/* ---- time ---- */

/*
 * Somebody who was waited for, half-way through a request or a reply.  Not who
 * waits for us, or rests between two requests, as a load from a slow pipe.
 */
static bool is_half_way(const struct connection *connection)
{
	return connection->dead || connection->out_length ||
	       (connection->in_length && !connection->waiting);
}

int64_t server_turn(struct server *server)
{
	struct connection *next;
	int64_t wait = -1;

	for (struct connection *c = server->connections; c; c = next) {
		uint64_t rests = clock_ms() - c->moved_at;

		next = c->next;
		if (!is_half_way(c))
			continue;
		if (rests >= CONTROL_STALL_MS) {
			log_warning(
				"a client stopped half-way through a request or its reply, and is hung up on");
			hang_up(c);
		} else if (wait < 0 ||
			   (int64_t)(CONTROL_STALL_MS - rests) < wait) {
			wait = (int64_t)(CONTROL_STALL_MS - rests);
		}
	}
	return wait;
}

/* ---- start and stop ---- */

static bool somebody_listens(const struct sockaddr_un *address)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool answered;

	answered = !connect(fd, (const struct sockaddr *)address,
			    sizeof(*address));
	close(fd);
	return answered;
}

/*
 * A socket that nobody listens on was left by the last manager.  That nobody
 * else makes one meanwhile is the lock's work (daemon/lock.h); and what is no
 * socket was not left by a manager.
 */
static void remove_stale(const char *path)
{
	struct stat status;

	if (!lstat(path, &status) && S_ISSOCK(status.st_mode))
		unlink(path);
}

/* The mask makes the socket root's from its first moment. */
static int bind_and_listen(int fd, const struct sockaddr_un *address)
{
	mode_t mask = umask(0177);
	int rc = bind(fd, (const struct sockaddr *)address, sizeof(*address));

	umask(mask);
	return rc ? rc : listen(fd, CONNECTIONS_MAX);
}

static int listen_on(const struct sockaddr_un *address)
{
	int fd, rc;

	if (somebody_listens(address))
		return -EADDRINUSE;
	remove_stale(address->sun_path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	if (!bind_and_listen(fd, address))
		return fd;
	rc = errno == EADDRINUSE ? -EEXIST : -errno;
	close(fd);
	return rc;
}

static int cannot_listen(const char *path, int rc)
{
	if (rc != -EADDRINUSE)
		log_error("cannot listen on %s: %s; choose another --socket",
			  path, strerror(-rc));
	return rc;
}

int server_start(struct manager *manager, const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct server *server;
	int fd;

	if (strlen(path) >= sizeof(address.sun_path))
		return cannot_listen(path, -ENAMETOOLONG);
	strcpy(address.sun_path, path);
	fd = listen_on(&address);
	if (fd < 0)
		return cannot_listen(path, fd);
	server = calloc(1, sizeof(*server));
	if (!server ||
	    loop_add(&manager->loop, fd, POLLIN, accept_client, server)) {
		close(fd);
		free(server);
		return -ENOMEM;
	}
	server->manager = manager;
	server->fd = fd;
	manager->server = server;
	return 0;
}

void server_stop(struct server *server)
{
	if (!server)
		return;
	while (server->connections)
		hang_up(server->connections);
	close(server->fd);
	free(server);
}
