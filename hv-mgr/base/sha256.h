/* SPDX-License-Identifier: GPL-2.0-only */
/* SHA-256: OpenSSL's, which takes the processor's instructions where there are. */
#ifndef BASE_SHA256_H
#define BASE_SHA256_H

#include <stddef.h>
#include <stdint.h>

#define SHA256_SIZE 32

/* A digest that is being made.  Its functions fail in no way, and none but
 * sha256_new() allocates; two threads may have one each. */
struct sha256;

/*
 * -ENOMEM.  Once, before a sandbox is closed: OpenSSL's part of the process is
 * made.  sha256_new() and sha256_of() do it if need be.
 */
int sha256_init(void);

/* Of nothing yet; NULL: no memory.  sha256_free() accepts NULL. */
struct sha256 *sha256_new(void);
void sha256_free(struct sha256 *sha256);

void sha256_add(struct sha256 *sha256, const void *bytes, size_t length);
/* Of nothing again. */
void sha256_begin(struct sha256 *sha256);
/* Of all that was added.  sha256_begin() must follow. */
void sha256_end(struct sha256 *sha256, uint8_t digest[SHA256_SIZE]);

/* Of these bytes; for one thread only. */
void sha256_of(const void *bytes, size_t length, uint8_t digest[SHA256_SIZE]);

#endif
