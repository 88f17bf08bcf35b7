// SPDX-License-Identifier: GPL-2.0-only
/*
 * The measured log of a whole host: what happened is in it, once and in order,
 * whenever the manager dies (and host_check() holds it against the truth, in
 * every test of this directory); and what a guest can do about it.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/hex.h"
#include "cmocka_all.h"
#include "memory_file.h"
#include "records.h"
#include "script.h"

/* ---- reading ---- */

static bool read_entry(uint64_t number, struct trail_words *words)
{
	static struct trail_entry entry; /* details point into it */

	return trail_find((const trail_line *)host.manager.trail.lines, number,
			  &entry) &&
	       trail_words_read(entry.text, words);
}

static uint64_t first_kept(void)
{
	uint64_t last = host.manager.trail.last;

	return last > TRAIL_LINES ? last - TRAIL_LINES + 1 : 1;
}

/* "created opened sealed": of those from a number on that are no manager's. */
static const char *events_from(uint64_t number)
{
	static char all[4096];
	struct trail_words words;

	*all = '\0';
	for (; number <= host.manager.trail.last; number++) {
		assert_true(read_entry(number, &words));
		if (!strcmp(words.event, "started"))
			continue;
		snprintf(all + strlen(all), sizeof(all) - strlen(all), "%s%s",
			 *all ? " " : "", words.event);
	}
	return all;
}

static unsigned int count_of(const char *event)
{
	struct trail_words words;
	unsigned int count = 0;

	for (uint64_t n = first_kept(); n <= host.manager.trail.last; n++)
		count += read_entry(n, &words) && !strcmp(words.event, event);
	return count;
}

static bool find_newest_event(const char *event, struct trail_words *words)
{
	for (uint64_t n = host.manager.trail.last; n >= first_kept(); n--)
		if (read_entry(n, words) && !strcmp(words->event, event))
			return true;
	return false;
}

static void expect_digest_of(uint8_t seed, const char *details)
{
	uint8_t digest[SHA256_SIZE];
	char hex[2 * SHA256_SIZE + 1];

	sha256_of(front_image(seed), SCRIPT_LENGTH, digest);
	hex_write(hex, digest, sizeof(digest));
	assert_non_null(strstr(details, hex));
}

/* ---- a life ---- */

static void expect(int error, int done_before)
{
	if (error && (host.dom0.asked < 2 || error != done_before))
		fail_msg("dom0 was answered errno %d", error);
}

static void live(void)
{
	expect(script_attach(), EEXIST);
	script_load(1);
	expect(script_ask("reset"), 0);
	front_begin(2, SCRIPT_LENGTH);
	host.front.hold = 1;
	host_until(script_holds);
	script_revoke(false);
	host.front.hold = UINT32_MAX;
	host_until(script_sealed);
	expect(script_ask("detach"), ESRCH);
}

static void what_happens_is_logged_once_and_in_order(void)
{
	struct trail_words words;
	char details[256];

	host_boot(host.kind);
	assert_true(host_start());
	live();
	assert_string_equal(
		events_from(1),
		"created opened sealed reset opened revoked reset opened sealed detached");
	assert_true(read_entry(4, &words));
	snprintf(details, sizeof(details), "length=%u ",
		 (unsigned int)SCRIPT_LENGTH);
	assert_memory_equal(words.details, details, strlen(details));
	expect_digest_of(1, words.details);
	assert_non_null(strstr(words.details, "writer=guest"));
	assert_string_equal(words.state, "SEALED");
	assert_string_equal(words.name, "modem");
	assert_string_equal(words.domain, "guest1");
	snprintf(details, sizeof(details), "/%u/0", host.guest);
	assert_string_equal(words.key + 36, details);
	assert_true(find_newest_event("sealed", &words));
	expect_digest_of(2, words.details);
	host_power_off();
}

