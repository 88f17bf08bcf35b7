// SPDX-License-Identifier: GPL-2.0-only
/*
 * Evidence that may be anything: nothing but it is read, what its headers place
 * is never more than they say, and content of zeros is that of no image that has
 * a digest for each of its bytes.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "judge/content.h"
#include "judge/signers.h"

/* Content that is looked at; a place may be larger. */
#define SEEN (1U << 20)

static void judge_content(const struct evidence *evidence, struct sentence why)
{
	static const uint8_t zeros[SEEN];
	uint64_t size = evidence->plan.place.size;
	struct content_check check;
	int rc = content_begin(&check, evidence, size, why);

	if (!rc) {
		content_see(&check, zeros, size < SEEN ? size : SEEN);
		require(check.at == (size < SEEN ? size : SEEN));
		rc = content_decide(&check, why);
	}
	require(!rc || (rc == -EKEYREJECTED && *why.text));
	content_end(&check);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct evidence evidence;
	struct verify verify = { .kind = VERIFY_MBN };
	uint8_t *copy = malloc(size ? size : 1);
	char why[256] = "";
	int rc;

	memcpy(copy, data, size);
	rc = evidence_read(copy, size, &evidence, SENTENCE(why));
	require(!rc || (rc == -EKEYREJECTED && *why));
	if (!rc) {
		judge_content(&evidence, SENTENCE(why));
		signers_check(evidence.hash, &evidence.mbn, &verify,
			      SENTENCE(why));
		verify.roots = 1;
		rc = signers_check(evidence.hash, &evidence.mbn, &verify,
				   SENTENCE(why));
		require(rc == -EKEYREJECTED && *why);
	}
	free(copy);
	return 0;
}
