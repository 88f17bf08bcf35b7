/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Is content what its evidence says?  It is seen once, in order: each segment's
 * bytes against the table of digests, and zeros everywhere else.
 */
#ifndef JUDGE_CONTENT_H
#define JUDGE_CONTENT_H

#include <openssl/evp.h>
#include <stdbool.h>

#include "judge/evidence.h"

struct content_check {
	const struct evidence *evidence;
	EVP_MD_CTX *digest; /* of the segment that is being seen */
	uint64_t at;
	bool failed;		/* OpenSSL did */
	bool filled;		/* something is not zero that should be */
	unsigned int different; /* a segment, or IMAGE_NO_SEGMENT */
};

/*
 * The evidence stays the caller's.  length: of the content.  -EKEYREJECTED with
 * a sentence: it cannot be of that image; -ENOMEM.  content_end() in any case.
 */
int content_begin(struct content_check *check, const struct evidence *evidence,
		  uint64_t length, struct sentence why);
void content_see(struct content_check *check, const uint8_t *bytes,
		 size_t length);
/* 0, or -EKEYREJECTED with a sentence. */
int content_decide(const struct content_check *check, struct sentence why);
void content_end(struct content_check *check);

#endif
