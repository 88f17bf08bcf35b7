// SPDX-License-Identifier: GPL-2.0-only
#include "image/signature.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/obj_mac.h>
#include <openssl/rsa.h>
#include <stdlib.h>
#include <string.h>

#include "base/hex.h"

/* ---- the form ---- */

struct signature signature_of(const X509 *leaf)
{
	struct signature is = { SIGNATURE_UNKNOWN, NULL };
	int digest = NID_undef, key = NID_undef;
	const EVP_PKEY *own = X509_get0_pubkey(leaf);

	if (!own || !X509_get_signature_info((X509 *)(uintptr_t)leaf, &digest,
					     &key, NULL, NULL))
		return is;
	is.digest = OBJ_nid2sn(digest);
	if (EVP_PKEY_is_a(own, "EC") && key == NID_X9_62_id_ecPublicKey)
		is.form = SIGNATURE_ECDSA;
	else if (EVP_PKEY_is_a(own, "RSA") && key == NID_rsassaPss)
		is.form = SIGNATURE_PSS;
	else if (EVP_PKEY_is_a(own, "RSA") && key == NID_rsaEncryption)
		is.form = SIGNATURE_KEYED;
	return is;
}

const char *signature_form_text(enum signature_form form)
{
	static const char *const texts[] = {
		[SIGNATURE_UNKNOWN] = "of an unknown form",
		[SIGNATURE_KEYED] = "RSA PKCS#1 v1.5, keyed",
		[SIGNATURE_PSS] = "RSA-PSS",
		[SIGNATURE_ECDSA] = "ECDSA",
	};

	return texts[form];
}

/* ---- keyed digests ---- */

#define ID_OCTETS 8

/* The digits of an OU such as "01 0000000000000004 SW_ID".  Others hold words,
 * so that all but the digits is looked at, too. */
static bool read_ou(const ASN1_STRING *ou, const char *prefix,
		    const char *suffix, char digits[2 * ID_OCTETS + 1])
{
	const size_t before = strlen(prefix), after = strlen(suffix);
	const uint8_t *text = ASN1_STRING_get0_data(ou);

	if ((size_t)ASN1_STRING_length(ou) != before + 2 * ID_OCTETS + after ||
	    memcmp(text, prefix, before) != 0 ||
	    memcmp(text + before + 2 * ID_OCTETS, suffix, after) != 0)
		return false;
	memcpy(digits, text + before, 2 * ID_OCTETS);
	digits[2 * ID_OCTETS] = '\0';
	return true;
}

static bool read_id(const X509 *leaf, const char *prefix, const char *suffix,
		    uint8_t id[ID_OCTETS])
{
	const X509_NAME *subject = X509_get_subject_name(leaf);
	char digits[2 * ID_OCTETS + 1];

	for (int i = 0; i < X509_NAME_entry_count(subject); i++) {
		const X509_NAME_ENTRY *entry = X509_NAME_get_entry(subject, i);

		if (OBJ_obj2nid(X509_NAME_ENTRY_get_object(entry)) ==
			    NID_organizationalUnitName &&
		    read_ou(X509_NAME_ENTRY_get_data(entry), prefix, suffix,
			    digits))
			return hex_read(digits, id, ID_OCTETS);
	}
	return false;
}

/* SHA-256 of an ID, each of its octets changed, and of a digest. */
static void mix(const uint8_t id[ID_OCTETS], uint8_t with, const uint8_t *inner,
		uint8_t digest[SHA256_SIZE])
{
	uint8_t text[ID_OCTETS + SHA256_SIZE];

	for (int i = 0; i < ID_OCTETS; i++)
		text[i] = id[i] ^ with;
	memcpy(text + ID_OCTETS, inner, SHA256_SIZE);
	sha256_of(text, sizeof(text), digest);
}

