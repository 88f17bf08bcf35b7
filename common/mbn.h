/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Qualcomm's hash segment: digests of an image's segments, and who signed them.
 *
 *	header		40 octets (versions 3, 5, 7) or 48 (6), 32-bit words,
 *			little-endian in ELF64, too
 *	metadata	common (7), Qualcomm's (QTI's), the maker's (OEM's)
 *	table		a digest for each program header of the image
 *	QTI signature, QTI certificates; OEM signature, OEM certificates
 *
 * Only sizes are taken from the header: its pointers are wrong in each image of
 * version 6, and look right in some.  Certificates are DER, the leaf first, and
 * 0xff up to the area's end; behind it the segment may go on.
 *
 * As read from 109 images that Debian has, and not from a specification.
 * Freestanding, without allocation.
 */
#ifndef COMMON_MBN_H
#define COMMON_MBN_H

#include "image.h"

/* Real ones have 11472 octets at most. */
#define MBN_HASH_SEGMENT_MAX (64U << 10)
#define MBN_DIGEST_MAX 48

#define MBN_WRONGS(X)                                                           \
	X(MBN_CUT, "its hash segment is cut short")                             \
	X(MBN_VERSION,                                                          \
	  "its hash segment is of a version other than 3, 5, 6, 7")             \
	X(MBN_DIGESTS,                                                          \
	  "its table has no digest of 32 or 48 octets for each program header") \
	X(MBN_HALF,                                                             \
	  "its hash segment has a signature without certificates, or the reverse")

enum mbn_wrong {
	MBN_FINE,
#define MBN_WRONG_NAME(name, text) name,
	MBN_WRONGS(MBN_WRONG_NAME)
#undef MBN_WRONG_NAME
};

/* A part of the segment: octets from its beginning. */
struct mbn_part {
	uint32_t at, size;
};

struct mbn_signer {
	struct mbn_part metadata, signature, chain; /* size 0: there is none */
};

enum { MBN_OEM, MBN_QTI, MBN_SIGNERS };

struct mbn {
	unsigned int version;
	unsigned int digest_size; /* 32: SHA-256; 48: SHA-384 */
	struct mbn_part table;
	struct mbn_part common_metadata;
	struct mbn_signer signers[MBN_SIGNERS];
};

/* The whole segment, and how many program headers its image has. */
enum mbn_wrong mbn_parse(const uint8_t *bytes, size_t length,
			 unsigned int segments, struct mbn *mbn);

/* What a signer signs: [0, the table's end), in which where there are two the
 * other's sizes and metadata are zeros.  Makes it so, in a copy. */
uint32_t mbn_signed_size(const struct mbn *mbn);
void mbn_blank_other(const struct mbn *mbn, unsigned int signer, uint8_t *copy);

const char *mbn_wrong_text(enum mbn_wrong wrong);

#endif
