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
	const char *name; /* long, without the dashes */
	char letter;	  /* or 0 */
	/* What to call its argument; NULL: takes none; "..." behind it: the
	 * option may be given again and again. */
	const char *argument;
	const char *summary;
};

/* What stands on the command line behind the command. */
#define ARGS_OPTIONS 16
#define ARGS_REPEATS 32
struct args {
	/* By index in the command's options: NULL if not given, "" if it takes
	 * no argument. */
	const char *option[ARGS_OPTIONS];
	/* All arguments of the one option that may be given again. */
	const char *repeated[ARGS_REPEATS];
	size_t repeats;
	int count;
	const char *const *at; /* the positional ones; at[count] is NULL */
};

struct command {
	const char *name; /* one word, or two with a blank between */
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

/*
 * The command that a line begins with: one or two words of it.  NULL: none.
 */
const struct command *command_match(int count, const char *const *words,
				    int *used);

/*
 * "pool list, pool ...": the commands whose first of two words that is, in a
 * buffer.  NULL: none.
 */
#define COMMAND_FAMILY_MAX 64
const char *command_family(const char *word, char family[COMMAND_FAMILY_MAX]);

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
enum { LOAD_DIGEST, LOAD_FORMAT, LOAD_NO_SEAL };
enum { SEAL_DIGEST };
enum { REVOKE_NOW };
enum { DETACH_ALL, DETACH_NOW };
enum { IMAGE_ROOT };
enum { LOG_CHECK, LOG_HEAD, LOG_FILE };
enum { DAEMON_DETACH, DAEMON_JOURNAL };
enum {
	DT_HOST_TREE,
	DT_HOST_SIZE,
	DT_HOST_AT,
	DT_HOST_NAME,
	DT_HOST_AVOID,
	DT_HOST_MERGED,
	DT_HOST_OUTPUT,
};
enum { DT_GUEST_OUTPUT };

#endif
