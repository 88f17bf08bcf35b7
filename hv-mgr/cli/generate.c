// SPDX-License-Identifier: GPL-2.0-only
/*
 * Made and run on the machine that builds, which need not be able to run
 * hv-mgr: copies a template to standard output, with each line @WHAT@ replaced
 * by what is made from the table of commands, and @LIMIT@ in a line by a limit
 * of stanzas.  Needs no library.
 *
 *   generate man/hv-mgr.8.in > hv-mgr.8
 *   generate man/hv-mgr.cfg.5.in > hv-mgr.cfg.5
 *   generate completion/hv-mgr.bash.in > hv-mgr.bash
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "cli/command.h"
#include "cli/exit_codes.h"
#include "config/number.h"
#include "config/stanza.h"

/* ---- the manual page ---- */

/* "-" is a hyphen to troff, and "." and "'" at the start a request. */
static void man_text(const char *text)
{
	if (*text == '.' || *text == '\'')
		fputs("\\&", stdout);
	for (; *text; text++) {
		if (*text == '-' || *text == '\\')
			putchar('\\');
		if (*text == '\n')
			fputs("\n.IP\n", stdout);
		else
			putchar(*text);
	}
}

/* Words in italics, but for brackets and dots. */
static void man_arguments(const char *arguments)
{
	bool italic = false;

	for (; *arguments; arguments++) {
		bool capital = *arguments >= 'A' && *arguments <= 'Z';

		if (capital != italic)
			fputs(capital ? "\\fI" : "\\fR", stdout);
		italic = capital;
		putchar(*arguments);
	}
	if (italic)
		fputs("\\fR", stdout);
}

/* A summary, which begins small, as a sentence. */
static void man_sentence(const char *summary)
{
	putchar(toupper((unsigned char)*summary));
	man_text(summary + 1);
	puts(".");
}

static void man_options(const struct command_option *options)
{
	for (const struct command_option *o = options; o->name; o++) {
		puts(".TP");
		fputs("\\fB", stdout);
		if (o->letter)
			printf("\\-%c\\fR, \\fB", o->letter);
		fputs("\\-\\-", stdout);
		man_text(o->name);
		fputs("\\fR", stdout);
		if (o->argument)
			printf(" \\fI%s\\fR", o->argument);
		putchar('\n');
		man_sentence(o->summary);
	}
}

static void man_commands(void)
{
	for (const struct command *c = commands; c->name; c++) {
		printf(".TP\n\\fB%s\\fR ", c->name);
		man_arguments(c->arguments);
		putchar('\n');
		man_sentence(c->summary);
		if (*c->details) {
			puts(".IP");
			man_text(c->details);
			putchar('\n');
		}
		if (!c->options->name)
			continue;
		puts(".RS");
		man_options(c->options);
		puts(".RE");
	}
}

static void man_global_options(void)
{
	man_options(global_options);
}

static void man_exit_status(void)
{
#define EXIT_CODE_MAN(name, number, meaning) \
	printf(".TP\n\\fB%d\\fR\n", number); \
	man_sentence(meaning);
	EXIT_CODES(EXIT_CODE_MAN)
#undef EXIT_CODE_MAN
}

/* ---- the completion ---- */

static void bash_names(const struct command_option *options)
{
	for (const struct command_option *o = options; o->name; o++)
		printf(" --%s", o->name);
}

/* Is it the first of the commands that begin with this word? */
static bool is_first_of_family(const struct command *command)
{
	size_t length = strcspn(command->name, " ");

	for (const struct command *c = commands; c != command; c++)
		if (strcspn(c->name, " ") == length &&
		    !strncmp(c->name, command->name, length))
			return false;
	return true;
}

/* What the first words of commands can be. */
static void bash_words(void)
{
	fputs("_hv_mgr_commands=\"", stdout);
	for (const struct command *c = commands; c->name; c++)
		if (is_first_of_family(c))
			printf("%s%.*s", c == commands ? "" : " ",
			       (int)strcspn(c->name, " "), c->name);
	fputs("\"\n_hv_mgr_globals=\"", stdout);
	bash_names(global_options);
	puts("\"");
}

