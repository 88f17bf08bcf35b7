/* SPDX-License-Identifier: GPL-2.0-only */
/* One of those who may have signed an image: signature and chain. */
#ifndef IMAGE_SIGNER_H
#define IMAGE_SIGNER_H

#include "image/chain.h"
#include "image/signature.h"

struct image_signer {
	bool there;
	struct signature signature;
	struct chain chain;
	bool good; /* both of them are */
};

/* hash: the hash segment.  Of one that is there.  clock: its certificates have
 * to be valid now.  0, or a negated errno with a sentence; chain_close() in any
 * case. */
int image_signer_check(struct image_signer *signer, const uint8_t *hash,
		       const struct mbn *mbn, unsigned int i, bool clock,
		       struct sentence why);

/* "the signature". */
const char *image_signer_name(unsigned int i);

#endif