static int keyed_digest(const X509 *leaf, const uint8_t *bytes, size_t length,
			uint8_t digest[SHA256_SIZE], struct sentence error)
{
	uint8_t software[ID_OCTETS], hardware[ID_OCTETS];

	if (!read_id(leaf, "01 ", " SW_ID", software) ||
	    !read_id(leaf, "02 ", " HW_ID", hardware))
		return sentence_set(
			error, -EBADMSG,
			"the leaf certificate has no SW_ID and HW_ID, which such a signature is made with");
	sha256_of(bytes, length, digest);
	mix(software, 0x36, digest, digest);
	mix(hardware, 0x5c, digest, digest);
	return 0;
}

/* ---- checking ---- */

static int not_theirs(struct sentence error)
{
	return sentence_set(
		error, -EBADMSG,
		"the signature is not the leaf certificate's of these headers and this table");
}

static int check_keyed(const uint8_t *bytes, size_t length,
		       const uint8_t *signature, size_t size, X509 *leaf,
		       struct sentence error)
{
	EVP_PKEY_CTX *context;
	uint8_t digest[SHA256_SIZE];
	int rc = keyed_digest(leaf, bytes, length, digest, error), good;

	if (rc)
		return rc;
	context = EVP_PKEY_CTX_new(X509_get0_pubkey(leaf), NULL);
	good = context && EVP_PKEY_verify_init(context) == 1 &&
	       EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1 &&
	       EVP_PKEY_verify(context, signature, size, digest,
			       sizeof(digest)) == 1;
	EVP_PKEY_CTX_free(context);
	return good ? 0 : not_theirs(error);
}

static bool set_padding(const struct signature *signature,
			EVP_PKEY_CTX *context)
{
	if (signature->form != SIGNATURE_PSS)
		return true;
	return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) ==
		       1 &&
	       EVP_PKEY_CTX_set_rsa_pss_saltlen(context,
						RSA_PSS_SALTLEN_AUTO) == 1;
}

static int check_plain(const struct signature *is, const uint8_t *bytes,
		       size_t length, const uint8_t *signature, size_t size,
		       X509 *leaf, struct sentence error)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	EVP_PKEY_CTX *key;
	bool good;

	good = context &&
	       EVP_DigestVerifyInit_ex(context, &key, is->digest, NULL, NULL,
				       X509_get0_pubkey(leaf), NULL) == 1 &&
	       set_padding(is, key) &&
	       EVP_DigestVerify(context, signature, size, bytes, length) == 1;
	EVP_MD_CTX_free(context);
	return good ? 0 : not_theirs(error);
}

/* A field of ECDSA is as long as it may become, and zeros behind its DER. */
static size_t used_size(const struct signature *is, const uint8_t *signature,
			size_t size)
{
	size_t used;

	if (is->form != SIGNATURE_ECDSA || size < 2 || signature[0] != 0x30 ||
	    signature[1] >= 0x80)
		return size;
	used = 2 + (size_t)signature[1];
	return used < size ? used : size;
}

int signature_check(const struct signature *is, const uint8_t *hash,
		    const struct mbn *mbn, unsigned int signer, X509 *leaf,
		    struct sentence error)
{
	const struct mbn_part *part = &mbn->signers[signer].signature;
	size_t length = mbn_signed_size(mbn);
	size_t size = used_size(is, hash + part->at, part->size);
	uint8_t *bytes;
	int rc;

	if (is->form == SIGNATURE_UNKNOWN)
		return sentence_set(
			error, -EBADMSG,
			"the leaf certificate has a signature of an unknown form, so that the image's is not known either");
	bytes = malloc(length);
	if (!bytes)
		return sentence_set(error, -ENOMEM, "out of memory");
	memcpy(bytes, hash, length);
	mbn_blank_other(mbn, signer, bytes);
	if (is->form == SIGNATURE_KEYED)
		rc = check_keyed(bytes, length, hash + part->at, size, leaf,
				 error);
	else
		rc = check_plain(is, bytes, length, hash + part->at, size, leaf,
				 error);
	free(bytes);
	ERR_clear_error();
	return rc;
}
