/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The table of commands.  Usage, `help COMMAND`, the manual page's COMMANDS and
 * the bash completion are made from it, and so is the parsing of options and
 * the counting of arguments: what it says is what there is.
 */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

struct cli;

struct command_option {
	const char *name;     /* long, without the dashes */
	char letter;	      /* or 0 */
	const char *argument; /* what to call it; NULL: takes none */
	const char *summary;
};

/* What stands on the command line behind the command. */
#define ARGS_OPTIONS 16
struct args {
	/* By index in the command's options: NULL if not given, "" if it takes
	 * no argument. */
	const char *option[ARGS_OPTIONS];
	int count;
	const char *const *at; /* the positional ones; at[count] is NULL */
};

struct command {
	const char *name;
	/*
	 * "DOMAIN NAME [FILE]": words in capitals; in brackets those that may
	 * be left out; "..." behind the last one: any number more.
	 */
	const char *arguments;
	const char *summary; /* one line */
	const char *details; /* paragraphs, divided by a newline */
	const struct command_option *options; /* ends with a NULL name */
	int (*run)(struct cli *cli, const struct args *args);
};

extern const struct command commands[]; /* ends with a NULL name */
extern const struct command_option global_options[];

const struct command *command_find(const char *name);

/* How many arguments "DOMAIN NAME [FILE]" asks for; *most is -1: no limit. */
void command_arity(const struct command *command, int *least, int *most);

/* Indices into the options of the commands that have some. */
enum { GLOBAL_JSON, GLOBAL_SOCKET, GLOBAL_HELP, GLOBAL_VERSION };
enum {
	CREATE_PAUSED,
	CREATE_CONSOLE,
	CREATE_DRYRUN,
	CREATE_PASSED, /* this and all that follow are xl's business */
};
enum { STATUS_WATCH, STATUS_UNTIL };
enum { LOAD_SHA256, LOAD_NO_SEAL };
enum { SEAL_SHA256 };
enum { REVOKE_NOW };
enum { DAEMON_DETACH, DAEMON_JOURNAL };

#endif
