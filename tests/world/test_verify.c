// SPDX-License-Identifier: GPL-2.0-only
/* What a stanza's verify= demands of content, from the load to a verdict, and
 * from one manager to the next. */
#include <errno.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/hex.h"
#include "client.h"
#include "cmocka_all.h"
#include "daemon/store.h"
#include "judge.h"
#include "script.h"
#include "signed_image.h"
#include "xenstored.h"

static struct signed_image image;
static int admin;

#define ABOUT "\"domain\":\"%u\",\"name\":\"fw\""

static void attach(const char *verify)
{
	host_boot(host.kind);
	script_attach_quietly();
	admin = client_open();
	assert_int_equal(
		client_ask(
			admin, NULL, 0,
			"{\"command\":\"attach\",\"domain\":\"%u\",\"specs\":[\"name=fw,size=64K%s,%s\"]}",
			host.guest, host.kind->pooled ? ",backing=pool" : "",
			verify),
		0);
	host_turns(30); /* a pool's piece is scrubbed */
}

static void attach_digest(const EVP_MD *kind, const char *name)
{
	uint8_t digest[EVP_MAX_MD_SIZE];
	char verify[200], hex[2 * EVP_MAX_MD_SIZE + 1];
	unsigned int size;

	signed_image_make_unsigned(&image);
	assert_int_equal(EVP_Digest(image.content, sizeof(image.content),
				    digest, &size, kind, NULL),
			 1);
	hex_write(hex, digest, size);
	snprintf(verify, sizeof(verify), "verify=%s:%s", name, hex);
	attach(verify);
}

static void attach_root(void)
{
	char verify[200], hex[65];

	hex_write(hex, image.root, sizeof(image.root));
	snprintf(verify, sizeof(verify), "verify=mbn,root=sha256:%s", hex);
	attach(verify);
}

static void end(void)
{
	assert_int_equal(
		client_ask(
			admin, NULL, 0,
			"{\"command\":\"detach\",\"domain\":\"%u\",\"all\":true}",
			host.guest),
		0);
	close(admin);
	host_turns(3);
	host_power_off();
}

static int ask(const char *command)
{
	return client_ask(admin, NULL, 0, "{\"command\":\"%s\"," ABOUT "}",
			  command, host.guest);
}

static void load(void)
{
	assert_int_equal(client_ask(admin, image.content, sizeof(image.content),
				    "{\"command\":\"write\",\"offset\":0," ABOUT
				    "}",
				    host.guest),
			 0);
}

static void say_seal(size_t evidence)
{
	char text[200];

	snprintf(text, sizeof(text),
		 "{\"command\":\"seal\",\"length\":%zu," ABOUT "}",
		 sizeof(image.content), host.guest);
	client_say(admin, text, image.evidence, (uint32_t)evidence);
}

static int seal(size_t evidence)
{
	say_seal(evidence);
	return client_error(client_hear(admin));
}

static void expect(const char *state, const char *verdict)
{
	char text[200], about[100];
	struct json_object *reply;
	int fd = client_open();
	const char *said;

	snprintf(text, sizeof(text), "{\"command\":\"status\"," ABOUT "}",
		 host.guest);
	client_say(fd, text, NULL, 0);
	reply = client_hear(fd);
	close(fd);
	said = json_object_to_json_string_ext(reply, JSON_C_TO_STRING_PLAIN);
	snprintf(about, sizeof(about), "\"state\":\"%s\",\"verdict\":%s", state,
		 verdict);
	if (!strstr(said, about))
		fail_msg("%s does not say %s", said, about);
	json_object_put(reply);
}

/* What the guest can read. */
static void expect_node(const char *begins)
{
	struct store_path path = store_path(
		"/local/domain/0/backend/carveout/%u/1/verdict", host.guest);
	char value[XENSTORE_VALUE_MAX + 1];

	assert_true(xenstore_get(host.guest, path.text, value) > 0);
	if (strncmp(value, begins, strlen(begins)) != 0)
		fail_msg("%s: %s", path.text, value);
}

/* The next manager finds what this one has decided. */
static void restart(void)
{
	close(admin);
	host_stop();
	assert_true(host_start());
	host_turns(30);
	admin = client_open();
}

static void verified(void)
{
	expect("SEALED", "\"verified\"");
	expect_node("verified");
	restart();
	expect("SEALED", "\"verified\"");
}

