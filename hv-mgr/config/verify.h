/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What content must be before it may be used: a stanza's
 *
 *   verify=none            anything (the default)
 *   verify=sha256:DIGEST   exactly this, by its digest in hexadecimal digits
 *   verify=sha384:DIGEST
 *   verify=mbn             a Qualcomm image: its table of digests holds, and its
 *                          signature and certificates do
 *   root=sha256:DIGEST     with mbn, up to VERIFY_ROOTS_MAX times: the last
 *                          certificate's DER has one of these digests.  Without
 *                          a root anybody may have signed it: integrity only
 *   clock=check|ignore     with mbn: do its certificates have to be valid now?
 *                          Default ignore: genuine ones live for two years, and
 *                          their images for longer
 */
#ifndef CONFIG_VERIFY_H
#define CONFIG_VERIFY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VERIFY_ROOTS_MAX 4
#define VERIFY_ROOT_SIZE 32
#define VERIFY_DIGEST_MAX 48
/* The longest value: "sha384:", digits, and an end. */
#define VERIFY_VALUE_MAX (7 + 2 * VERIFY_DIGEST_MAX + 1)

enum verify_kind { VERIFY_NONE, VERIFY_SHA256, VERIFY_SHA384, VERIFY_MBN };

struct verify {
	enum verify_kind kind;
	uint8_t digest[VERIFY_DIGEST_MAX]; /* with a digest: which */
	unsigned int roots;
	uint8_t root[VERIFY_ROOTS_MAX][VERIFY_ROOT_SIZE];
	bool clock;
};

/* A value of `verify`, or of `root`; false: it is none, or one too many. */
bool verify_read(const char *value, size_t length, struct verify *verify);
bool verify_read_root(const char *value, size_t length, struct verify *verify);

/* As they are read, into VERIFY_VALUE_MAX octets. */
void verify_write(const struct verify *verify, char *value);
void verify_write_root(const struct verify *verify, unsigned int root,
		       char *value);

#endif
