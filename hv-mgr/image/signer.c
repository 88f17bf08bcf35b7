// SPDX-License-Identifier: GPL-2.0-only
#include "image/signer.h"

const char *image_signer_name(unsigned int i)
{
	return i == MBN_QTI ? "Qualcomm's signature" : "the signature";
}

static int check(struct image_signer *signer, const uint8_t *hash,
		 const struct mbn *mbn, unsigned int i, bool clock,
		 struct sentence why)
{
	X509 *leaf = signer->chain.certificates[0];
	int rc;

	signer->signature = signature_of(leaf);
	rc = signature_check(&signer->signature, hash, mbn, i, leaf, why);
	return rc ? rc : chain_check(&signer->chain, clock, why);
}

int image_signer_check(struct image_signer *signer, const uint8_t *hash,
		       const struct mbn *mbn, unsigned int i, bool clock,
		       struct sentence why)
{
	const struct mbn_part *chain = &mbn->signers[i].chain;
	int rc = chain_open(&signer->chain, hash + chain->at, chain->size, why);

	signer->there = true;
	if (!rc)
		rc = check(signer, hash, mbn, i, clock, why);
	signer->good = !rc;
	return rc;
}