/* What may come behind what, of one carveout: also where a manager died. */
static bool may_follow(const char *before, const char *event)
{
	static const char *const pairs[] = {
		"detached created",  "detached taken-up", "created opened",
		"created failed",    "created detached",  "taken-up opened",
		"taken-up detached", "opened sealed",	  "opened revoked",
		"opened failed",     "opened reset",	  "sealed reset",
		"sealed failed",     "sealed detached",	  "reset opened",
		"reset failed",	     "reset detached",	  "revoked reset",
		"revoked failed",    "failed reset",	  "failed detached",
		"revoked detached",
	};
	char pair[40];

	snprintf(pair, sizeof(pair), "%s %s", before, event);
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
		if (!strcmp(pairs[i], pair))
			return true;
	return false;
}

static void expect_in_order(void)
{
	char before[16] = "detached";
	struct trail_words words;

	for (uint64_t n = 1; n <= host.manager.trail.last; n++) {
		assert_true(read_entry(n, &words));
		if (!strcmp(words.event, "started"))
			continue;
		if (!may_follow(before, words.event))
			fail_msg("%s behind %s", words.event, before);
		strcpy(before, words.event);
	}
	assert_string_equal(before, "detached");
}

static void each_event_is_there_once_whenever_the_manager_dies(void)
{
	for (host_trial(3); host_again(); host_next()) {
		struct trail_words words;

		host_plan(host.trial.first, NULL);
		host_start();
		live();
		expect_in_order();
		assert_int_equal(count_of("sealed"), 2);
		assert_int_equal(count_of("created") + count_of("taken-up"), 1);
		assert_in_range(count_of("started"), 1, host.started);
		assert_int_equal(count_of("broken"), 0);
		assert_true(find_newest_event("sealed", &words));
		expect_digest_of(2, words.details);
	}
}

/* ---- what nobody saw ---- */

static void destroy(void)
{
	host_destroy_domain(host.guest);
}

static void a_guest_that_goes_between_two_managers_is_logged(void)
{
	host_boot(host.kind);
	script_attach_quietly();
	script_load(1);
	host_stop();
	destroy();
	host_turns(3);
	assert_string_equal(events_from(1), "created opened sealed detached");
	host_stop();
	host_turns(3);
	assert_string_equal(events_from(1), "created opened sealed detached");
	host_power_off();
}

/* ---- a log that somebody has touched ---- */

static void a_log_that_does_not_hold_is_not_gone_on_with_in_silence(void)
{
	struct trail_words words;
	struct trail_check check;
	uint8_t octet;

	host_boot(host.kind);
	script_attach_quietly();
	script_load(1);
	host_stop();
	assert_int_equal(pread(memory_trail(), &octet, 1, 2 * TRAIL_LINE + 150),
			 1);
	octet ^= 1;
	assert_int_equal(
		pwrite(memory_trail(), &octet, 1, 2 * TRAIL_LINE + 150), 1);
	assert_true(host_start());
	assert_true(find_newest_event("broken", &words));
	assert_string_equal(words.details,
			    "why=entry 2 is not what was written");
	trail_check((const trail_line *)host.manager.trail.lines, &check);
	assert_string_equal(check.problem, "entry 2 is not what was written");
	/* What it said of what there is counts for nothing. */
	assert_true(find_newest_event("taken-up", &words));
	expect_digest_of(1, words.details);
	script_ask("detach");
	assert_true(find_newest_event("detached", &words));
	host_power_off();
}

static void a_log_that_is_gone_is_begun_anew_with_what_there_is(void)
{
	struct trail_words words;

	host_boot(host.kind);
	script_attach_quietly();
	script_load(1);
	host_stop();
	assert_int_equal(ftruncate(memory_trail(), 0), 0);
	host_turn();
	assert_string_equal(events_from(1), "broken taken-up");
	assert_true(find_newest_event("taken-up", &words));
	assert_string_equal(words.state, "SEALED");
	expect_digest_of(1, words.details);
	assert_int_equal(script_ask("detach"), 0);
	host_power_off();
}

/* ---- a log that is full ---- */

static int ask_for(const char *command, const char *name)
{
	dom0_ask(
		"{\"command\":\"%s\",\"domain\":\"%u\",\"name\":\"%s\",\"specs\":[\"name=%s,size=64K,window=8K\"]}",
		command, host.guest, name, name);
	host_until(script_answered);
	return host.dom0.error;
}