static void rejected(const char *why)
{
	host_turns(30);
	expect("FAILED", "\"rejected\"");
	expect_node("rejected: ");
	expect_node(why);
	restart();
	expect("FAILED", "\"rejected\"");
	assert_int_equal(ask("reset"), 0);
	expect("EMPTY", "null");
}

/* ---- by a digest ---- */

static void content_with_the_digest_is_verified(void)
{
	attach_digest(EVP_sha256(), "sha256");
	load();
	assert_int_equal(seal(0), 0);
	verified();
	end();
	attach_digest(EVP_sha384(), "sha384");
	load();
	assert_int_equal(seal(0), 0);
	verified();
	end();
}

static void content_with_another_digest_is_rejected(void)
{
	attach_digest(EVP_sha256(), "sha256");
	image.content[7] ^= 1;
	load();
	assert_int_equal(seal(0), EKEYREJECTED);
	rejected("rejected: its digest");
	end();
	attach_digest(EVP_sha384(), "sha384");
	image.content[7] ^= 1;
	load();
	assert_int_equal(seal(0), EKEYREJECTED);
	rejected("rejected: its digest");
	end();
}

/* ---- by headers, table and signatures ---- */

static void an_image_that_is_signed_is_verified(void)
{
	signed_image_make(&image, 0);
	attach_root();
	load();
	assert_int_equal(seal(image.evidence_size), 0);
	verified();
	end();
}

static void an_image_that_was_changed_is_rejected(void)
{
	signed_image_make(&image, 0);
	attach_root();
	image.content[300] ^= 1;
	load();
	assert_int_equal(seal(image.evidence_size), EKEYREJECTED);
	rejected("rejected: segment 2");
	image.content[300] ^= 1;
	load();
	image.evidence[image.evidence_size - 1] ^= 1;
	assert_int_equal(seal(image.evidence_size), EKEYREJECTED);
	rejected("rejected: the signature");
	image.evidence[image.evidence_size - 1] ^= 1;
	load();
	assert_int_equal(seal(image.evidence_size), 0);
	verified();
	end();
}

static void what_cannot_be_judged_is_rejected(void)
{
	signed_image_make(&image, 0);
	attach_root();
	load();
	assert_int_equal(seal(0), EKEYREJECTED);
	rejected("rejected: no headers came with it");
	load();
	assert_int_equal(seal(100), EKEYREJECTED);
	rejected("rejected: what came with its seal");
	signed_image_make_unsigned(&image);
	load();
	assert_int_equal(seal(image.evidence_size), EKEYREJECTED);
	rejected("rejected: nobody signed it");
	end();
}

static void without_a_root_it_is_integrity_only(void)
{
	signed_image_make_unsigned(&image);
	attach("verify=mbn");
	load();
	assert_int_equal(seal(image.evidence_size), 0);
	verified();
	assert_int_equal(ask("reset"), 0);
	image.content[0] ^= 1;
	load();
	assert_int_equal(seal(image.evidence_size), EKEYREJECTED);
	rejected("rejected: segment 2");
	end();
}

/* An answer is of the load that was asked about, or of none: here it would be
 * a no to what is good. */
static void an_answer_that_comes_late_decides_nothing(void)
{
	int fd;

	signed_image_make(&image, 0);
	attach_root();
	load();
	judge_think(true);
	image.evidence[image.evidence_size - 1] ^= 1;
	say_seal(image.evidence_size);
	host_turns(40);
	expect("LOADING", "null");
	fd = client_open();
	assert_int_equal(client_ask(fd, NULL, 0,
				    "{\"command\":\"reset\"," ABOUT "}",
				    host.guest),
			 0);
	close(fd);
	assert_int_equal(client_error(client_hear(admin)), ECANCELED);
	image.evidence[image.evidence_size - 1] ^= 1;
	load();
	say_seal(image.evidence_size);
	host_turns(40);
	expect("LOADING", "null");
	judge_think(false);
	assert_int_equal(client_error(client_hear(admin)), 0);
	verified();
	end();
}

int main(void)
{
	const struct host_test tests[] = {
		HOST_TEST(content_with_the_digest_is_verified),
		HOST_TEST(content_with_another_digest_is_rejected),
		HOST_TEST(an_image_that_is_signed_is_verified),
		HOST_TEST(an_image_that_was_changed_is_rejected),
		HOST_TEST(what_cannot_be_judged_is_rejected),
		HOST_TEST(without_a_root_it_is_integrity_only),
		HOST_TEST(an_answer_that_comes_late_decides_nothing),
	};

	return host_run("verify", tests, sizeof(tests) / sizeof(tests[0]));
}
