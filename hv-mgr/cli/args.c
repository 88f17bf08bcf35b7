// SPDX-License-Identifier: GPL-2.0-only
#include "cli/args.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

/* What getopt_long() returns for an option: its index, and whose it is. */
#define OWN 0x100
#define GLOBAL 0x200

struct parser {
	struct option longs[2 * ARGS_OPTIONS + 1];
	char shorts[4 * ARGS_OPTIONS + 3];
	int values[128]; /* by letter: OWN or GLOBAL, and the index */
};

static void fail(struct args_parsed *parsed, const char *name,
		 const char *problem)
{
	if (!*parsed->error)
		snprintf(parsed->error, sizeof(parsed->error), "--%s: %s", name,
			 problem);
}

/* The argument of an option; "" of one that takes none. */
static const char *argument(struct args_parsed *parsed,
			    const struct command_option *option)
{
	if (optarg && !*optarg)
		fail(parsed, option->name, "its argument is empty");
	return optarg ? optarg : "";
}

static void add_letter(struct parser *parser, const struct command_option *o,
		       int value)
{
	size_t end = strlen(parser->shorts);

	/* A command's letter goes before a global one. */
	if (!o->letter || parser->values[(int)o->letter])
		return;
	parser->values[(int)o->letter] = value;
	parser->shorts[end++] = o->letter;
	if (o->argument)
		parser->shorts[end++] = ':';
	parser->shorts[end] = '\0';
}

static void add_options(struct parser *parser, struct option **to,
			const struct command_option *options, int whose)
{
	for (int i = 0; options && options[i].name && i < ARGS_OPTIONS; i++) {
		const struct command_option *o = &options[i];

		*(*to)++ = (struct option){
			.name = o->name,
			.has_arg = o->argument ? required_argument :
						 no_argument,
			.val = whose + i,
		};
		add_letter(parser, o, whose + i);
	}
}

static void tell(struct args_parsed *parsed, char **argv, int result)
{
	/* Only of a letter does getopt say which it was, in a cluster too. */
	char letter[] = { '-', (char)optopt, '\0' };
	bool is_letter = optopt > 0 && optopt < 0x80;

	if (*parsed->error)
		return;
	snprintf(parsed->error, sizeof(parsed->error),
		 result == ':' ?
			 "%.100s: an argument is missing" :
			 "%.100s: no such option, or not used like this",
		 is_letter ? letter : argv[optind - 1]);
}

static bool is_repeatable(const struct command_option *option)
{
	return option->argument && strstr(option->argument, "...");
}

static void take_own(struct args_parsed *parsed,
		     const struct command_option *own, int i)
{
	struct args *args = &parsed->own;

	args->option[i] = argument(parsed, &own[i]);
	if (!is_repeatable(&own[i]))
		return;
	_Static_assert(ARGS_REPEATS == 32, "as the sentence says");
	if (args->repeats < ARGS_REPEATS)
		args->repeated[args->repeats++] = optarg;
	else
		fail(parsed, own[i].name, "given more than 32 times");
}

static void parse_all(int argc, char **argv, struct parser *parser,
		      const struct command_option *own,
		      struct args_parsed *parsed)
{
	int result;

	optind = 0; /* glibc: begin anew */
	opterr = 0;
	for (;;) {
		optopt = 0;
		result = getopt_long(argc, argv, parser->shorts, parser->longs,
				     NULL);
		if (result == -1)
			return;
		if (result == '?' || result == ':') {
			tell(parsed, argv, result);
			continue;
		}
		if (result < OWN)
			result = parser->values[result & 0x7f];
		if (result >= GLOBAL)
			parsed->global[result - GLOBAL] = argument(
				parsed, &global_options[result - GLOBAL]);
		else
			take_own(parsed, own, result - OWN);
	}
}

void args_parse(int argc, char **argv, const struct command_option *own,
		struct args_parsed *parsed)
{
	struct parser parser = { 0 };
	struct option *to = parser.longs;

	*parsed = (struct args_parsed){ 0 };
	strcpy(parser.shorts, own ? ":" : "+:");
	add_options(&parser, &to, own, OWN);
	add_options(&parser, &to, global_options, GLOBAL);
	parse_all(argc, argv, &parser, own, parsed);
	parsed->own.count = argc - optind;
	parsed->own.at = (const char *const *)argv + optind;
}
