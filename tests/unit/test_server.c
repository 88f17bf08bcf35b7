// SPDX-License-Identifier: GPL-2.0-only
/* How a manager comes to be the only one, and to its socket. */
#include "cmocka_all.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "control/control.h"
#include "daemon/commands.h"
#include "daemon/connection.h"
#include "daemon/lock.h"
#include "daemon/server.h"

#define RIVALS 10
#define ROUNDS 20
#define PATIENCE_MS 200
#define MUCH 100000 /* octets */
#define PIECE 3000
#define TURNS 100

static char directory[] = "/tmp/hv-mgr-test.XXXXXX";
static char lock[64], path[64];

static int make_directory(void **state)
{
	(void)state;
	if (!mkdtemp(directory))
		return -1;
	snprintf(lock, sizeof(lock), "%s/lock", directory);
	snprintf(path, sizeof(path), "%s/socket", directory);
	return 0;
}

static int remove_directory(void **state)
{
	(void)state;
	unlink(lock);
	unlink(path);
	return rmdir(directory);
}

static int remove_socket(void **state)
{
	(void)state;
	unlink(path);
	return 0;
}

/* The part of a manager's start that decides whether it may be one. */
static int start(struct manager *manager)
{
	int rc;

	memset(manager, 0, sizeof(*manager));
	loop_init(&manager->loop);
	rc = lock_take(lock, PATIENCE_MS);
	return rc ? rc : server_start(manager, path);
}

/* Connected to the socket, or -1. */
static int client(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	strcpy(address.sun_path, path);
	if (!connect(fd, (struct sockaddr *)&address, sizeof(address)))
		return fd;
	close(fd);
	return -1;
}

static bool answers(void)
{
	int fd = client();

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

/* A process that starts when `go` ends, tells its result, and lives until it is
 * killed. */
static pid_t start_rival(const int go[2], int results)
{
	struct manager manager;
	pid_t child = fork();
	char byte;
	int rc;

	if (child)
		return child;
	close(go[1]);
	while (read(go[0], &byte, 1) > 0)
		;
	rc = start(&manager);
	if (write(results, &rc, sizeof(rc)) == sizeof(rc))
		pause();
	_exit(1);
}

static void kill_all(const pid_t *children, int count)
{
	for (int i = 0; i < count; i++) {
		kill(children[i], SIGKILL);
		waitpid(children[i], NULL, 0);
	}
}

struct outcome {
	int winners, refused;
	bool answered;
};

static struct outcome count_results(int results)
{
	struct outcome outcome = { 0 };
	int rc;

	for (int i = 0; i < RIVALS; i++) {
		if (read(results, &rc, sizeof(rc)) != sizeof(rc))
			break;
		outcome.winners += !rc;
		outcome.refused += rc == -EADDRINUSE;
	}
	outcome.answered = answers();
	return outcome;
}

/* RIVALS start at the same moment; in the end all are dead. */
static struct outcome run_rivals(void)
{
	pid_t children[RIVALS];
	struct outcome outcome;
	int go[2], results[2];

	assert_int_equal(pipe(go), 0);
	assert_int_equal(pipe(results), 0);
	for (int i = 0; i < RIVALS; i++)
		children[i] = start_rival(go, results[1]);
	close(go[0]);
	close(go[1]);
	close(results[1]);
	outcome = count_results(results[0]);
	close(results[0]);
	kill_all(children, RIVALS);
	return outcome;
}

static void of_ten_that_start_at_once_one_lives_and_is_followed(void **state)
{
	(void)state;
	for (int i = 0; i < ROUNDS; i++) {
		struct outcome outcome = run_rivals();

		assert_int_equal(outcome.winners, 1);
		assert_int_equal(outcome.refused, RIVALS - 1);
		assert_true(outcome.answered);
		assert_false(answers());
	}
}

static void a_socket_that_somebody_else_serves_is_left_alone(void **state)
{
	struct manager first = { 0 }, second = { 0 };

	(void)state;
	loop_init(&first.loop);
	loop_init(&second.loop);
	assert_int_equal(server_start(&first, path), 0);
	assert_int_equal(server_start(&second, path), -EADDRINUSE);
	assert_true(answers());
	server_stop(first.server);
}

static void what_is_no_socket_is_not_removed(void **state)
{
	struct manager manager = { 0 };
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	(void)state;
	assert_true(fd >= 0);
	close(fd);
	loop_init(&manager.loop);
	assert_int_equal(server_start(&manager, path), -EEXIST);
	assert_int_equal(access(path, F_OK), 0);
}

static void a_path_that_is_too_long_is_refused(void **state)
{
	struct manager manager = { 0 };
	char longer[200];

	(void)state;
	memset(longer, 'x', sizeof(longer));
	longer[sizeof(longer) - 1] = '\0';
	assert_int_equal(server_start(&manager, longer), -ENAMETOOLONG);
}

static void only_root_may_open_the_socket(void **state)
{
	struct manager manager = { 0 };
	struct stat status;

	(void)state;
	loop_init(&manager.loop);
	assert_int_equal(server_start(&manager, path), 0);
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_mode & 0777, 0600);
	server_stop(manager.server);
}

