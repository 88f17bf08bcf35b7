/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who signed an image's headers and table, and whether they did.
 *
 * The form is told by how the leaf certificate itself is signed, and not by the
 * hash segment's version: version 3 has two of them, in one directory.
 */
#ifndef IMAGE_SIGNATURE_H
#define IMAGE_SIGNATURE_H

#include "image/chain.h"
#include "mbn.h"

enum signature_form {
	SIGNATURE_UNKNOWN,
	/* RSA PKCS#1 v1.5 of a bare digest, keyed with the leaf's SW_ID and
	 * HW_ID: nothing that openssl dgst knows. */
	SIGNATURE_KEYED,
	SIGNATURE_PSS,
	SIGNATURE_ECDSA,
};

struct signature {
	enum signature_form form;
	const char *digest; /* OpenSSL's name of it: SHA256 */
};

/* How an image with this leaf is signed. */
struct signature signature_of(const X509 *leaf);

/* "RSA-PSS". */
const char *signature_form_text(enum signature_form form);

/* hash: the hash segment.  -EBADMSG with a sentence: they did not, or it is of
 * a form that is not known. */
int signature_check(const struct signature *signature, const uint8_t *hash,
		    const struct mbn *mbn, unsigned int signer, X509 *leaf,
		    struct sentence error);

#endif
