// SPDX-License-Identifier: GPL-2.0-only
/* SHA-256 is SHA-256: FIPS 180-4's examples, from the manager's way to OpenSSL. */
#include "cmocka_all.h"

#include <string.h>

#include "base/hex.h"
#include "base/sha256.h"

static const char of_nothing[] =
	"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
static const char of_abc[] =
	"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
static const char of_a_million_a[] =
	"cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0";

static void expect(const uint8_t digest[SHA256_SIZE], const char *digits)
{
	char text[2 * SHA256_SIZE + 1];

	hex_write(text, digest, SHA256_SIZE);
	assert_string_equal(text, digits);
}

static void ends_with(struct sha256 *sha256, const char *digits)
{
	uint8_t digest[SHA256_SIZE];

	sha256_end(sha256, digest);
	expect(digest, digits);
}

static void at_once(void **state)
{
	uint8_t digest[SHA256_SIZE];

	(void)state;
	sha256_of("", 0, digest);
	expect(digest, of_nothing);
	sha256_of("abc", 3, digest);
	expect(digest, of_abc);
}

/* Pieces that no block of 64 octets divides, of two digests in turn. */
static void in_pieces(void **state)
{
	struct sha256 *one = sha256_new(), *other = sha256_new();
	char piece[997];

	(void)state;
	memset(piece, 'a', sizeof(piece));
	for (size_t left = 1000000, now; left; left -= now) {
		now = left < sizeof(piece) ? left : sizeof(piece);
		sha256_add(one, piece, now);
		sha256_add(other, piece, now / 2);
	}
	ends_with(one, of_a_million_a);
	sha256_begin(other);
	sha256_add(other, "ab", 2);
	sha256_add(other, "c", 1);
	ends_with(other, of_abc);
	sha256_begin(one);
	ends_with(one, of_nothing);
	sha256_free(one);
	sha256_free(other);
	sha256_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(at_once),
		cmocka_unit_test(in_pieces),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