/* A request that says nothing, but much. */
static long nonsense(void **request)
{
	struct json_object *json = json_object_new_object();
	void *data = calloc(1, MUCH);
	long length;

	assert_non_null(data);
	json_object_object_add(json, "command",
			       json_object_new_string("nonsense"));
	length = control_encode(json, data, MUCH, CONTROL_REQUEST_MAX, request);
	json_object_put(json);
	free(data);
	assert_true(length > MUCH);
	return length;
}

/* What the manager says to `length` octets, sent in two pieces. */
static bool gives_an_answer(struct manager *manager, const uint8_t *request,
			    long length)
{
	static uint8_t reply[4096];
	struct control_message message = { 0 };
	int fd = client();
	long used = 0;

	assert_int_equal(loop_turn(&manager->loop, 0), 0);
	assert_int_equal(send(fd, request, PIECE, 0), PIECE);
	assert_int_equal(loop_turn(&manager->loop, 0), 0);
	assert_int_equal(send(fd, request + PIECE, (size_t)length - PIECE, 0),
			 length - PIECE);
	for (int i = 0; i < TURNS && !used; i++) {
		ssize_t got;

		assert_int_equal(loop_turn(&manager->loop, 0), 0);
		got = recv(fd, reply, sizeof(reply), MSG_DONTWAIT);
		if (got > 0)
			used = control_decode(reply, (size_t)got,
					      CONTROL_REPLY_MAX, &message);
	}
	control_message_free(&message);
	close(fd);
	return used > 0;
}

static void a_request_with_an_images_bytes_comes_whole(void **state)
{
	struct manager manager = { 0 };
	void *request;
	long length = nonsense(&request);

	(void)state;
	loop_init(&manager.loop);
	assert_int_equal(server_start(&manager, path), 0);
	assert_true(gives_an_answer(&manager, request, length));
	server_stop(manager.server);
	free(request);
}

/* ---- what a client waits for comes, or an error, or an end ---- */

static uint64_t later;

uint64_t __real_clock_ms(void);
uint64_t __wrap_clock_ms(void);
uint64_t __wrap_clock_ms(void)
{
	return __real_clock_ms() + later;
}

/* What each request is answered with, if not by the commands. */
static struct json_object *answer_instead;

void __real_commands_run(struct manager *manager, struct connection *connection,
			 const struct control_message *message);
void __wrap_commands_run(struct manager *manager, struct connection *connection,
			 const struct control_message *message);
void __wrap_commands_run(struct manager *manager, struct connection *connection,
			 const struct control_message *message)
{
	if (answer_instead)
		connection_reply(connection, answer_instead, NULL, 0);
	else
		__real_commands_run(manager, connection, message);
}

/* The socket's buffer is smaller than some replies. */
static long receive(struct manager *manager, int fd,
		    struct control_message *message)
{
	size_t room = CONTROL_REPLY_MAX + CONTROL_DATA_MAX, length = 0;
	uint8_t *octets = malloc(room);
	long used = 0;
	ssize_t got = 1;

	for (int i = 0; i < 100000 && !used && got; i++) {
		assert_int_equal(loop_turn(&manager->loop, 0), 0);
		got = recv(fd, octets + length, room - length, MSG_DONTWAIT);
		length += got > 0 ? (size_t)got : 0;
		used = control_decode(octets, length, CONTROL_REPLY_MAX,
				      message);
	}
	free(octets);
	return used;
}