static void bash_family(const struct command *first)
{
	int length = (int)strcspn(first->name, " ");

	printf("\t%.*s) echo \"", length, first->name);
	for (const struct command *c = first; c->name; c++)
		if (!strncmp(c->name, first->name, (size_t)length + 1))
			printf(" %s", c->name + length + 1);
	puts("\" ;;");
}

/* What the second words can be, where there are some. */
static void bash_seconds(void)
{
	for (const struct command *c = commands; c->name; c++)
		if (strchr(c->name, ' ') && is_first_of_family(c))
			bash_family(c);
}

static bool has_option(const struct command_option *options, const char *name)
{
	for (const struct command_option *o = options; o->name; o++)
		if (!strcmp(o->name, name))
			return true;
	return false;
}

/* "START+SIZE..." as "START+SIZE". */
static void bash_option_argument(const struct command_option *o)
{
	printf("\t--%s", o->name);
	if (o->letter)
		printf(" | -%c", o->letter);
	printf(") echo %.*s ;;\n", (int)strcspn(o->argument, "."), o->argument);
}

/* Of this command's options, those that no command before it has. */
static void bash_new_options(const struct command *command)
{
	for (const struct command_option *o = command->options; o->name; o++) {
		const struct command *c = commands;

		while (c != command && !has_option(c->options, o->name))
			c++;
		if (c == command && o->argument)
			bash_option_argument(o);
	}
}

/* What stands behind an option that takes an argument. */
static void bash_option_arguments(void)
{
	for (const struct command_option *o = global_options; o->name; o++)
		if (o->argument)
			bash_option_argument(o);
	for (const struct command *c = commands; c->name; c++)
		bash_new_options(c);
}

static void bash_options(void)
{
	for (const struct command *c = commands; c->name; c++) {
		printf("\t\"%s\") echo \"", c->name);
		bash_names(c->options);
		puts("\" ;;");
	}
}

/* "DOMAIN [NAME]" as "DOMAIN NAME". */
static void bash_arguments(void)
{
	for (const struct command *c = commands; c->name; c++) {
		printf("\t\"%s\") echo \"", c->name);
		for (const char *at = c->arguments; *at; at++)
			if (!strchr("[].", *at))
				putchar(*at);
		puts("\" ;;");
	}
}

static const struct {
	const char *line;
	void (*print)(void);
} parts[] = {
	{ "@MAN_COMMANDS@\n", man_commands },
	{ "@MAN_OPTIONS@\n", man_global_options },
	{ "@MAN_EXIT_STATUS@\n", man_exit_status },
	{ "@BASH_WORDS@\n", bash_words },
	{ "@BASH_SECOND_WORDS@\n", bash_seconds },
	{ "@BASH_OPTION_ARGUMENTS@\n", bash_option_arguments },
	{ "@BASH_OPTIONS@\n", bash_options },
	{ "@BASH_ARGUMENTS@\n", bash_arguments },
};

/* ---- limits ---- */

static const struct {
	const char *name;
	uint64_t limit;
} limits[] = {
	{ "@NAME_MAX@", STANZA_NAME_MAX },
	{ "@SIZE_MAX@", STANZA_SIZE_MAX },
	{ "@STANZAS_MAX@", STANZAS_MAX },
	{ "@WINDOW_MAX@", STANZA_WINDOW_MAX },
	{ "@WINDOWS_MAX@", STANZA_WINDOWS_MAX },
};

/* Print the limit that is named here; returns the length of its name, or 0. */
static size_t print_limit(const char *at)
{
	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		size_t length = strlen(limits[i].name);

		if (strncmp(at, limits[i].name, length))
			continue;
		fputs(number_text(limits[i].limit).text, stdout);
		return length;
	}
	return 0;
}

static void print_text(const char *line)
{
	while (*line) {
		size_t length = print_limit(line);

		if (!length)
			putchar(*line);
		line += length ? length : 1;
	}
}

static void print_line(const char *line)
{
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		if (!strcmp(line, parts[i].line)) {
			parts[i].print();
			return;
		}
	}
	print_text(line);
}

int main(int argc, char **argv)
{
	char line[1024];
	FILE *template = argc == 2 ? fopen(argv[1], "r") : NULL;

	if (!template) {
		fputs("usage: generate TEMPLATE\n", stderr);
		return 2;
	}
	while (fgets(line, sizeof(line), template))
		print_line(line);
	fclose(template);
	return fflush(stdout) ? 1 : 0;
}
