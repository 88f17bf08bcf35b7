/* SPDX-License-Identifier: GPL-2.0-only */
/* All that can be said of an image without a carveout. */
#ifndef IMAGE_REPORT_H
#define IMAGE_REPORT_H

#include "image/file.h"
#include "image/signer.h"
#include "image/table.h"

#define IMAGE_PROBLEMS 8
#define IMAGE_PROBLEM_MAX 640

struct image_report {
	struct image_file file;
	bool placed;
	struct image_place place;
	/* Of a Qualcomm image whose hash segment could be read. */
	bool has_table;
	struct mbn mbn;
	struct table_result table;
	struct image_signer signers[MBN_SIGNERS];
	/* Each a reason why it is not to be loaded, or not to be trusted. */
	char problems[IMAGE_PROBLEMS][IMAGE_PROBLEM_MAX];
	size_t problem_count;
};

/* root: SHA-256 of the certificate's DER that each signature has to end in;
 * NULL: any.  -errno with a sentence: it cannot be read at all.  image_report_free() in any
 * case. */
int image_report_make(struct image_report *report, const char *path,
		      const uint8_t *root, struct sentence error);
void image_report_free(struct image_report *report);

/*
 * "verified": all that it says of itself holds; "unsigned": its table of digests
 * does, and nobody signed that; "plain": it says nothing; "bad": it is not to be
 * loaded, or not to be trusted.
 */
const char *image_report_verdict(const struct image_report *report);

#endif
