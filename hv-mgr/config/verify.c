// SPDX-License-Identifier: GPL-2.0-only
#include "config/verify.h"

#include <stdio.h>
#include <string.h>

#include "base/hex.h"

static const struct {
	const char *name;
	size_t digest; /* octets of it that follow a colon; 0: nothing does */
} kinds[] = {
	[VERIFY_NONE] = { "none", 0 },
	[VERIFY_SHA256] = { "sha256", 32 },
	[VERIFY_SHA384] = { "sha384", 48 },
	[VERIFY_MBN] = { "mbn", 0 },
};
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

static bool is(const char *value, size_t length, const char *word)
{
	return length == strlen(word) && !memcmp(value, word, length);
}

/* "NAME:DIGITS", as many digits as two for each octet of `to`. */
static bool read_digest(const char *value, size_t length, const char *name,
			uint8_t *to, size_t octets)
{
	size_t before = strlen(name) + 1;
	char digits[2 * VERIFY_DIGEST_MAX + 1];

	if (length != before + 2 * octets || value[before - 1] != ':' ||
	    memcmp(value, name, before - 1) != 0)
		return false;
	memcpy(digits, value + before, 2 * octets);
	digits[2 * octets] = '\0';
	return hex_read(digits, to, octets);
}

bool verify_read(const char *value, size_t length, struct verify *verify)
{
	for (size_t i = 0; i < KINDS; i++) {
		verify->kind = (enum verify_kind)i;
		if (kinds[i].digest ?
			    read_digest(value, length, kinds[i].name,
					verify->digest, kinds[i].digest) :
			    is(value, length, kinds[i].name))
			return true;
	}
	return false;
}

bool verify_read_root(const char *value, size_t length, struct verify *verify)
{
	if (verify->roots == VERIFY_ROOTS_MAX ||
	    !read_digest(value, length, kinds[VERIFY_SHA256].name,
			 verify->root[verify->roots], VERIFY_ROOT_SIZE))
		return false;
	verify->roots++;
	return true;
}

static void write_digest(char *value, const char *name, const uint8_t *digest,
			 size_t octets)
{
	int used = snprintf(value, VERIFY_VALUE_MAX, "%s:", name);

	hex_write(value + used, digest, octets);
}

void verify_write(const struct verify *verify, char *value)
{
	if (kinds[verify->kind].digest)
		write_digest(value, kinds[verify->kind].name, verify->digest,
			     kinds[verify->kind].digest);
	else
		snprintf(value, VERIFY_VALUE_MAX, "%s",
			 kinds[verify->kind].name);
}

void verify_write_root(const struct verify *verify, unsigned int root,
		       char *value)
{
	write_digest(value, kinds[VERIFY_SHA256].name, verify->root[root],
		     VERIFY_ROOT_SIZE);
}
