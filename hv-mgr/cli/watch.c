// SPDX-License-Identifier: GPL-2.0-only
/*
 * Asks four times a second.  What was seen of each carveout is kept in a JSON
 * object by UUID and name, to tell what changed and how fast.
 */
#include "carveoutif.h"
#include "base/clock.h"
#include "cli/watch.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/interrupt.h"
#include "cli/reply.h"
#include "cli/show.h"
#include "cli/text.h"
#include "state.h"

#define INTERVAL_MS 250
#define SHARE 4		 /* of a daemon's time: a fourth at most */
#define RESTART_MS 30000 /* an upgrade restarts the daemon */

struct watch {
	struct cli *cli;
	const char *domain, *name, *until;
	bool in_place;		  /* on a terminal */
	size_t lines;		  /* that the last look left on it */
	struct json_object *seen; /* as of the last look, by key_of() */
	char *printed;		  /* --json: what was printed last */
	bool any;		  /* there was a carveout */
	bool answered;		  /* by a daemon, once */
	uint64_t took;		  /* ms: its last answer */
};

static const char *text_of(const char *text)
{
	return text ? text : "-";
}

static char *key_of(struct json_object *c)
{
	char *key;

	if (asprintf(&key, "%s/%s", text_of(reply_string(c, "uuid")),
		     text_of(reply_string(c, "name"))) < 0)
		return NULL;
	return key;
}

/* Bytes a second: half of what it was, half of what it is now. */
static uint64_t rate_of(struct json_object *before,
			const struct show_advance *advance, uint64_t now)
{
	uint64_t ms = now - reply_number(before, "ms");
	uint64_t from = reply_number(before, "position");
	const char *what = reply_string(before, "what");

	if (!what || !advance->what || strcmp(what, advance->what) ||
	    advance->position < from || !ms)
		return 0;
	return (reply_number(before, "rate") +
		(advance->position - from) * 1000 / ms) /
	       2;
}

/* The line, without the speed, which alone is no change worth a line. */
static char *line_of(struct json_object *c, const struct show_advance *advance)
{
	char *line = NULL;
	size_t length;
	FILE *to = open_memstream(&line, &length);
	const char *error = reply_string(c, "error");

	if (!to)
		return NULL;
	fprintf(to, "%s %s  %-8s", text_of(reply_string(c, "domain")),
		text_of(reply_string(c, "name")), show_state_name(c));
	if (advance->what) {
		fprintf(to, " %-7s ", advance->what);
		text_bar(to, advance->position, advance->end);
	} else if (reply_string(c, CARVEOUTIF_DIGEST)) {
		fprintf(to, " %" PRIu64 " bytes, " CARVEOUTIF_DIGEST " %s",
			reply_number(c, "length"),
			reply_string(c, CARVEOUTIF_DIGEST));
	} else if (error) {
		fprintf(to, " %s", error);
	}
	fclose(to);
	return line;
}

static struct json_object *note(struct json_object *c, const char *line,
				const struct show_advance *advance,
				uint64_t rate, uint64_t now)
{
	struct json_object *note = json_object_new_object();
	const char *state = text_of(reply_string(c, "state"));

	json_object_object_add(note, "line", json_object_new_string(line));
	json_object_object_add(note, "state", json_object_new_string(state));
	json_object_object_add(note, "ms", json_object_new_uint64(now));
	json_object_object_add(note, "rate", json_object_new_uint64(rate));
	json_object_object_add(note, "position",
			       json_object_new_uint64(advance->position));
	if (advance->what)
		json_object_object_add(note, "what",
				       json_object_new_string(advance->what));
	return note;
}

static void print_line(struct watch *watch, struct json_object *before,
		       const char *line, uint64_t rate)
{
	const char *was = reply_string(before, "line");
	char text[TEXT_BYTES_MAX];

	if (watch->cli->json)
		return;
	if (!watch->in_place && was && !strcmp(was, line))
		return;
	fputs(line, stdout);
	if (rate)
		printf("  %s/s", text_bytes(rate, text));
	fputc('\n', stdout);
	watch->lines++;
}

static void look_at(struct watch *watch, struct json_object *c,
		    struct json_object *seen)
{
	struct show_advance advance = show_advance(c);
	struct json_object *before = NULL;
	uint64_t now = clock_ms(), rate;
	char *key = key_of(c), *line = line_of(c, &advance);

	if (key && line) {
		json_object_object_get_ex(watch->seen, key, &before);
		rate = rate_of(before, &advance, now);
		print_line(watch, before, line, rate);
		json_object_object_add(seen, key,
				       note(c, line, &advance, rate, now));
	}
	free(key);
	free(line);
}

