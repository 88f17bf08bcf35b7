// SPDX-License-Identifier: GPL-2.0-only
#include "cli/show_image.h"

#include <inttypes.h>

#include "base/hex.h"
#include "cli/text.h"
#include "control/fields.h"

/* ---- words for both ---- */

static const char *format_of(const struct image *image)
{
	if (!image->elf)
		return "raw";
	return image->hash == IMAGE_NO_SEGMENT ? "elf" : "mbn";
}

static const char *digest_of(const struct mbn *mbn)
{
	return mbn->digest_size == MBN_DIGEST_MAX ? "SHA-384" : "SHA-256";
}

static const char *signer_name(unsigned int i)
{
	return i == MBN_QTI ? "qti" : "oem";
}

static const char *segment_use(const struct image *image, unsigned int i)
{
	const struct image_segment *s = &image->segments[i];

	if (i == image->hash)
		return "hash";
	if (!image_is_loaded(s))
		return "not loaded";
	return s->file_size ? "content" : "zeros";
}

struct hex {
	char text[2 * SHA256_SIZE + 1];
};

static struct hex root_of(const struct chain *chain)
{
	struct hex hex;

	hex_write(hex.text, chain->root, SHA256_SIZE);
	return hex;
}

/* ---- text ---- */

static void show_head(const struct image_report *report, FILE *to)
{
	const struct image *image = &report->file.image;
	char size[TEXT_BYTES_MAX];

	fprintf(to, "%s: ", report->file.path);
	if (!image->elf)
		fprintf(to, "raw");
	else
		fprintf(to, "ELF, %d bits%s", image->wide ? 64 : 32,
			image->big_endian ? ", big-endian" : "");
	if (report->has_table)
		fprintf(to, ", Qualcomm's header of version %u",
			report->mbn.version);
	fprintf(to, ", %s%s\n", text_bytes(report->file.size, size),
		report->file.split ? ", its segments in files beside it" : "");
}

static void show_place(const struct image_report *report, FILE *to)
{
	char size[TEXT_BYTES_MAX], content[TEXT_BYTES_MAX];

	if (!report->placed)
		return;
	fprintf(to, "  %-9s %s, %s of them from the file", "takes",
		text_bytes(report->place.size, size),
		text_bytes(report->place.from_file, content));
	if (report->file.image.elf)
		fprintf(to, "; linked at 0x%" PRIx64 ", entry 0x%" PRIx64,
			report->place.base, report->file.image.entry);
	fprintf(to, "\n");
}

static void show_segment(const struct image_report *report, unsigned int i,
			 FILE *to)
{
	const struct image_segment *s = &report->file.image.segments[i];

	fprintf(to, "  %7u  0x%-9" PRIx64 " 0x%-9" PRIx64 " ", i, s->offset,
		s->file_size);
	if (report->placed && image_is_loaded(s))
		fprintf(to, "0x%-9" PRIx64 " ",
			s->address - report->place.base);
	else
		fprintf(to, "%-11s ", "-");
	fprintf(to, "0x%-9" PRIx64 " %s\n", s->memory_size,
		segment_use(&report->file.image, i));
}

static void show_segments(const struct image_report *report, FILE *to)
{
	if (!report->file.image.count)
		return;
	fprintf(to, "  %s  %-11s %-11s %-11s %-11s %s\n", "segment", "offset",
		"octets", "place", "takes", "use");
	for (unsigned int i = 0; i < report->file.image.count; i++)
		show_segment(report, i, to);
}

static void show_table(const struct image_report *report, FILE *to)
{
	if (!report->has_table)
		return;
	fprintf(to, "  %-9s %s of %u segments: ", "digests",
		digest_of(&report->mbn), report->file.image.count);
	if (report->table.differ)
		fprintf(to, "%u differ\n", report->table.differ);
	else
		fprintf(to, "all match\n");
}

static void show_chain(const struct chain *chain, FILE *to)
{
	for (unsigned int i = 0; i < chain->count; i++) {
		const struct chain_link *link = &chain->links[i];

		fprintf(to, "  %-9s %s, %s, %.10s to %.10s%s\n",
			i ? "" : "chain",
			*link->name ? link->name : "(no name)", link->key,
			link->from, link->until,
			link->expired ? " (expired)" : "");
	}
	if (chain->count)
		fprintf(to, "  %-9s sha256:%s\n", "root", root_of(chain).text);
}

static void show_signers(const struct image_report *report, FILE *to)
{
	for (unsigned int i = 0; i < MBN_SIGNERS; i++) {
		const struct image_signer *signer = &report->signers[i];

		if (!signer->there)
			continue;
		fprintf(to, "  %-9s %s%s%s%s\n", "signed",
			signature_form_text(signer->signature.form),
			signer->signature.digest ? ", " : "",
			signer->signature.digest ? signer->signature.digest :
						   "",
			signer->good ? ": it verifies" : "");
		show_chain(&signer->chain, to);
	}
}

