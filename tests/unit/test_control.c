// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cmocka_all.h"

#include "control/client.h"
#include "control/control.h"

/* One message, with lengths that may lie. */
static long decode(uint32_t json_length, uint32_t data_length, const char *body,
		   size_t body_length, struct control_message *message)
{
	uint32_t header[] = { json_length, data_length };
	char *buffer = malloc(sizeof(header) + body_length + 1);
	long rc;

	memcpy(buffer, header, sizeof(header));
	memcpy(buffer + sizeof(header), body, body_length);
	rc = control_decode(buffer, sizeof(header) + body_length,
			    CONTROL_REQUEST_MAX, message);
	free(buffer);
	return rc;
}

static void refuse(const char *json)
{
	struct control_message message;
	size_t length = strlen(json);

	assert_int_equal(decode((uint32_t)length, 0, json, length, &message),
			 -EPROTO);
	assert_null(message.json);
	assert_null(message.data);
}

static void what_is_encoded_is_decoded_again(void **state)
{
	struct json_object *json = json_tokener_parse("{\"command\":\"x/y\"}");
	struct control_message message;
	void *buffer;
	long length =
		control_encode(json, "abc\0d", 5, CONTROL_REQUEST_MAX, &buffer);

	(void)state;
	assert_true(length > 0);
	assert_int_equal(control_decode(buffer, (size_t)length,
					CONTROL_REQUEST_MAX, &message),
			 length);
	assert_true(json_object_equal(json, message.json));
	assert_int_equal(message.data_length, 5);
	assert_memory_equal(message.data, "abc\0d", 5);
	control_message_free(&message);
	assert_null(message.json);
	assert_null(message.data);
	free(buffer);
	json_object_put(json);
}

static void half_a_message_is_waited_for_at_every_octet(void **state)
{
	struct json_object *json = json_tokener_parse("{\"a\":1}");
	struct control_message message;
	void *buffer;
	long length =
		control_encode(json, "data", 4, CONTROL_REQUEST_MAX, &buffer);

	(void)state;
	for (long i = 0; i < length; i++) {
		/* A copy of just that length: reading on is seen by ASan. */
		char *part = malloc((size_t)i + 1);

		memcpy(part, buffer, (size_t)i);
		part = realloc(part, i ? (size_t)i : 1);
		assert_int_equal(control_decode(part, (size_t)i,
						CONTROL_REQUEST_MAX, &message),
				 0);
		assert_null(message.json);
		free(part);
	}
	free(buffer);
	json_object_put(json);
}

static void of_two_messages_the_first_is_taken(void **state)
{
	struct control_message message;

	(void)state;
	assert_int_equal(decode(2, 1, "{}xmore", 7, &message), 8 + 3);
	assert_int_equal(message.data_length, 1);
	assert_int_equal(message.data[0], 'x');
	control_message_free(&message);
}

static void lengths_out_of_bounds_are_refused_at_once(void **state)
{
	struct control_message message;

	(void)state;
	assert_int_equal(decode(0, 0, "", 0, &message), -EPROTO);
	assert_int_equal(decode(0, 5, "", 0, &message), -EPROTO);
	assert_int_equal(decode(CONTROL_REQUEST_MAX + 1, 0, "", 0, &message),
			 -EPROTO);
	assert_int_equal(decode(2, CONTROL_DATA_MAX + 1, "", 0, &message),
			 -EPROTO);
	assert_int_equal(decode(UINT32_MAX, UINT32_MAX, "", 0, &message),
			 -EPROTO);
	assert_int_equal(decode(CONTROL_REQUEST_MAX, CONTROL_DATA_MAX, "", 0,
				&message),
			 0);
}

static void what_is_not_one_json_object_is_refused(void **state)
{
	(void)state;
	refuse("hello");
	refuse("[]");
	refuse("1");
	refuse("null");
	refuse("\"x\"");
	refuse("{\"a\":1");
	refuse("{\"a\":1}}");
	refuse("{} {}");
	refuse("{\"a\":\"\xff\xfe\"}");
	refuse("{\"a\":\"\xc0\xaf\"}");
	refuse(" ");
}

static void json_that_is_nested_without_end_is_refused(void **state)
{
	char text[2001];

	(void)state;
	memset(text, '[', 2000);
	text[2000] = '\0';
	memcpy(text, "{\"a\":", 5);
	refuse(text);
}

static void a_nul_in_the_json_is_refused(void **state)
{
	struct control_message message;

	(void)state;
	assert_int_equal(decode(4, 0, "{}\0x", 4, &message), -EPROTO);
	assert_int_equal(decode(3, 0, "{}", 3, &message), -EPROTO);
}

