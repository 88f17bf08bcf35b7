// SPDX-License-Identifier: GPL-2.0-only
#include "base/sha256.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdlib.h>

/* Looked up once: that takes locks, memory, and providers. */
static EVP_MD *kind;
/* sha256_of()'s. */
static struct sha256 *spare;

/* Ours is OpenSSL's context, under a name of its own. */
static EVP_MD_CTX *context(struct sha256 *sha256)
{
	return (EVP_MD_CTX *)sha256;
}

/* With a context that has begun once OpenSSL allocates nothing any more. */
static void must(int done)
{
	if (!done)
		abort();
}

static struct sha256 *make(void)
{
	EVP_MD_CTX *made = EVP_MD_CTX_new();

	if (made && EVP_DigestInit_ex2(made, kind, NULL))
		return (struct sha256 *)made;
	EVP_MD_CTX_free(made);
	return NULL;
}

/* Without its configuration, which may name providers of any kind. */
int sha256_init(void)
{
	if (spare)
		return 0;
	if (!OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL))
		return -ENOMEM;
	if (!kind)
		kind = EVP_MD_fetch(NULL, "SHA256", NULL);
	if (kind)
		spare = make();
	return spare ? 0 : -ENOMEM;
}

struct sha256 *sha256_new(void)
{
	return sha256_init() ? NULL : make();
}

void sha256_free(struct sha256 *sha256)
{
	EVP_MD_CTX_free(context(sha256));
}

void sha256_begin(struct sha256 *sha256)
{
	must(EVP_DigestInit_ex2(context(sha256), kind, NULL));
}

void sha256_add(struct sha256 *sha256, const void *bytes, size_t length)
{
	must(EVP_DigestUpdate(context(sha256), bytes, length));
}

void sha256_end(struct sha256 *sha256, uint8_t digest[SHA256_SIZE])
{
	must(EVP_DigestFinal_ex(context(sha256), digest, NULL));
}

void sha256_of(const void *bytes, size_t length, uint8_t digest[SHA256_SIZE])
{
	must(!sha256_init());
	sha256_begin(spare);
	sha256_add(spare, bytes, length);
	sha256_end(spare, digest);
}
