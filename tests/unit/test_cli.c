// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmocka_all.h"

#include "cli/args.h"
#include "cli/cli.h"
#include "cli/doctor.h"
#include "cli/help.h"
#include "cli/reply.h"
#include "cli/show.h"
#include "cli/text.h"

/* ---- the table ---- */

static bool is_sentence_part(const char *text)
{
	size_t length = strlen(text);

	return length && text[length - 1] != '.' && !strchr(text, '\n');
}

static void every_command_says_what_it_does_and_can_be_run(void **state)
{
	(void)state;
	for (const struct command *c = commands; c->name; c++) {
		assert_true(is_sentence_part(c->summary));
		assert_non_null(c->arguments);
		assert_non_null(c->details);
		assert_non_null(c->run);
		assert_ptr_equal(command_find(c->name), c);
	}
	assert_null(command_find("nonsense"));
}

static bool letter_is_used_before(const struct command_option *options,
				  const struct command_option *o)
{
	for (const struct command_option *b = options; b != o; b++)
		if (b->letter == o->letter || !strcmp(b->name, o->name))
			return true;
	return false;
}

static void no_command_has_an_option_twice_or_too_many(void **state)
{
	(void)state;
	for (const struct command *c = commands; c->name; c++) {
		const struct command_option *o = c->options;

		for (; o->name; o++) {
			assert_true(is_sentence_part(o->summary));
			if (o->letter)
				assert_false(
					letter_is_used_before(c->options, o));
		}
		assert_true(o - c->options < ARGS_OPTIONS);
	}
}

static void assert_arity(const char *arguments, int least, int most)
{
	struct command command = { .arguments = arguments };
	int l, m;

	command_arity(&command, &l, &m);
	assert_int_equal(l, least);
	assert_int_equal(m, most);
}

static void arguments_are_counted_as_the_usage_shows_them(void **state)
{
	(void)state;
	assert_arity("", 0, 0);
	assert_arity("DOMAIN NAME FILE", 3, 3);
	assert_arity("DOMAIN [NAME]", 1, 2);
	assert_arity("[DOMAIN [NAME]]", 0, 2);
	assert_arity("DOMAIN SPEC...", 2, -1);
	assert_arity("CFG [ARG...]", 1, -1);
}

static void help_names_every_command_option_and_exit_status(void **state)
{
	char *text;
	size_t length;
	FILE *to = open_memstream(&text, &length);

	(void)state;
	help_all(to);
	for (const struct command *c = commands; c->name; c++)
		help_command(to, c);
	fclose(to);
	for (const struct command *c = commands; c->name; c++) {
		assert_non_null(strstr(text, c->name));
		for (const struct command_option *o = c->options; o->name; o++)
			assert_non_null(strstr(text, o->name));
	}
#define EXIT_CODE_TEST(name, number, meaning) \
	assert_non_null(strstr(text, meaning));
	EXIT_CODES(EXIT_CODE_TEST)
#undef EXIT_CODE_TEST
	free(text);
}

/* ---- the command line ---- */

static struct args_parsed parsed;

/* Kept, as what is parsed points to them. */
static void parse(const char *command, const char *line)
{
	static char words[256];
	static char *argv[16];
	int argc = 0;

	strcpy(words, line);
	for (char *w = strtok(words, " "); w; w = strtok(NULL, " "))
		argv[argc++] = w;
	argv[argc] = NULL;
	args_parse(argc, argv, command ? command_find(command)->options : NULL,
		   &parsed);
}

static void options_may_stand_anywhere_behind_the_command(void **state)
{
	(void)state;
	parse("load", "load --json d n --sha256 abc f --no-seal");
	assert_string_equal(parsed.error, "");
	assert_int_equal(parsed.own.count, 3);
	assert_string_equal(parsed.own.at[2], "f");
	assert_null(parsed.own.at[3]);
	assert_string_equal(parsed.own.option[LOAD_DIGEST], "abc");
	assert_non_null(parsed.own.option[LOAD_NO_SEAL]);
	assert_non_null(parsed.global[GLOBAL_JSON]);
}

static void before_the_command_only_global_options_are_known(void **state)
{
	(void)state;
	parse(NULL, "hv-mgr --socket /s status --watch");
	assert_string_equal(parsed.error, "");
	assert_string_equal(parsed.global[GLOBAL_SOCKET], "/s");
	assert_int_equal(parsed.own.count, 2);
	assert_string_equal(parsed.own.at[0], "status");
	parse(NULL, "hv-mgr --watch status");
	assert_non_null(strstr(parsed.error, "--watch"));
}

static void a_commands_letter_goes_before_a_global_one(void **state)
{
	(void)state;
	parse("create", "create -V g.cfg");
	assert_null(parsed.global[GLOBAL_VERSION]);
	assert_int_equal(parsed.own.count, 1);
	parse("list", "list -V");
	assert_non_null(parsed.global[GLOBAL_VERSION]);
}

