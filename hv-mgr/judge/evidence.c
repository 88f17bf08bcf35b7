// SPDX-License-Identifier: GPL-2.0-only
#include "judge/evidence.h"

#include <errno.h>
#include <string.h>

#include "carveoutif.h"
#include "image/file.h"

_Static_assert(sizeof(struct carveoutif_evidence) + IMAGE_HEADERS_MAX +
			       MBN_HASH_SEGMENT_MAX <=
		       CARVEOUTIF_EVIDENCE_MAX,
	       "all that can be judged can be sent");

static int reject(struct sentence why, const char *text)
{
	return sentence_set(why, -EKEYREJECTED, "%s", text);
}

/* Both parts have the sizes that are said, and there is no more. */
static int split(const uint8_t *bytes, size_t length, struct evidence *evidence,
		 struct sentence why)
{
	struct carveoutif_evidence sizes;

	if (!length)
		return reject(
			why,
			"no headers came with it: load the image by its headers, not as a stream");
	if (length < sizeof(sizes))
		return reject(why, "what came with its seal is cut short");
	memcpy(&sizes, bytes, sizeof(sizes));
	if (sizes.headers > IMAGE_HEADERS_MAX ||
	    sizes.hashes > MBN_HASH_SEGMENT_MAX ||
	    sizeof(sizes) + sizes.headers + sizes.hashes != length)
		return reject(
			why,
			"what came with its seal has not the sizes it says");
	evidence->headers = bytes + sizeof(sizes);
	evidence->header_size = sizes.headers;
	evidence->hash = evidence->headers + sizes.headers;
	evidence->hash_size = sizes.hashes;
	return 0;
}

int evidence_read(const uint8_t *bytes, size_t length,
		  struct evidence *evidence, struct sentence why)
{
	struct image_fault fault;
	enum mbn_wrong wrong;
	int rc = split(bytes, length, evidence, why);

	if (rc)
		return rc;
	fault = image_parse(evidence->headers, evidence->header_size,
			    &evidence->image);
	if (!fault.wrong && !evidence->image.elf)
		return reject(why, "it is no ELF image");
	if (!fault.wrong)
		fault = image_plan_make(&evidence->image, &evidence->plan);
	if (fault.wrong)
		return image_fault_tell(fault, "", -EKEYREJECTED, why);
	if (evidence->image.hash == IMAGE_NO_SEGMENT)
		return reject(why, "it has no hash segment of Qualcomm's");
	wrong = mbn_parse(evidence->hash, evidence->hash_size,
			  evidence->image.count, &evidence->mbn);
	return wrong ? reject(why, mbn_wrong_text(wrong)) : 0;
}
