// SPDX-License-Identifier: GPL-2.0-only
#include "xen_cmdline.h"

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "cmocka_all.h"

struct sample {
	const char *text;
	bool scrub_domheap;
	enum xen_bootscrub bootscrub;
};

#define IDLE XEN_BOOTSCRUB_IDLE
#define ON XEN_BOOTSCRUB_ON
#define OFF XEN_BOOTSCRUB_OFF

static void check(const struct sample *samples, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct xen_cmdline line = xen_cmdline_parse(samples[i].text);

		if (line.scrub_domheap != samples[i].scrub_domheap ||
		    line.bootscrub != samples[i].bootscrub)
			fail_msg("\"%s\": scrub-domheap %d, bootscrub %d",
				 samples[i].text, line.scrub_domheap,
				 line.bootscrub);
	}
}

#define CHECK(samples) check(samples, sizeof(samples) / sizeof((samples)[0]))

static void nothing_said_means_not_on_free_but_at_boot(void **state)
{
	static const struct sample samples[] = {
		{ "", false, IDLE },
		{ "   ", false, IDLE },
		{ "dom0_mem=768M console=dtuart", false, IDLE },
	};

	(void)state;
	CHECK(samples);
}

static void every_spelling_of_a_boolean_is_known(void **state)
{
	static const struct sample samples[] = {
		{ "scrub-domheap", true, IDLE },
		{ "scrub-domheap=", true, IDLE },
		{ "scrub-domheap=1", true, IDLE },
		{ "scrub-domheap=on", true, IDLE },
		{ "scrub-domheap=yes", true, IDLE },
		{ "scrub-domheap=true", true, IDLE },
		{ "scrub-domheap=enable", true, IDLE },
		{ "scrub-domheap=0", false, IDLE },
		{ "scrub-domheap=off", false, IDLE },
		{ "scrub-domheap=no", false, IDLE },
		{ "scrub-domheap=false", false, IDLE },
		{ "scrub-domheap=disable", false, IDLE },
		{ "no-scrub-domheap", false, IDLE },
		{ "no-scrub-domheap=1", false, IDLE },
		{ "no-scrub-domheap=0", true, IDLE },
	};

	(void)state;
	CHECK(samples);
}

static void the_last_one_wins(void **state)
{
	static const struct sample samples[] = {
		{ "scrub-domheap no-scrub-domheap", false, IDLE },
		{ "no-scrub-domheap loglvl=all scrub-domheap", true, IDLE },
		{ "scrub-domheap=0 scrub-domheap=1", true, IDLE },
		{ "bootscrub=0 bootscrub", false, ON },
		{ "bootscrub no-bootscrub", false, OFF },
	};

	(void)state;
	CHECK(samples);
}

static void what_xen_does_not_understand_changes_nothing(void **state)
{
	static const struct sample samples[] = {
		{ "scrub-domheap=maybe", false, IDLE },
		{ "scrub-domheap scrub-domheap=On", true, IDLE },
		{ "scrub-domheap=2", false, IDLE },
		{ "scrub-domheap=11", false, IDLE },
		{ "bootscrub=off bootscrub=never", false, OFF },
		{ "no-bootscrub=1", false, IDLE },
	};

	(void)state;
	CHECK(samples);
}

static void only_the_whole_word_counts(void **state)
{
	static const struct sample samples[] = {
		{ "scrub-domheaps", false, IDLE },
		{ "xscrub-domheap", false, IDLE },
		{ "scrub_domheap", false, IDLE },
		{ "Scrub-domheap", false, IDLE },
		{ "no-no-scrub-domheap", false, IDLE },
		{ "a=scrub-domheap", false, IDLE },
		{ "scrub-domheap\tx", false, IDLE },
		{ "\tscrub-domheap", false, IDLE },
		{ "bootscrub_chunk=0", false, IDLE },
		{ "placeholder  scrub-domheap  ", true, IDLE },
		{ "no-", false, IDLE },
		{ "=", false, IDLE },
	};

	(void)state;
	CHECK(samples);
}

static void the_three_ways_to_scrub_at_boot_are_known(void **state)
{
	static const struct sample samples[] = {
		{ "bootscrub", false, ON },
		{ "bootscrub=", false, ON },
		{ "bootscrub=1", false, ON },
		{ "bootscrub=enable", false, ON },
		{ "bootscrub=idle", false, IDLE },
		{ "bootscrub=0", false, OFF },
		{ "bootscrub=false", false, OFF },
		{ "no-bootscrub", false, OFF },
		{ "bootscrub=0 bootscrub=idle", false, IDLE },
	};

	(void)state;
	CHECK(samples);
}

static void pages_are_zeros_only_with_both(void **state)
{
	(void)state;
	assert_true(xen_cmdline_scrubs("scrub-domheap", 1024));
	assert_true(xen_cmdline_scrubs("scrub-domheap bootscrub=idle", 1024));
	assert_true(xen_cmdline_scrubs("bootscrub scrub-domheap", 1024));
	assert_false(xen_cmdline_scrubs("scrub-domheap bootscrub=0", 1024));
	assert_false(xen_cmdline_scrubs("no-bootscrub scrub-domheap", 1024));
	assert_false(xen_cmdline_scrubs("bootscrub", 1024));
	assert_false(xen_cmdline_scrubs("", 1024));
	assert_false(xen_cmdline_scrubs("<denied>", 1024));
}

static void a_line_that_may_have_lost_its_end_is_not_believed(void **state)
{
	char line[64];

	(void)state;
	memset(line, ' ', sizeof(line));
	memcpy(line, "scrub-domheap", 13);
	line[63] = '\0';
	assert_false(xen_cmdline_scrubs(line, sizeof(line)));
	line[62] = '\0';
	assert_true(xen_cmdline_scrubs(line, sizeof(line)));
	line[62] = line[63] = 'x'; /* no NUL at all */
	assert_false(xen_cmdline_scrubs(line, sizeof(line)));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_said_means_not_on_free_but_at_boot),
		cmocka_unit_test(every_spelling_of_a_boolean_is_known),
		cmocka_unit_test(the_last_one_wins),
		cmocka_unit_test(what_xen_does_not_understand_changes_nothing),
		cmocka_unit_test(only_the_whole_word_counts),
		cmocka_unit_test(the_three_ways_to_scrub_at_boot_are_known),
		cmocka_unit_test(pages_are_zeros_only_with_both),
		cmocka_unit_test(
			a_line_that_may_have_lost_its_end_is_not_believed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