static void a_mistake_is_named_and_what_follows_it_still_read(void **state)
{
	(void)state;
	parse("load", "load -x d n f --json");
	assert_non_null(strstr(parsed.error, "-x: no such option"));
	assert_non_null(parsed.global[GLOBAL_JSON]);
	parse("load", "load d n f --sha256");
	assert_non_null(
		strstr(parsed.error, "--sha256: an argument is missing"));
	parse("load", "load d n f --no-seal=1");
	assert_non_null(strstr(parsed.error, "--no-seal=1"));
}

static void behind_two_dashes_nothing_is_an_option(void **state)
{
	(void)state;
	parse("create", "create g.cfg -q -- --new");
	assert_string_equal(parsed.error, "");
	assert_int_equal(parsed.own.count, 2);
	assert_string_equal(parsed.own.at[1], "--new");
	assert_non_null(parsed.own.option[CREATE_PASSED]);
}

static void an_errno_has_the_exit_code_that_is_documented(void **state)
{
	(void)state;
	assert_int_equal(exit_code_of(0), 0);
	assert_int_equal(exit_code_of(EIO), 1);
	assert_int_equal(exit_code_of(EINVAL), 2);
	assert_int_equal(exit_code_of(ESRCH), 4);
	assert_int_equal(exit_code_of(EPERM), 5);
	assert_int_equal(exit_code_of(EBUSY), 5);
	assert_int_equal(exit_code_of(EALREADY), 5);
	assert_int_equal(exit_code_of(ENODATA), 5);
	assert_int_equal(exit_code_of(ECANCELED), 5);
	assert_int_equal(exit_code_of(ENOMEM), 6);
	assert_int_equal(exit_code_of(ENOSPC), 6);
	assert_int_equal(exit_code_of(EBADMSG), 7);
	assert_int_equal(exit_code_of(EACCES), 8);
	assert_int_equal(exit_code_of(EMSGSIZE), 9);
	assert_int_equal(exit_code_of(ETIMEDOUT), 10);
}

/* ---- text ---- */

static void assert_bytes(uint64_t bytes, const char *text)
{
	char buffer[TEXT_BYTES_MAX];

	assert_string_equal(text_bytes(bytes, buffer), text);
}

static void bytes_are_exact_or_have_one_decimal(void **state)
{
	(void)state;
	assert_bytes(0, "0");
	assert_bytes(1023, "1023");
	assert_bytes(1024, "1K");
	assert_bytes(64 << 20, "64M");
	assert_bytes(10065123, "9.6M");
	assert_bytes(5ULL << 40, "5120G");
	assert_bytes(UINT64_MAX, "17179869184.0G");
}

typedef void shows(struct json_object *json, FILE *to);

static char *shown(shows *show, const char *json)
{
	struct json_object *reply = json_tokener_parse(json);
	char *text;
	size_t length;
	FILE *to = open_memstream(&text, &length);

	assert_non_null(reply);
	show(reply, to);
	fclose(to);
	json_object_put(reply);
	return text;
}

#define CARVEOUT                                                             \
	"{\"domid\":5,\"domain\":\"g\",\"uuid\":\"u\",\"device\":0,"         \
	"\"name\":\"modem\",\"state\":\"LOADING\",\"connected\":true,"       \
	"\"writer\":\"guest\",\"base\":4294967296,\"size\":67108864,"        \
	"\"window\":1048576,\"windows\":2,\"windows_open\":1,"               \
	"\"written\":33554432,\"sha256\":null,\"expected_size\":null,"       \
	"\"work\":null,\"position\":0,\"end\":0,\"error\":null,\"vault\":6," \
	"\"backing\":\"vault\",\"counters\":{\"windows_opened\":7}}"

static void status_tells_what_a_person_asks(void **state)
{
	char *text = shown(show_status, "{\"carveouts\":[" CARVEOUT "]}");

	(void)state;
	assert_non_null(strstr(text, "modem of g (domain 5, device 0)"));
	assert_non_null(strstr(text, "LOADING, written by guest"));
	assert_non_null(strstr(text, " 50%  32M of 64M"));
	assert_non_null(strstr(text, "0x100000000 to 0x103ffffff, 64M"));
	assert_non_null(strstr(text, "1 open, at most 2 of 1M"));
	assert_non_null(strstr(text, "vault, domain 6"));
	assert_non_null(strstr(text, "windows_opened 7"));
	assert_null(strstr(text, "(null)"));
	free(text);
}

static void status_of_what_lies_in_a_pool_says_where(void **state)
{
	char *text = shown(
		show_status,
		"{\"carveouts\":[{\"name\":\"modem\",\"backing\":\"pool\",\"vault\":null,\"pool\":\"pool0\",\"address\":1879048192}]}");

	(void)state;
	assert_non_null(strstr(text, "pool pool0, host address 0x70000000"));
	assert_null(strstr(text, "pool, domain"));
	free(text);
}

static void a_list_has_a_line_for_each(void **state)
{
	char *text = shown(show_list, "{\"carveouts\":[" CARVEOUT "]}");

	(void)state;
	assert_non_null(strstr(text, "Domain"));
	assert_non_null(strstr(text, "modem            LOADING       64M"));
	free(text);
}

