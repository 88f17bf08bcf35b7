// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/trail.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/hex.h"
#include "base/log.h"
#include "daemon/device.h"
#include "daemon/record.h"
#include "daemon/tenant.h"
#include "daemon/trail_file.h"

#ifndef HV_MGR_VERSION
#error "the build gives HV_MGR_VERSION"
#endif

/* ---- text ---- */

struct text {
	char text[TRAIL_TEXT_MAX];
};

__attribute__((format(printf, 1, 2))) static struct text
text_of(const char *format, ...)
{
	struct text text;
	va_list args;

	va_start(args, format);
	vsnprintf(text.text, sizeof(text.text), format, args);
	va_end(args);
	return text;
}

/* A domain's name as one word of ASCII; cut, if it is long. */
struct domain_word {
	char text[64];
};

static struct domain_word domain_word(const struct tenant *tenant)
{
	struct domain_word word = { "" };
	size_t used = 0;

	for (const char *c = tenant->name; *c && used + 4 < sizeof(word); c++) {
		bool plain = *c > ' ' && *c < 0x7f && *c != '%';

		used += (size_t)snprintf(word.text + used,
					 sizeof(word.text) - used,
					 plain ? "%c" : "%%%02X",
					 (unsigned char)*c);
	}
	return used ? word : (struct domain_word){ "-" };
}

/* ---- what goes at the file's end must not be all that there is ---- */

static const char *verdict_on(const struct device *device,
			      const struct carveout_snapshot *carveout)
{
	if (!carveout->verified)
		return "";
	return device->stanza.verify.kind == VERIFY_MBN &&
			       !device->stanza.verify.roots ?
		       " verdict=verified,integrity-only" :
		       " verdict=verified";
}

static struct text content_of(const struct device *device,
			      const struct carveout_snapshot *carveout)
{
	char digest[2 * MEASURE_DIGEST_SIZE + 1];

	if (carveout->state != CARVEOUT_SEALED)
		return text_of("%s", "");
	hex_write(digest, carveout->digest, sizeof(carveout->digest));
	return text_of(" length=%llu " CARVEOUTIF_DIGEST "=%s%s",
		       ull(carveout->length), digest,
		       verdict_on(device, carveout));
}

static void write_entry(struct device *device, const char *event,
			const char *details)
{
	struct manager *manager = device->tenant->manager;
	struct record_key key = record_key_of_device(device);
	struct text rest = text_of("%s %s %s %s %s%s", event,
				   carveout_state_name(device->logged.state),
				   key.text, device->stanza.name,
				   domain_word(device->tenant).text, details);

	trail_file_append(&manager->trail, rest.text);
	device->logged.number = manager->trail.last;
}

/* Whose last entry the next one takes the place of. */
static struct device *next_to_go(const struct manager *manager)
{
	uint64_t next = manager->trail.last + 1;

	if (next <= TRAIL_LINES)
		return NULL;
	for (struct tenant *t = manager->tenants; t; t = t->next)
		for (struct device *d = t->devices; d; d = d->next)
			if (d->logged.number == next - TRAIL_LINES)
				return d;
	return NULL;
}

/* It ends: each comes once, unless there are more carveouts than lines. */
static void make_way(struct manager *manager)
{
	struct device *device = next_to_go(manager);

	for (int i = 0; device && i < TRAIL_LINES; i++) {
		struct carveout_snapshot now =
			carveout_snapshot(&device->carveout);

		write_entry(device, "stands",
			    device->logged.state == now.state ?
				    content_of(device, &now).text :
				    "");
		device = next_to_go(manager);
	}
}

/* ---- entries ---- */

static void say(struct device *device, const char *event, struct text details)
{
	make_way(device->tenant->manager);
	write_entry(device, event, details.text);
	device->tenant->trail.entries++;
}

/* Of none of the carveouts. */
static void say_else(struct manager *manager, const char *event,
		     const char *key, const char *domain, struct text details)
{
	make_way(manager);
	trail_file_append(&manager->trail, text_of("%s - %s - %s%s", event, key,
						   domain, details.text)
						   .text);
}

static const char *writer_name(enum carveout_who writer)
{
	return writer == CARVEOUT_GUEST ? "guest" : "dom0";
}

