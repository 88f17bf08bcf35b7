// SPDX-License-Identifier: GPL-2.0-only
#include "cli/show.h"

#include <inttypes.h>
#include <string.h>

#include "carveoutif.h"
#include "cli/reply.h"
#include "cli/text.h"
#include "image_format.h"
#include "state.h"

static const char *or_dash(const char *text)
{
	return text ? text : "-";
}

const char *show_state_name(struct json_object *carveout)
{
	const char *verdict = reply_string(carveout, "verdict");

	if (!verdict)
		return or_dash(reply_string(carveout, "state"));
	return strcmp(verdict, "verified") ? SHOW_REJECTED : SHOW_VERIFIED;
}

struct show_advance show_advance(struct json_object *carveout)
{
	const char *work = reply_string(carveout, "work");
	const char *state = or_dash(reply_string(carveout, "state"));
	struct show_advance advance = { 0 };

	if (work) {
		advance.what = work;
		advance.position = reply_number(carveout, "position");
		advance.end = reply_number(carveout, "end");
	} else if (!strcmp(state, carveout_state_name(CARVEOUT_LOADING))) {
		advance.what = "load";
		advance.position = reply_number(carveout, "written");
		advance.end = reply_number(carveout, "expected_size");
		if (!advance.end)
			advance.end = reply_number(carveout, "size");
	}
	return advance;
}

static const char *driver(struct json_object *carveout)
{
	return reply_bool(carveout, "connected") ? "connected" : "-";
}

void show_list(struct json_object *reply, FILE *to)
{
	char size[TEXT_BYTES_MAX], written[TEXT_BYTES_MAX];

	fprintf(to, "%-24s %5s %-16s %-8s %8s %8s %-9s %s\n", "Domain", "ID",
		"Carveout", "State", "Size", "Written", "Driver", "Address");
	for (size_t i = 0; i < reply_count(reply); i++) {
		struct json_object *c = reply_carveout(reply, i);

		fprintf(to,
			"%-24s %5" PRIu64 " %-16s %-8s %8s %8s %-9s 0x%" PRIx64
			"\n",
			or_dash(reply_string(c, "domain")),
			reply_number(c, "domid"),
			or_dash(reply_string(c, "name")), show_state_name(c),
			text_bytes(reply_number(c, "size"), size),
			text_bytes(reply_number(c, "written"), written),
			driver(c), reply_number(c, "base"));
	}
}

static void label(FILE *to, const char *text)
{
	fprintf(to, "  %-14s ", text);
}

static void show_state(struct json_object *c, FILE *to)
{
	const char *writer = reply_string(c, "writer");
	struct show_advance advance = show_advance(c);

	label(to, "state");
	fputs(show_state_name(c), to);
	if (writer)
		fprintf(to, ", written by %s", writer);
	fputc('\n', to);
	if (!advance.what)
		return;
	label(to, advance.what);
	text_bar(to, advance.position, advance.end);
	fputc('\n', to);
}

static void show_content(struct json_object *c, FILE *to)
{
	const char *digest = reply_string(c, CARVEOUTIF_DIGEST);
	const char *format = reply_string(c, "format");
	uint64_t expected = reply_number(c, "expected_size");

	if (digest) {
		label(to, "sealed");
		fprintf(to, "%" PRIu64 " bytes\n", reply_number(c, "length"));
		label(to, CARVEOUTIF_DIGEST);
		fprintf(to, "%s\n", digest);
	} else {
		label(to, "written");
		fprintf(to, "%" PRIu64 " bytes\n", reply_number(c, "written"));
	}
	if (expected) {
		label(to, "expected");
		fprintf(to, "%" PRIu64 " bytes\n", expected);
	}
	if (format && strcmp(format, image_format_name(IMAGE_AUTO))) {
		label(to, "format");
		fprintf(to, "%s\n", format);
	}
}

static void show_verify(struct json_object *c, FILE *to)
{
	const char *verify = reply_string(c, "verify");
	uint64_t roots = reply_number(c, "roots");

	if (!verify || !strcmp(verify, "none"))
		return;
	label(to, "verify");
	fputs(verify, to);
	if (roots)
		fprintf(to, ", %" PRIu64 " root%s", roots,
			roots > 1 ? "s" : "");
	else if (!strcmp(verify, "mbn"))
		fputs(", no root: integrity only", to);
	fputc('\n', to);
}

static void show_backing(struct json_object *c, FILE *to)
{
	const char *pool = reply_string(c, "pool");

	label(to, "backing");
	fputs(or_dash(reply_string(c, "backing")), to);
	if (pool)
		fprintf(to, " %s, host address 0x%" PRIx64 "\n", pool,
			reply_number(c, "address"));
	else
		fprintf(to, ", domain %" PRIu64 "\n", reply_number(c, "vault"));
}

static void show_place(struct json_object *c, FILE *to)
{
	uint64_t base = reply_number(c, "base");
	uint64_t size = reply_number(c, "size");
	char text[TEXT_BYTES_MAX];

	label(to, "address");
	fprintf(to, "0x%" PRIx64 " to 0x%" PRIx64 ", %s\n", base,
		base + (size ? size - 1 : 0), text_bytes(size, text));
	label(to, "windows");
	fprintf(to, "%" PRIu64 " open, at most %" PRIu64 " of %s\n",
		reply_number(c, "windows_open"), reply_number(c, "windows"),
		text_bytes(reply_number(c, "window"), text));
	show_backing(c, to);
}

static void show_counters(struct json_object *c, FILE *to)
{
	struct json_object *counters;

	if (!json_object_object_get_ex(c, "counters", &counters) ||
	    !json_object_is_type(counters, json_type_object))
		return;
	json_object_object_foreach(counters, key, value)
	{
		label(to, "counter");
		fprintf(to, "%s %s\n", key, json_object_get_string(value));
	}
}

static void show_carveout(struct json_object *c, FILE *to)
{
	const char *error = reply_string(c, "error");

	fprintf(to, "%s of %s (domain %" PRIu64 ", device %" PRIu64 ")\n",
		or_dash(reply_string(c, "name")),
		or_dash(reply_string(c, "domain")), reply_number(c, "domid"),
		reply_number(c, "device"));
	show_state(c, to);
	if (error) {
		label(to, "error");
		fprintf(to, "%s\n", error);
	}
	show_verify(c, to);
	show_content(c, to);
	show_place(c, to);
	label(to, "guest");
	fprintf(to, "driver %sconnected, reset when sealed %sallowed\n",
		reply_bool(c, "connected") ? "" : "not ",
		reply_bool(c, "guest_reset") ? "" : "not ");
	show_counters(c, to);
}

void show_status(struct json_object *reply, FILE *to)
{
	for (size_t i = 0; i < reply_count(reply); i++) {
		if (i)
			fputc('\n', to);
		show_carveout(reply_carveout(reply, i), to);
	}
}

void show_outcome(struct json_object *reply, FILE *to)
{
	for (size_t i = 0; i < reply_count(reply); i++) {
		struct json_object *c = reply_carveout(reply, i);
		const char *digest = reply_string(c, CARVEOUTIF_DIGEST);

		fprintf(to, "%s of %s: %s", or_dash(reply_string(c, "name")),
			or_dash(reply_string(c, "domain")), show_state_name(c));
		if (digest)
			fprintf(to,
				", %" PRIu64 " bytes, " CARVEOUTIF_DIGEST " %s",
				reply_number(c, "length"), digest);
		fputc('\n', to);
	}
}