static void what_is_too_long_is_not_encoded(void **state)
{
	struct json_object *json = json_object_new_object();
	char *text = malloc(CONTROL_REQUEST_MAX + 1);
	void *buffer = NULL;

	(void)state;
	assert_int_equal(control_encode(json, "", CONTROL_DATA_MAX + 1,
					CONTROL_REQUEST_MAX, &buffer),
			 -EMSGSIZE);
	memset(text, 'x', CONTROL_REQUEST_MAX);
	text[CONTROL_REQUEST_MAX] = '\0';
	json_object_object_add(json, "a", json_object_new_string(text));
	assert_int_equal(control_encode(json, NULL, 0, CONTROL_REQUEST_MAX,
					&buffer),
			 -EMSGSIZE);
	assert_null(buffer);
	free(text);
	json_object_put(json);
}

/* The text of a string in a message. */
static void assert_travels_as(const char *from, const char *to)
{
	struct json_object *json = json_object_new_object(), *text;
	struct control_message message;
	void *buffer;
	long length;

	json_object_object_add(json, "a", json_object_new_string(from));
	length = control_encode(json, NULL, 0, CONTROL_REPLY_MAX, &buffer);
	assert_true(length > 0);
	assert_int_equal(control_decode(buffer, (size_t)length,
					CONTROL_REPLY_MAX, &message),
			 length);
	assert_true(json_object_object_get_ex(message.json, "a", &text));
	assert_string_equal(json_object_get_string(text), to);
	control_message_free(&message);
	free(buffer);
	json_object_put(json);
}

#define FFFD "\xef\xbf\xbd"

static void what_is_no_utf_8_is_replaced_octet_by_octet(void **state)
{
	(void)state;
	assert_travels_as("caf\xc3\xa9", "caf\xc3\xa9");
	assert_travels_as("\xe2\x82\xac \xf0\x9f\x98\x80",
			  "\xe2\x82\xac \xf0\x9f\x98\x80");
	assert_travels_as("caf\xe9", "caf" FFFD);
	assert_travels_as("\xe9 x", FFFD " x");
	assert_travels_as("\xc3", FFFD);
	assert_travels_as("\x80\xbf", FFFD FFFD);
	assert_travels_as("\xc0\xaf", FFFD FFFD); /* too long for a / */
	assert_travels_as("\xed\xa0\x80", FFFD FFFD FFFD); /* a surrogate */
	assert_travels_as("\xf4\x90\x80\x80", FFFD FFFD FFFD FFFD);
	assert_travels_as("\xff", FFFD);
}

static void a_daemon_that_is_not_there_is_named_with_what_to_do(void **state)
{
	struct client *client;
	char text[256];

	(void)state;
	assert_int_equal(client_open("/nowhere/socket", &client), -ENOENT);
	client_explain(-ENOENT, "/run/hv-mgr.sock", text, sizeof(text));
	assert_string_equal(
		text,
		"no daemon is running on /run/hv-mgr.sock (start it: systemctl start hv-mgr, or hv-mgr daemon)");
}

static void a_socket_path_that_is_too_long_is_not_cut(void **state)
{
	struct client *client;
	char path[200];

	(void)state;
	memset(path, 'x', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	assert_int_equal(client_open(path, &client), -ENAMETOOLONG);
}

static void
the_socket_is_the_given_or_the_environments_or_the_usual(void **state)
{
	(void)state;
	setenv(CLIENT_SOCKET_VARIABLE, "/env", 1);
	assert_string_equal(client_socket_path("/given"), "/given");
	assert_string_equal(client_socket_path(NULL), "/env");
	unsetenv(CLIENT_SOCKET_VARIABLE);
	assert_string_equal(client_socket_path(NULL), CONTROL_SOCKET);
}

#define TEST(name) cmocka_unit_test(name)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_is_encoded_is_decoded_again),
		TEST(half_a_message_is_waited_for_at_every_octet),
		TEST(of_two_messages_the_first_is_taken),
		TEST(lengths_out_of_bounds_are_refused_at_once),
		TEST(what_is_not_one_json_object_is_refused),
		TEST(json_that_is_nested_without_end_is_refused),
		TEST(a_nul_in_the_json_is_refused),
		TEST(what_is_too_long_is_not_encoded),
		TEST(what_is_no_utf_8_is_replaced_octet_by_octet),
		TEST(a_daemon_that_is_not_there_is_named_with_what_to_do),
		TEST(a_socket_path_that_is_too_long_is_not_cut),
		TEST(the_socket_is_the_given_or_the_environments_or_the_usual),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
