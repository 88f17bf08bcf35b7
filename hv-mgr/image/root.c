// SPDX-License-Identifier: GPL-2.0-only
#include "image/root.h"

#include <errno.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <string.h>

/* One of either form. */
static X509 *read_certificate(BIO *file)
{
	X509 *certificate = PEM_read_bio_X509(file, NULL, NULL, NULL);

	if (!certificate && !BIO_seek(file, 0))
		certificate = d2i_X509_bio(file, NULL);
	ERR_clear_error();
	return certificate;
}

int image_root_read(const char *path, uint8_t digest[SHA256_SIZE],
		    struct sentence error)
{
	BIO *file = BIO_new_file(path, "rb");
	int why = errno, good;
	X509 *certificate;

	if (!file) {
		ERR_clear_error();
		return sentence_set(error, -why, "%s: %s", path, strerror(why));
	}
	certificate = read_certificate(file);
	BIO_free(file);
	good = certificate &&
	       X509_digest(certificate, EVP_sha256(), digest, NULL);
	X509_free(certificate);
	return good ? 0 :
		      sentence_set(
			      error, -EINVAL,
			      "%s: it is no certificate, neither DER nor PEM",
			      path);
}