static void say_state(struct device *device, enum carveout_state state,
		      const struct carveout_snapshot *now, const char *why)
{
	const char *writer = writer_name(now->writer);

	device->logged.state = device->logged.seen = state;
	if (state == CARVEOUT_EMPTY)
		say(device, "reset", text_of("%s", ""));
	else if (state == CARVEOUT_LOADING)
		say(device, "opened", text_of(" writer=%s", writer));
	else if (state == CARVEOUT_SEALED)
		say(device, "sealed",
		    text_of("%s writer=%s", content_of(device, now).text,
			    writer));
	else if (why == carveout_revoked)
		say(device, "revoked", text_of("%s", ""));
	else
		say(device, now->rejected ? "rejected" : "failed",
		    text_of("%s%s", why ? " why=" : "", why ? why : ""));
}

static struct text demand_of(const struct verify *verify)
{
	char value[VERIFY_VALUE_MAX];

	if (verify->kind == VERIFY_NONE)
		return text_of("%s", "");
	verify_write(verify, value);
	return verify->kind == VERIFY_MBN ?
		       text_of(" verify=%s roots=%u", value, verify->roots) :
		       text_of(" verify=%s", value);
}

static struct text place_of(const struct device *device)
{
	const struct stanza *stanza = &device->stanza;
	struct text demand = demand_of(&stanza->verify);
	struct text where =
		text_of(" size=%llu gpa=0x%llx backing=", ull(stanza->size),
			ull(stanza->gpa));

	if (stanza->backing == STANZA_VAULT)
		return text_of("%.100svault%.150s", where.text, demand.text);
	return text_of("%.100spool at=0x%llx%.150s", where.text,
		       ull(stanza->at), demand.text);
}

static void begin(struct device *device, enum carveout_state state)
{
	device->logged.state = device->logged.seen = state;
}

void trail_created(struct device *device)
{
	begin(device, CARVEOUT_EMPTY);
	say(device, "created", place_of(device));
}

void trail_detached(struct device *device, const char *why)
{
	if (!device->logged.state)
		return;
	say(device, "detached",
	    text_of("%s%s", why ? " why=" : "", why ? why : ""));
	device->logged.number = 0; /* nobody needs that said again */
}

/* ---- what is left out ---- */

static void say_left_out(struct tenant *tenant)
{
	struct record_key key = record_key(tenant);

	say_else(tenant->manager, "left-out", key.text,
		 domain_word(tenant).text,
		 text_of(" count=%llu", ull(tenant->trail.left_out)));
	tenant->trail.left_out = 0;
	for (struct device *d = tenant->devices; d; d = d->next) {
		const struct carveout_snapshot now =
			carveout_snapshot(&d->carveout);

		if (d->logged.state != d->logged.seen)
			say_state(d, d->logged.seen, &now, d->carveout.why);
	}
}

void trail_end(struct tenant *tenant)
{
	if (tenant->trail.left_out)
		say_left_out(tenant);
}

void trail_settle(struct tenant *tenant)
{
	uint64_t now = clock_ms();

	if (now - tenant->trail.since < TRAIL_SHARE_MS)
		return;
	tenant->trail.since = now;
	tenant->trail.entries = 0;
	trail_end(tenant);
}

int64_t trail_wait(const struct tenant *tenant)
{
	uint64_t gone = clock_ms() - tenant->trail.since;

	if (!tenant->trail.left_out)
		return -1;
	return gone < TRAIL_SHARE_MS ? (int64_t)(TRAIL_SHARE_MS - gone) : 0;
}

static bool is_at_will(const struct device *device, enum carveout_state state)
{
	const struct carveout *carveout = &device->carveout;

	if (state == CARVEOUT_SEALED || device->logged.state == CARVEOUT_SEALED)
		return false;
	if (state == CARVEOUT_FAILED && carveout->why == carveout_revoked)
		return false;
	return state == CARVEOUT_EMPTY || carveout->writer == CARVEOUT_GUEST;
}

/* ---- changes ---- */

/*
 * A reset is recorded as FAILED until the scrub is done; but what was there is
 * no content any more, and nothing has failed.
 */
static enum carveout_state state_of(const struct device *device)
{
	const struct carveout *carveout = &device->carveout;

	if (carveout->state != CARVEOUT_FAILED || carveout->why)
		return carveout->state;
	return device->logged.seen == CARVEOUT_FAILED ? CARVEOUT_FAILED :
							CARVEOUT_EMPTY;
}

void trail_note(struct device *device)
{
	struct tenant *tenant = device->tenant;
	enum carveout_state state = state_of(device);
	struct carveout_snapshot now;

	if (!device->logged.state || state == device->logged.seen)
		return;
	trail_settle(tenant);
	if (tenant->trail.entries >= TRAIL_SHARE && is_at_will(device, state)) {
		device->logged.seen = state;
		tenant->trail.left_out++;
		return;
	}
	now = carveout_snapshot(&device->carveout);
	say_state(device, state, &now, device->carveout.why);
}

