// SPDX-License-Identifier: GPL-2.0-only
#include "judge/signers.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "image/signer.h"

static bool is_named(const struct verify *verify, const uint8_t *root)
{
	for (unsigned int i = 0; i < verify->roots; i++)
		if (!memcmp(verify->root[i], root, VERIFY_ROOT_SIZE))
			return true;
	return !verify->roots;
}

static int check_one(const uint8_t *hash, const struct mbn *mbn, unsigned int i,
		     const struct verify *verify, struct sentence why)
{
	struct image_signer signer;
	char text[256] =
		"its chain does not end in a root that the stanza names";
	bool good = !image_signer_check(&signer, hash, mbn, i, verify->clock,
					SENTENCE(text)) &&
		    is_named(verify, signer.chain.root);

	chain_close(&signer.chain);
	return good ? 0 :
		      sentence_set(why, -EKEYREJECTED, "%s: %s",
				   image_signer_name(i), text);
}

int signers_check(const uint8_t *hash, const struct mbn *mbn,
		  const struct verify *verify, struct sentence why)
{
	bool any = false;

	for (unsigned int i = 0; i < MBN_SIGNERS; i++) {
		int rc;

		if (!mbn->signers[i].signature.size)
			continue;
		any = true;
		rc = check_one(hash, mbn, i, verify, why);
		if (rc)
			return rc;
	}
	if (verify->roots && !any)
		return sentence_set(
			why, -EKEYREJECTED,
			"nobody signed it, and the stanza names who has to");
	return 0;
}
