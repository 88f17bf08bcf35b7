// SPDX-License-Identifier: GPL-2.0-only
#include "signed_image.h"

#include <elf.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "carveoutif.h"

#define SEGMENTS 4
#define DIGEST 48
#define BASE 0x80000000U
#define KIND(n) ((Elf64_Word)(n) << 24) /* of a segment, as Qualcomm has it */

struct hash_header {
	uint32_t zero, version, common, qti_metadata, metadata, table,
		qti_signature, qti_chain, signature, chain;
};

struct headers {
	Elf64_Ehdr elf;
	Elf64_Phdr segments[SEGMENTS];
};

static void need(int is)
{
	if (!is) {
		fprintf(stderr, "signed_image: OpenSSL fails\n");
		abort();
	}
}

/* ---- the image ---- */

static const struct {
	uint64_t at, size;
} places[] = { { 0, 5000 }, { 2 * 4096, SIGNED_IMAGE_SIZE - 2 * 4096 } };

static struct headers make_headers(void)
{
	struct headers headers = {
		.elf = {
			.e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3,
				     ELFCLASS64, ELFDATA2LSB, EV_CURRENT },
			.e_type = ET_EXEC,
			.e_phoff = sizeof(Elf64_Ehdr),
			.e_phentsize = sizeof(Elf64_Phdr),
			.e_phnum = SEGMENTS,
			.e_entry = BASE,
		},
		.segments = {
			{ .p_flags = KIND(7), .p_filesz = sizeof(headers) },
			{ .p_flags = KIND(2), .p_offset = 4096,
			  .p_filesz = 4096 },
		},
	};

	for (int i = 0; i < 2; i++)
		headers.segments[2 + i] = (Elf64_Phdr){
			.p_type = PT_LOAD,
			.p_offset = 8192 + places[i].at,
			.p_paddr = BASE + places[i].at,
			.p_filesz = places[i].size,
			.p_memsz = places[i].size,
		};
	return headers;
}

static void make_content(struct signed_image *image)
{
	memset(image->content, 0, sizeof(image->content));
	for (int i = 0; i < 2; i++)
		for (uint64_t at = 0; at < places[i].size; at++)
			image->content[places[i].at + at] =
				(uint8_t)(at * 31 + (unsigned int)i + at / 255);
}

static void digest(const void *bytes, size_t length, uint8_t *to)
{
	need(EVP_Digest(bytes, length, to, NULL, EVP_sha384(), NULL));
}

/* ---- its signature ---- */

static void allow_to_certify(X509 *root)
{
	X509_EXTENSION *is = X509V3_EXT_conf_nid(
		NULL, NULL, NID_basic_constraints, "critical,CA:TRUE");

	need(is && X509_add_ext(root, is, -1));
	X509_EXTENSION_free(is);
}

static X509 *certify(EVP_PKEY *key, const char *name, long from, X509 *issuer,
		     EVP_PKEY *with)
{
	X509 *made = X509_new();
	X509_NAME *subject = X509_NAME_new();

	need(made && subject &&
	     X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
					(const unsigned char *)name, -1, -1,
					0));
	need(X509_set_version(made, X509_VERSION_3) &&
	     ASN1_INTEGER_set(X509_get_serialNumber(made), issuer ? 2 : 1) &&
	     X509_gmtime_adj(X509_getm_notBefore(made), from) &&
	     X509_gmtime_adj(X509_getm_notAfter(made), from + 3600) &&
	     X509_set_pubkey(made, key) &&
	     X509_set_subject_name(made, subject) &&
	     X509_set_issuer_name(made, issuer ? X509_get_subject_name(issuer) :
						 subject));
	if (!issuer)
		allow_to_certify(made);
	need(X509_sign(made, with, EVP_sha384()));
	X509_NAME_free(subject);
	return made;
}

static size_t put_certificate(X509 *certificate, uint8_t *to)
{
	int length = i2d_X509(certificate, &to);

	need(length > 0);
	return (size_t)length;
}

static size_t put_signature(EVP_PKEY *key, const uint8_t *bytes, size_t length,
			    uint8_t *to, size_t room)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();

	need(context &&
	     EVP_DigestSignInit(context, NULL, EVP_sha384(), NULL, key) == 1 &&
	     EVP_DigestSign(context, to, &room, bytes, length) == 1);
	EVP_MD_CTX_free(context);
	return room;
}

/* ---- the hash segment ---- */

#define SIGNATURE_ROOM 104

static void put_table(const struct signed_image *image,
		      const struct headers *headers, uint8_t *table)
{
	memset(table, 0, SEGMENTS * DIGEST);
	digest(headers, sizeof(*headers), table);
	for (int i = 0; i < 2; i++)
		digest(image->content + places[i].at, places[i].size,
		       table + (2 + i) * DIGEST);
}

/* Behind the table, which ends at `length`: what was put there. */
static size_t sign(struct signed_image *image, uint8_t *hash, size_t length,
		   long from)
{
	struct hash_header *header = (struct hash_header *)hash;
	EVP_PKEY *root_key = EVP_EC_gen("P-384"), *key = EVP_EC_gen("P-384");
	X509 *root = certify(root_key, "root", from, NULL, root_key);
	X509 *leaf = certify(key, "leaf", from, root, root_key);
	uint8_t *at = hash + length, *chain = at + SIGNATURE_ROOM;
	size_t leaf_size = put_certificate(leaf, chain);
	size_t root_size = put_certificate(root, chain + leaf_size);

	need(EVP_Digest(chain + leaf_size, root_size, image->root, NULL,
			EVP_sha256(), NULL));
	header->signature = SIGNATURE_ROOM;
	header->chain = (uint32_t)(leaf_size + root_size);
	put_signature(key, hash, length, at, SIGNATURE_ROOM);
	X509_free(leaf);
	X509_free(root);
	EVP_PKEY_free(key);
	EVP_PKEY_free(root_key);
	return SIGNATURE_ROOM + leaf_size + root_size;
}

static void make(struct signed_image *image, bool is_signed, long from)
{
	const struct headers headers = make_headers();
	struct carveoutif_evidence sizes = { .headers = sizeof(headers) };
	struct hash_header header = { .version = 7,
				      .table = SEGMENTS * DIGEST };
	uint8_t *hash = image->evidence + sizeof(sizes) + sizeof(headers);

	memset(image->evidence, 0, sizeof(image->evidence));
	make_content(image);
	memcpy(hash, &header, sizeof(header));
	put_table(image, &headers, hash + sizeof(header));
	sizes.hashes = sizeof(header) + header.table;
	if (is_signed)
		sizes.hashes += (uint32_t)sign(image, hash, sizes.hashes, from);
	memcpy(image->evidence, &sizes, sizeof(sizes));
	memcpy(image->evidence + sizeof(sizes), &headers, sizeof(headers));
	image->header_size = sizeof(headers);
	image->evidence_size = sizeof(sizes) + sizeof(headers) + sizes.hashes;
}

void signed_image_make(struct signed_image *image, long valid_from)
{
	make(image, true, valid_from);
}

void signed_image_make_unsigned(struct signed_image *image)
{
	make(image, false, 0);
}