void show_image(const struct image_report *report, FILE *to)
{
	show_head(report, to);
	show_place(report, to);
	show_segments(report, to);
	show_table(report, to);
	show_signers(report, to);
	for (size_t i = 0; i < report->problem_count; i++)
		fprintf(to, "  %-9s %s\n", "PROBLEM", report->problems[i]);
	fprintf(to, "  %-9s %s\n", "verdict", image_report_verdict(report));
}

/* ---- JSON ---- */

static struct json_object *json_segment(const struct image_report *report,
					unsigned int i)
{
	const struct image_segment *s = &report->file.image.segments[i];
	struct json_object *json = json_object_new_object();

	field_number(json, "type", s->type);
	field_number(json, "flags", s->flags);
	field_number(json, "offset", s->offset);
	field_number(json, "file_size", s->file_size);
	field_number(json, "address", s->address);
	field_number(json, "memory_size", s->memory_size);
	field_string(json, "use", segment_use(&report->file.image, i));
	if (report->placed && image_is_loaded(s))
		field_number(json, "place", s->address - report->place.base);
	return json;
}

static struct json_object *json_segments(const struct image_report *report)
{
	struct json_object *json = json_object_new_array();

	for (unsigned int i = 0; i < report->file.image.count; i++)
		json_object_array_add(json, json_segment(report, i));
	return json;
}

static struct json_object *json_chain(const struct chain *chain)
{
	struct json_object *json = json_object_new_array();

	for (unsigned int i = 0; i < chain->count; i++) {
		const struct chain_link *link = &chain->links[i];
		struct json_object *one = json_object_new_object();

		field_string(one, "subject", link->subject);
		field_string(one, "key", link->key);
		field_string(one, "from", link->from);
		field_string(one, "until", link->until);
		field_bool(one, "expired", link->expired);
		json_object_array_add(json, one);
	}
	return json;
}

static struct json_object *json_signers(const struct image_report *report)
{
	struct json_object *json = json_object_new_array();

	for (unsigned int i = 0; i < MBN_SIGNERS; i++) {
		const struct image_signer *signer = &report->signers[i];
		struct json_object *one;

		if (!signer->there)
			continue;
		one = json_object_new_object();
		field_string(one, "who", signer_name(i));
		field_string(one, "form",
			     signature_form_text(signer->signature.form));
		field_string(one, "digest", signer->signature.digest);
		field_bool(one, "good", signer->good);
		json_object_object_add(one, "chain",
				       json_chain(&signer->chain));
		if (signer->chain.count)
			field_string(one, "root_sha256",
				     root_of(&signer->chain).text);
		json_object_array_add(json, one);
	}
	return json;
}

static struct json_object *json_table(const struct image_report *report)
{
	struct json_object *json;

	if (!report->has_table)
		return NULL;
	json = json_object_new_object();
	field_number(json, "version", report->mbn.version);
	field_string(json, "digest", digest_of(&report->mbn));
	field_number(json, "match", report->table.match);
	field_number(json, "differ", report->table.differ);
	return json;
}

static void put_elf(struct json_object *json, const struct image *image)
{
	field_number(json, "bits", image->wide ? 64 : 32);
	field_bool(json, "big_endian", image->big_endian);
	field_number(json, "machine", image->machine);
	field_number(json, "entry", image->entry);
}

struct json_object *json_image(const struct image_report *report)
{
	struct json_object *json = json_object_new_object();
	struct json_object *problems = json_object_new_array();

	field_string(json, "file", report->file.path);
	field_string(json, "format", format_of(&report->file.image));
	field_bool(json, "split", report->file.split);
	field_number(json, "file_size", report->file.size);
	if (report->file.image.elf)
		put_elf(json, &report->file.image);
	if (report->placed) {
		field_number(json, "base", report->place.base);
		field_number(json, "size", report->place.size);
		field_number(json, "from_file", report->place.from_file);
	}
	json_object_object_add(json, "segments", json_segments(report));
	json_object_object_add(json, "table", json_table(report));
	json_object_object_add(json, "signers", json_signers(report));
	for (size_t i = 0; i < report->problem_count; i++)
		json_object_array_add(
			problems, json_object_new_string(report->problems[i]));
	json_object_object_add(json, "problems", problems);
	field_string(json, "verdict", image_report_verdict(report));
	return json;
}

struct json_object *json_image_unread(const char *path, int error,
				      const char *why)
{
	struct json_object *json = json_object_new_object();

	field_string(json, "file", path);
	field_number(json, "errno", (uint64_t)error);
	field_string(json, "error", why);
	return json;
}
