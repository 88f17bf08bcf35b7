/* SPDX-License-Identifier: GPL-2.0-only */
/* Certificates of an image, as they follow each other in its hash segment. */
#ifndef IMAGE_CHAIN_H
#define IMAGE_CHAIN_H

#include <openssl/x509.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/sha256.h"
#include "config/sentence.h"

/* Real chains have 3, or 2. */
#define CHAIN_MAX 8

struct chain_link {
	char subject[512];	  /* RFC 2253, without control characters */
	char name[128];		  /* its common name, or "" */
	char key[32];		  /* "RSA 2048", "EC 384" */
	char from[32], until[32]; /* ISO 8601 */
	bool expired;
};

struct chain {
	X509 *certificates[CHAIN_MAX]; /* the leaf first */
	unsigned int count;
	struct chain_link links[CHAIN_MAX];
	uint8_t root[SHA256_SIZE]; /* SHA-256 of the last one's DER */
};

/*
 * All of them, up to the filling, which is 0xff.  -EINVAL with a sentence: what
 * is no certificate.  chain_close() in any case.
 */
int chain_open(struct chain *chain, const uint8_t *bytes, size_t length,
	       struct sentence error);
void chain_close(struct chain *chain);

/*
 * Does each sign the one before it, and the last one itself?  Whether the last
 * one is to be trusted is another question.  clock: are they valid now, too?
 * Genuine leaves live for two years, and their images for longer.  -EBADMSG with
 * a sentence.
 */
int chain_check(const struct chain *chain, bool clock, struct sentence error);

#endif