/* ---- from one manager to the next ---- */

/* What the log has of a key; false: nothing. */
static bool find_newest(const struct trail_file *trail, const char *key,
			struct trail_words *words)
{
	static struct trail_entry entry; /* the details are in it */

	for (uint64_t n = trail->last; n && n + TRAIL_LINES > trail->last; n--)
		if (trail_find((const trail_line *)trail->lines, n, &entry) &&
		    trail_words_read(entry.text, words) &&
		    !strcmp(words->key, key))
			return true;
	return false;
}

static enum carveout_state state_named(const char *name)
{
	enum carveout_state state = CARVEOUT_EMPTY;

	while (state < CARVEOUT_STATES &&
	       strcmp(carveout_state_name(state), name))
		state++;
	return state;
}

/* false also of all that a log says which does not hold. */
static bool is_logged(const struct device *device, struct trail_words *words)
{
	const struct trail_file *trail = &device->tenant->manager->trail;
	struct record_key key = record_key_of_device(device);

	return !*trail->found.problem && find_newest(trail, key.text, words) &&
	       strcmp(words->event, "detached") != 0 &&
	       !strcmp(words->name, device->stanza.name);
}

void trail_take_up(struct device *device, const struct carveout_snapshot *from)
{
	struct trail_words words;

	begin(device, from->state);
	if (!is_logged(device, &words))
		say(device, "taken-up",
		    text_of("%s%s", place_of(device).text,
			    content_of(device, from).text));
	else if (state_named(words.state) != from->state)
		say_state(device, from->state, from,
			  "the manager was killed meanwhile");
	else
		device->logged.number = words.number;
}

/*
 * From the newest entry on, the first of each key is what the log has of it.
 * Keys are compared where they stand: there may be as many as lines.
 */
struct swept {
	const char *keys[TRAIL_LINES]; /* each with the blank behind it */
	size_t count;
	uint64_t gone[TRAIL_LINES]; /* numbers, the newest first */
	size_t gone_count;
};

/* false: it was there before. */
static bool is_new(struct swept *swept, const char *key, size_t length)
{
	for (size_t i = 0; i < swept->count; i++)
		if (!strncmp(swept->keys[i], key, length))
			return false;
	swept->keys[swept->count++] = key;
	return true;
}

static void look_at(struct manager *manager, uint64_t number,
		    struct swept *swept)
{
	const char *line = manager->trail.lines[number % TRAIL_LINES];
	struct trail_entry entry;
	struct trail_words words;
	const char *key;

	if (!trail_find((const trail_line *)manager->trail.lines, number,
			&entry) ||
	    !trail_words_read(entry.text, &words) || !strcmp(words.name, "-"))
		return;
	key = memmem(line, TRAIL_LINE, words.key, strlen(words.key));
	if (!is_new(swept, key, strlen(words.key) + 1) ||
	    !strcmp(words.event, "detached") ||
	    record_file_find(&manager->records, words.key))
		return;
	swept->gone[swept->gone_count++] = number;
}

static void say_gone(struct manager *manager, uint64_t number)
{
	struct trail_entry entry;
	struct trail_words words;

	trail_find((const trail_line *)manager->trail.lines, number, &entry);
	trail_words_read(entry.text, &words);
	make_way(manager);
	trail_file_append(
		&manager->trail,
		text_of("detached %s %s %s %s why=it went while no manager ran",
			words.state, words.key, words.name, words.domain)
			.text);
}

/* The oldest first: an entry takes the place of none that is still to come. */
void trail_sweep(struct manager *manager)
{
	static struct swept swept;
	const struct trail_file *trail = &manager->trail;

	if (!manager->records.whole)
		return;
	swept.count = swept.gone_count = 0;
	for (uint64_t n = trail->last; n && n + TRAIL_LINES > trail->last; n--)
		look_at(manager, n, &swept);
	while (swept.gone_count)
		say_gone(manager, swept.gone[--swept.gone_count]);
}

void trail_begin(struct manager *manager)
{
	const struct trail_check *found = &manager->trail.found;
	const char *problem = found->problem;

	if (!*problem && !found->last &&
	    record_file_next(&manager->records, NULL))
		problem = "there are carveouts, and there was no log";
	say_else(manager, "started", "-", "-",
		 text_of(" version=%s boot=%s", HV_MGR_VERSION,
			 manager->records.boot.text));
	if (!*problem)
		return;
	log_error(
		"the measured log, " TRAIL_FILE
		", does not hold: %s; hv-mgr log --check tells which entries do",
		problem);
	say_else(manager, "broken", "-", "-", text_of(" why=%s", problem));
}
