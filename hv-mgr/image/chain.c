// SPDX-License-Identifier: GPL-2.0-only
#include "image/chain.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define FILLING 0xff
/* Refuses RSA below 2048 bits, and SHA-1; OpenSSL's default outside TLS is to
 * refuse nothing. */
#define SECURITY_LEVEL 2

/* ---- words ---- */

static void write_name(const X509 *certificate, char *text, size_t size)
{
	BIO *memory = BIO_new(BIO_s_mem());
	int length = 0;

	if (memory &&
	    X509_NAME_print_ex(memory, X509_get_subject_name(certificate), 0,
			       XN_FLAG_RFC2253) >= 0)
		length = BIO_read(memory, text, (int)size - 1);
	text[length > 0 ? length : 0] = '\0';
	BIO_free(memory);
}

/* Others may have made it: what is no printable ASCII is a question mark. */
static void write_common_name(const X509 *certificate, char *text, size_t size)
{
	int length =
		X509_NAME_get_text_by_NID(X509_get_subject_name(certificate),
					  NID_commonName, text, (int)size);

	if (length < 0)
		text[0] = '\0';
	for (char *at = text; *at; at++)
		if (*at < ' ' || *at > '~')
			*at = '?';
}

static void write_time(const ASN1_TIME *time, char *text, size_t size)
{
	struct tm tm;

	if (!ASN1_TIME_to_tm(time, &tm) ||
	    !strftime(text, size, "%Y-%m-%dT%H:%M:%SZ", &tm))
		snprintf(text, size, "unreadable");
}

static void write_key(const X509 *certificate, char *text, size_t size)
{
	const EVP_PKEY *key = X509_get0_pubkey(certificate);

	if (!key)
		snprintf(text, size, "unreadable");
	else
		snprintf(text, size, "%s %d", EVP_PKEY_get0_type_name(key),
			 EVP_PKEY_get_bits(key));
}

static void describe(const X509 *certificate, struct chain_link *link)
{
	const ASN1_TIME *until = X509_get0_notAfter(certificate);

	write_name(certificate, link->subject, sizeof(link->subject));
	write_common_name(certificate, link->name, sizeof(link->name));
	write_key(certificate, link->key, sizeof(link->key));
	write_time(X509_get0_notBefore(certificate), link->from,
		   sizeof(link->from));
	write_time(until, link->until, sizeof(link->until));
	link->expired = X509_cmp_current_time(until) < 0;
}

/* ---- opening ---- */

static int take(struct chain *chain, const uint8_t **at, const uint8_t *end,
		struct sentence error)
{
	X509 *certificate;

	if (chain->count == CHAIN_MAX)
		return sentence_set(error, -EINVAL, "more than %d certificates",
				    CHAIN_MAX);
	certificate = d2i_X509(NULL, at, end - *at);
	if (!certificate)
		return sentence_set(error, -EINVAL,
				    "certificate %u is none that can be read",
				    chain->count);
	describe(certificate, &chain->links[chain->count]);
	chain->certificates[chain->count++] = certificate;
	return 0;
}

static int note_root(struct chain *chain, const uint8_t *der, size_t length,
		     struct sentence error)
{
	if (!chain->count)
		return sentence_set(error, -EINVAL, "no certificate is there");
	sha256_of(der, length, chain->root);
	return 0;
}

int chain_open(struct chain *chain, const uint8_t *bytes, size_t length,
	       struct sentence error)
{
	const uint8_t *at = bytes, *end = bytes + length, *last = bytes;
	int rc = 0;

	memset(chain, 0, sizeof(*chain));
	while (!rc && at < end && *at != FILLING) {
		last = at;
		rc = take(chain, &at, end, error);
	}
	ERR_clear_error();
	return rc ? rc : note_root(chain, last, (size_t)(at - last), error);
}

void chain_close(struct chain *chain)
{
	for (unsigned int i = 0; i < chain->count; i++)
		X509_free(chain->certificates[i]);
	chain->count = 0;
}

/* ---- checking ---- */

static bool fill(const struct chain *chain, X509_STORE *roots,
		 STACK_OF(X509) * between)
{
	unsigned int last = chain->count - 1;

	for (unsigned int i = 1; i < last; i++)
		if (!sk_X509_push(between, chain->certificates[i]))
			return false;
	return X509_STORE_add_cert(roots, chain->certificates[last]);
}

static int verify(const struct chain *chain, X509_STORE_CTX *context,
		  X509_STORE *roots, STACK_OF(X509) * between, bool clock,
		  struct sentence error)
{
	X509_VERIFY_PARAM *how;

	if (!context || !roots || !between || !fill(chain, roots, between) ||
	    !X509_STORE_CTX_init(context, roots, chain->certificates[0],
				 between))
		return sentence_set(error, -ENOMEM, "out of memory");
	how = X509_STORE_CTX_get0_param(context);
	X509_VERIFY_PARAM_set_flags(
		how, X509_V_FLAG_CHECK_SS_SIGNATURE |
			     (clock ? 0 : X509_V_FLAG_NO_CHECK_TIME));
	X509_VERIFY_PARAM_set_auth_level(how, SECURITY_LEVEL);
	if (X509_verify_cert(context) == 1)
		return 0;
	return sentence_set(error, -EBADMSG, "certificate %d: %s",
			    X509_STORE_CTX_get_error_depth(context),
			    X509_verify_cert_error_string(
				    X509_STORE_CTX_get_error(context)));
}

int chain_check(const struct chain *chain, bool clock, struct sentence error)
{
	X509_STORE_CTX *context = X509_STORE_CTX_new();
	X509_STORE *roots = X509_STORE_new();
	STACK_OF(X509) *between = sk_X509_new_null();
	int rc = verify(chain, context, roots, between, clock, error);

	X509_STORE_CTX_free(context);
	X509_STORE_free(roots);
	sk_X509_free(between);
	ERR_clear_error();
	return rc;
}