/* dom0's doing: nothing of that is left out. */
static void fill(unsigned int times)
{
	while (times--) {
		assert_int_equal(ask_for("attach", "other"), 0);
		assert_int_equal(ask_for("detach", "other"), 0);
	}
}

static void what_is_sealed_is_in_a_log_that_was_turned_over(void)
{
	struct trail_words words;

	host_boot(host.kind);
	script_attach_quietly();
	script_load(1);
	for (int i = 0; i < 3; i++) {
		fill(TRAIL_LINES);
		host_check();
		assert_int_equal(count_of("sealed"), 0);
		assert_int_equal(count_of("stands"), 1);
		assert_true(find_newest_event("stands", &words));
		assert_string_equal(words.name, "modem");
		expect_digest_of(1, words.details);
		host_stop();
		host_turn();
		assert_int_equal(count_of("taken-up"), 0);
	}
	assert_int_equal(script_ask("detach"), 0);
	assert_true(host.manager.trail.last > 6 * TRAIL_LINES);
	fill(TRAIL_LINES);
	assert_int_equal(count_of("stands"), 0);
	host_power_off();
}

/* ---- a guest that loads without end ---- */

#define MANY 200

static void a_guest_fills_no_more_of_the_log_than_its_share(void)
{
	struct trail_words words;
	uint64_t before;

	host_boot(host.kind);
	script_attach_quietly();
	before = host.manager.trail.last;
	for (int i = 0; i < MANY; i++) {
		carveout_put(&host_device()->carveout, 0, 0, 0);
		carveout_abort(&host_device()->carveout, CARVEOUT_GUEST, "x");
		carveout_reset(&host_device()->carveout, CARVEOUT_GUEST);
	}
	assert_true(host.manager.trail.last - before <= 60);
	/* What matters is there all the same. */
	script_load(1);
	assert_true(find_newest_event("sealed", &words));
	expect_digest_of(1, words.details);
	host.now += 60000;
	host_turns(2);
	assert_true(find_newest_event("left-out", &words));
	assert_string_equal(words.name, "-");
	assert_non_null(strstr(words.details, "count="));
	assert_int_equal(count_of("left-out"), 1);
	host_check();
	assert_int_equal(script_ask("detach"), 0);
	host_power_off();
}

/* It ends with something left out: how it stands is said when it is time. */
static void how_it_stands_is_said_when_there_is_room(void)
{
	struct trail_words words;

	host_boot(host.kind);
	script_attach_quietly();
	for (int i = 0; i < MANY; i++) {
		carveout_put(&host_device()->carveout, 0, 0, 0);
		carveout_reset(&host_device()->carveout, CARVEOUT_GUEST);
	}
	carveout_put(&host_device()->carveout, 0, 0, 0);
	carveout_abort(&host_device()->carveout, CARVEOUT_GUEST, "x");
	assert_int_equal(count_of("failed"), 0);
	host.now += 60000;
	host_turns(2);
	assert_true(find_newest_event("failed", &words));
	assert_string_equal(words.details, "why=x");
	assert_int_equal(words.number, host.manager.trail.last);
	host_check();
	assert_int_equal(script_ask("detach"), 0);
	host_power_off();
}

int main(void)
{
	static const struct host_test tests[] = {
		HOST_TEST(what_happens_is_logged_once_and_in_order),
		HOST_TEST(each_event_is_there_once_whenever_the_manager_dies),
		HOST_TEST(a_guest_that_goes_between_two_managers_is_logged),
		HOST_TEST(
			a_log_that_does_not_hold_is_not_gone_on_with_in_silence),
		HOST_TEST(a_log_that_is_gone_is_begun_anew_with_what_there_is),
		HOST_TEST(what_is_sealed_is_in_a_log_that_was_turned_over),
		HOST_TEST(a_guest_fills_no_more_of_the_log_than_its_share),
		HOST_TEST(how_it_stands_is_said_when_there_is_room),
	};

	return host_run("trail", tests, sizeof(tests) / sizeof(tests[0]));
}