static struct json_object *answer_of(size_t length)
{
	struct json_object *json = json_object_new_object();
	char *text = malloc(length + 1);

	memset(text, 'x', length);
	text[length] = '\0';
	json_object_object_add(json, "ok", json_object_new_boolean(true));
	json_object_object_add(json, "text", json_object_new_string(text));
	free(text);
	return json;
}

/* "ok" of the reply to anything, when the reply is to be that long. */
static bool is_answered_with(size_t length)
{
	struct manager manager = { 0 };
	struct control_message message = { 0 };
	struct json_object *ok;
	void *request;
	long size = nonsense(&request);
	bool answered;
	int fd;

	loop_init(&manager.loop);
	assert_int_equal(server_start(&manager, path), 0);
	answer_instead = answer_of(length);
	fd = client();
	assert_int_equal(loop_turn(&manager.loop, 0), 0);
	assert_int_equal(send(fd, request, (size_t)size, 0), size);
	assert_true(receive(&manager, fd, &message) > 0);
	assert_true(json_object_object_get_ex(message.json, "ok", &ok));
	answered = json_object_get_boolean(ok);
	control_message_free(&message);
	json_object_put(answer_instead);
	answer_instead = NULL;
	close(fd);
	server_stop(manager.server);
	free(request);
	return answered;
}

static void a_reply_of_megabytes_reaches_its_client(void **state)
{
	(void)state;
	assert_true(is_answered_with(8 << 20));
}

static void a_reply_that_cannot_be_made_is_an_error_to_its_client(void **state)
{
	(void)state;
	assert_false(is_answered_with(CONTROL_REPLY_MAX));
}

static bool is_hung_up_on(struct manager *manager, int fd)
{
	char octet;

	assert_int_equal(loop_turn(&manager->loop, 0), 0);
	later += CONTROL_STALL_MS;
	server_turn(manager->server);
	return recv(fd, &octet, 1, MSG_DONTWAIT) == 0;
}

static void who_stops_half_way_through_a_request_is_hung_up_on(void **state)
{
	struct manager manager = { 0 };
	int fd;

	(void)state;
	loop_init(&manager.loop);
	assert_int_equal(server_start(&manager, path), 0);
	fd = client();
	assert_false(is_hung_up_on(&manager, fd));
	assert_int_equal(send(fd, "abc", 3, 0), 3);
	assert_int_equal(loop_turn(&manager.loop, 0), 0);
	assert_true(server_turn(manager.server) > 0);
	assert_true(is_hung_up_on(&manager, fd));
	assert_int_equal(server_turn(manager.server), -1);
	close(fd);
	server_stop(manager.server);
}

static void who_does_not_take_a_reply_is_hung_up_on(void **state)
{
	struct manager manager = { 0 };
	void *request;
	long size = nonsense(&request);
	int fd;

	(void)state;
	loop_init(&manager.loop);
	assert_int_equal(server_start(&manager, path), 0);
	answer_instead = answer_of(8 << 20);
	fd = client();
	assert_int_equal(loop_turn(&manager.loop, 0), 0);
	assert_int_equal(send(fd, request, (size_t)size, 0), size);
	for (int i = 0; i < TURNS; i++)
		assert_int_equal(loop_turn(&manager.loop, 0), 0);
	assert_true(server_turn(manager.server) > 0);
	later += CONTROL_STALL_MS;
	assert_int_equal(server_turn(manager.server), -1);
	json_object_put(answer_instead);
	answer_instead = NULL;
	close(fd);
	server_stop(manager.server);
	free(request);
}

#define TEST(name) cmocka_unit_test_teardown(name, remove_socket)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(of_ten_that_start_at_once_one_lives_and_is_followed),
		TEST(a_socket_that_somebody_else_serves_is_left_alone),
		TEST(what_is_no_socket_is_not_removed),
		TEST(a_path_that_is_too_long_is_refused),
		TEST(only_root_may_open_the_socket),
		TEST(a_request_with_an_images_bytes_comes_whole),
		TEST(a_reply_of_megabytes_reaches_its_client),
		TEST(a_reply_that_cannot_be_made_is_an_error_to_its_client),
		TEST(who_stops_half_way_through_a_request_is_hung_up_on),
		TEST(who_does_not_take_a_reply_is_hung_up_on),
	};

	return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