static void a_reply_that_lacks_everything_is_shown_all_the_same(void **state)
{
	static const char *const odd[] = {
		"{}",
		"{\"carveouts\":7}",
		"{\"carveouts\":[{}]}",
		"{\"carveouts\":[null,3,\"x\",[]]}",
		"{\"carveouts\":[{\"domain\":3,\"size\":\"x\",\"counters\":1,\"work\":\"scrub\",\"end\":-4}]}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		free(shown(show_list, odd[i]));
		free(shown(show_status, odd[i]));
		free(shown(show_outcome, odd[i]));
	}
}

static struct show_advance advance_of(const char *json)
{
	struct json_object *c = json_tokener_parse(json);
	struct show_advance advance = show_advance(c);

	json_object_put(c);
	return advance;
}

static void work_goes_before_loading_and_the_image_before_the_size(void **state)
{
	struct show_advance a = advance_of(
		"{\"state\":\"LOADING\",\"written\":5,\"size\":9,\"expected_size\":7,\"work\":null}");

	(void)state;
	assert_string_equal(a.what, "load");
	assert_int_equal(a.position, 5);
	assert_int_equal(a.end, 7);
	a = advance_of(
		"{\"state\":\"LOADING\",\"written\":5,\"size\":9,\"expected_size\":null}");
	assert_int_equal(a.end, 9);
	assert_null(advance_of("{\"state\":\"SEALED\",\"size\":9}").what);
}

static const char *core_of(const char *text)
{
	FILE *file = fmemopen((char *)(uintptr_t)text, strlen(text), "r");
	const char *name = doctor_affected_core(file);

	fclose(file);
	return name;
}

static void an_affected_core_is_found_among_others(void **state)
{
	(void)state;
	assert_string_equal(core_of("processor\t: 0\n"
				    "CPU implementer\t: 0x41\n"
				    "CPU part\t: 0xd05\n"
				    "CPU implementer\t: 0x41\n"
				    "CPU part\t: 0xd0b\n"),
			    "Cortex-A76");
	assert_string_equal(
		core_of("CPU implementer\t: 0x6d\nCPU part\t: 0xd49\n"),
		"Azure Cobalt 100");
	assert_null(core_of("CPU implementer\t: 0x41\nCPU part\t: 0xd07\n"));
	/* Newer than many that are affected, and not one of them. */
	assert_null(core_of("CPU implementer\t: 0x41\nCPU part\t: 0xd81\n"));
	assert_null(core_of("CPU implementer\t: 0x51\nCPU part\t: 0xd0b\n"));
	assert_null(core_of("model name\t: Xeon\n"));
}

static void
doctor_warns_of_an_hv_mgr_that_was_built_for_another_xen(void **state)
{
	struct doctor doctor = {
		.has_host = true,
		.host = { .xen_major = 4,
			  .xen_minor = 20,
			  .lib_major = 4,
			  .lib_minor = 20 },
	};
	struct finding finding;

	(void)state;
	doctor_version(&doctor, &finding);
	assert_int_equal(finding.result, DOCTOR_OK);
	doctor.host.lib_minor = 19;
	doctor_version(&doctor, &finding);
	assert_int_equal(finding.result, DOCTOR_WARN);
	assert_non_null(strstr(finding.found, "built for Xen 4.19, but 4.20"));
	assert_non_null(strstr(finding.todo, "libxenctrl"));
}

static void doctor_says_what_to_use_where_xen_refuses_this_hv_mgr(void **state)
{
	struct doctor doctor = { .hv_error = -EPROTO };
	struct finding finding;

	(void)state;
	doctor_hypervisor(&doctor, &finding);
	assert_int_equal(finding.result, DOCTOR_FAIL);
	assert_non_null(strstr(finding.found, "built for another version"));
	assert_non_null(strstr(finding.todo, "libxenctrl"));
}

#define TEST(name) cmocka_unit_test(name)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_command_says_what_it_does_and_can_be_run),
		TEST(no_command_has_an_option_twice_or_too_many),
		TEST(arguments_are_counted_as_the_usage_shows_them),
		TEST(help_names_every_command_option_and_exit_status),
		TEST(options_may_stand_anywhere_behind_the_command),
		TEST(before_the_command_only_global_options_are_known),
		TEST(a_commands_letter_goes_before_a_global_one),
		TEST(a_mistake_is_named_and_what_follows_it_still_read),
		TEST(behind_two_dashes_nothing_is_an_option),
		TEST(an_errno_has_the_exit_code_that_is_documented),
		TEST(bytes_are_exact_or_have_one_decimal),
		TEST(status_tells_what_a_person_asks),
		TEST(status_of_what_lies_in_a_pool_says_where),
		TEST(a_list_has_a_line_for_each),
		TEST(a_reply_that_lacks_everything_is_shown_all_the_same),
		TEST(work_goes_before_loading_and_the_image_before_the_size),
		TEST(an_affected_core_is_found_among_others),
		TEST(doctor_warns_of_an_hv_mgr_that_was_built_for_another_xen),
		TEST(doctor_says_what_to_use_where_xen_refuses_this_hv_mgr),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