static bool newly_failed(struct watch *watch, struct json_object *seen)
{
	const char *failed = carveout_state_name(CARVEOUT_FAILED);

	json_object_object_foreach(seen, key, now)
	{
		struct json_object *before;
		const char *was, *is = reply_string(now, "state");

		if (!json_object_object_get_ex(watch->seen, key, &before))
			continue;
		was = reply_string(before, "state");
		if (was && is && strcmp(was, failed) && !strcmp(is, failed))
			return true;
	}
	return false;
}

/* What is VERIFIED is SEALED, too. */
static bool is_there(const struct watch *watch, struct json_object *c)
{
	return !strcmp(text_of(reply_string(c, "state")), watch->until) ||
	       !strcmp(show_state_name(c), watch->until);
}

static bool all_there(struct watch *watch, struct json_object *reply)
{
	size_t count = reply_count(reply), i = 0;

	for (; i < count; i++)
		if (!is_there(watch, reply_carveout(reply, i)))
			return false;
	return count > 0;
}

static void print_json(struct watch *watch, struct json_object *reply)
{
	const char *text = json_object_to_json_string_ext(
		reply, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);

	if (watch->printed && !strcmp(watch->printed, text))
		return;
	puts(text);
	free(watch->printed);
	watch->printed = strdup(text);
}

/* One screen, or the lines that changed. */
static struct json_object *show(struct watch *watch, struct json_object *reply)
{
	struct json_object *seen = json_object_new_object();

	if (watch->cli->json)
		print_json(watch, reply);
	if (watch->in_place && watch->lines)
		printf("\033[%zuA\033[J", watch->lines);
	watch->lines = 0;
	for (size_t i = 0; i < reply_count(reply); i++)
		look_at(watch, reply_carveout(reply, i), seen);
	fflush(stdout);
	return seen;
}

/* -1: go on.  Else an exit code. */
static int verdict(struct watch *watch, struct json_object *reply,
		   struct json_object *seen)
{
	const char *failed = carveout_state_name(CARVEOUT_FAILED);

	if (ferror(stdout))
		return CLI_FAILED;
	if (!watch->until)
		return -1;
	if (all_there(watch, reply))
		return CLI_OK;
	if (watch->any && !reply_count(reply))
		return cli_fail(watch->cli, CLI_NOT_FOUND, ENOENT,
				"no carveout is left to wait for");
	if (strcmp(watch->until, failed) && newly_failed(watch, seen))
		return cli_fail(watch->cli, CLI_FAILED, ECANCELED,
				"a load failed while waiting for %s",
				watch->until);
	return -1;
}

static bool is_gone(int rc)
{
	return rc == -EPIPE || rc == -ECONNREFUSED || rc == -ENOENT;
}

/* Of the next daemon, if the one that answered before is gone. */
static int ask(struct watch *watch, struct control_message *reply)
{
	CLEAN_JSON struct json_object *request =
		cli_request("status", watch->domain, watch->name);
	uint64_t begun = clock_ms();
	int rc;

	do {
		uint64_t asked = clock_ms();

		rc = cli_try(watch->cli, request, NULL, 0, reply);
		watch->took = clock_ms() - asked;
		if (!is_gone(rc) || !watch->answered)
			break;
		interrupt_sleep(INTERVAL_MS);
	} while (!interrupt_seen() && clock_ms() - begun < RESTART_MS);
	if (rc)
		return cli_fail_client(watch->cli, rc);
	watch->answered = true;
	return cli_check_reply(watch->cli, reply->json);
}

static int look(struct watch *watch)
{
	CLEAN_MESSAGE struct control_message reply = { 0 };
	struct json_object *seen;
	int rc = ask(watch, &reply);

	if (rc)
		return rc;
	seen = show(watch, reply.json);
	rc = verdict(watch, reply.json, seen);
	watch->any = watch->any || reply_count(reply.json);
	json_object_put(watch->seen);
	watch->seen = seen;
	return rc;
}

int watch(struct cli *cli, const char *domain, const char *name,
	  const char *until)
{
	struct watch watch = {
		.cli = cli,
		.domain = domain,
		.name = name,
		.until = until,
		.in_place = !cli->json && isatty(STDOUT_FILENO),
		.seen = json_object_new_object(),
	};
	int rc = -1;

	interrupt_catch();
	while (rc < 0 && !interrupt_seen()) {
		rc = look(&watch);
		if (rc < 0)
			interrupt_sleep((unsigned int)(INTERVAL_MS +
						       SHARE * watch.took));
	}
	json_object_put(watch.seen);
	free(watch.printed);
	return rc < 0 ? CLI_OK : rc;
}
