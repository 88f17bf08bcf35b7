/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What comes with a seal, so that content can be judged that is placed and has
 * lost its headers: CARVEOUTIF_EVIDENCE_MAX octets at most, of a Qualcomm image
 * the headers as they are at the beginning of the file, and its hash segment
 * (struct carveoutif_evidence).  All of it may lie.
 */
#ifndef JUDGE_EVIDENCE_H
#define JUDGE_EVIDENCE_H

#include "config/sentence.h"
#include "image_plan.h"
#include "mbn.h"

struct evidence {
	const uint8_t *headers, *hash; /* in the bytes that were read */
	size_t header_size, hash_size;
	struct image image;
	struct image_plan plan;
	struct mbn mbn;
};

/*
 * The bytes stay the caller's, and are needed for as long as the evidence is.
 * -EKEYREJECTED with a sentence: it is none of a Qualcomm image.
 */
int evidence_read(const uint8_t *bytes, size_t length,
		  struct evidence *evidence, struct sentence why);

#endif
