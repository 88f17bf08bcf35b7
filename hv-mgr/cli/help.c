// SPDX-License-Identifier: GPL-2.0-only
#include "cli/help.h"

#include "cli/exit_codes.h"
#include "cli/text.h"

static void print_options(FILE *to, const struct command_option *options)
{
	for (const struct command_option *o = options; o->name; o++) {
		if (o->letter)
			fprintf(to, "  -%c, ", o->letter);
		else
			fputs("      ", to);
		fprintf(to, "--%s%s%s\n", o->name, o->argument ? " " : "",
			o->argument ? o->argument : "");
		text_wrap(to, 10, o->summary);
	}
}

void help_all(FILE *to)
{
	fputs("hv-mgr: carveouts of Xen guests, that they load and then lose\n\n"
	      "usage: hv-mgr [OPTION...] COMMAND [ARG...]\n\ncommands:\n",
	      to);
	for (const struct command *c = commands; c->name; c++)
		fprintf(to, "  %-9s %-24s %s\n", c->name, c->arguments,
			c->summary);
	fputs("\noptions, before or behind the command:\n", to);
	print_options(to, global_options);
	fputs("\nexit status:\n", to);
#define EXIT_CODE_LINE(name, number, meaning) \
	fprintf(to, "  %d  %s\n", number, meaning);
	EXIT_CODES(EXIT_CODE_LINE)
#undef EXIT_CODE_LINE
	fputs("\nhv-mgr help COMMAND explains one of them; hv-mgr(8) all.\n",
	      to);
}

void help_command(FILE *to, const struct command *command)
{
	fprintf(to, "usage: hv-mgr %s%s%s%s\n\n", command->name,
		command->options->name ? " [OPTION...]" : "",
		*command->arguments ? " " : "", command->arguments);
	text_wrap(to, 0, command->summary);
	if (*command->details) {
		fputc('\n', to);
		text_wrap(to, 2, command->details);
	}
	if (!command->options->name)
		return;
	fputs("\noptions:\n", to);
	print_options(to, command->options);
}
