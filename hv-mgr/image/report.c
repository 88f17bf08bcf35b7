// SPDX-License-Identifier: GPL-2.0-only
#include "image/report.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Where the next problem's sentence goes; it counts once it is kept. */
static struct sentence next(struct image_report *report)
{
	size_t at = report->problem_count < IMAGE_PROBLEMS ?
			    report->problem_count :
			    IMAGE_PROBLEMS - 1;

	return SENTENCE(report->problems[at]);
}

static void keep(struct image_report *report)
{
	if (report->problem_count < IMAGE_PROBLEMS)
		report->problem_count++;
}

static void note_fault(struct image_report *report, struct image_fault fault)
{
	image_fault_tell(fault, "", 0, next(report));
	keep(report);
}

static void place(struct image_report *report)
{
	struct image_fault fault;

	if (!report->file.image.elf) {
		report->place.size = report->place.from_file =
			report->file.size;
		report->placed = true;
		return;
	}
	fault = image_place(&report->file.image, &report->place);
	report->placed = !fault.wrong;
	if (fault.wrong)
		note_fault(report, fault);
}

static void look_at_signers(struct image_report *report, const uint8_t *hash)
{
	char text[IMAGE_PROBLEM_MAX - 40] = "";

	for (unsigned int i = 0; i < MBN_SIGNERS; i++) {
		struct image_signer *signer = &report->signers[i];

		if (!report->mbn.signers[i].signature.size ||
		    !image_signer_check(signer, hash, &report->mbn, i, false,
					SENTENCE(text)))
			continue;
		sentence_set(next(report), 0, "%s: %s", image_signer_name(i),
			     text);
		keep(report);
	}
}

static void look_at_table(struct image_report *report, const uint8_t *hash)
{
	if (table_check(&report->file, hash, &report->mbn, &report->table,
			next(report))) {
		keep(report);
		return;
	}
	if (!report->table.differ)
		return;
	sentence_set(
		next(report), 0,
		"%u of %u segments differ from the table's digests, the first is segment %u",
		report->table.differ, report->file.image.count,
		report->table.first);
	keep(report);
}

static void look_at_hashes(struct image_report *report)
{
	enum mbn_wrong wrong;
	uint8_t *hash;
	size_t length;

	if (image_file_hash(&report->file, &hash, &length, next(report))) {
		keep(report);
		return;
	}
	wrong = mbn_parse(hash, length, report->file.image.count, &report->mbn);
	if (wrong) {
		sentence_set(next(report), 0, "%s", mbn_wrong_text(wrong));
		keep(report);
	} else {
		report->has_table = true;
		look_at_table(report, hash);
		look_at_signers(report, hash);
	}
	free(hash);
}

static void look_at_root(struct image_report *report, const uint8_t *root)
{
	bool any = false;

	for (unsigned int i = 0; i < MBN_SIGNERS; i++) {
		const struct image_signer *signer = &report->signers[i];

		any |= signer->there;
		if (!signer->good ||
		    !memcmp(signer->chain.root, root, SHA256_SIZE))
			continue;
		sentence_set(
			next(report), 0,
			"%s: its chain does not end in the root that was named",
			image_signer_name(i));
		keep(report);
	}
	if (any)
		return;
	sentence_set(next(report), 0, "nobody signed it, and a root was named");
	keep(report);
}

int image_report_make(struct image_report *report, const char *path,
		      const uint8_t *root, struct sentence error)
{
	int rc;

	memset(report, 0, sizeof(*report));
	rc = image_file_open(&report->file, path, error);
	if (rc)
		return rc;
	if (report->file.fault.wrong) {
		note_fault(report, report->file.fault);
		return 0;
	}
	place(report);
	if (report->file.image.hash != IMAGE_NO_SEGMENT)
		look_at_hashes(report);
	if (root)
		look_at_root(report, root);
	return 0;
}

void image_report_free(struct image_report *report)
{
	for (unsigned int i = 0; i < MBN_SIGNERS; i++)
		chain_close(&report->signers[i].chain);
	image_file_close(&report->file);
}

const char *image_report_verdict(const struct image_report *report)
{
	if (report->problem_count)
		return "bad";
	if (!report->has_table)
		return "plain";
	for (unsigned int i = 0; i < MBN_SIGNERS; i++)
		if (report->signers[i].there)
			return "verified";
	return "unsigned";
}
