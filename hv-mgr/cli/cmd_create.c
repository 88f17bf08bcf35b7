// SPDX-License-Identifier: GPL-2.0-only
/*
 * xl create -p, attach, xl unpause: the guest's first instruction finds its
 * carveouts in place.  All that can be checked is checked before xl runs
 * (create_check.h).
 *
 * No domain is touched but the one that xl create made: there was none of that
 * name before, and it is destroyed again only as long as it is paused.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/cmd.h"
#include "cli/create_check.h"
#include "cli/create_memory.h"
#include "cli/interrupt.h"
#include "cli/show.h"
#include "cli/spawn.h"
#include "cli/specs.h"
#include "cli/xl_list.h"
#include "config/xlcfg.h"

/* "create", "-p", the options, CFG, what follows it, NULL; and xl itself. */
#define FIXED_ARGS (5 + ARGS_OPTIONS)

struct creation {
	struct cli *cli;
	const struct args *args;
	struct xlcfg config;
	char domid[16];
};

static int fail_xl(struct creation *creation, int rc, const char *what)
{
	if (rc == -ENOENT)
		return cli_fail(
			creation->cli, CLI_NOT_DOM0, ENOENT,
			"xl was not found: install Xen's tools (xen-utils), or put xl in PATH");
	if (rc < 0)
		return cli_fail(creation->cli, CLI_FAILED, -rc,
				"cannot run xl: %s", strerror(-rc));
	return cli_fail(creation->cli, CLI_FAILED, 0,
			"%s failed, with exit status %d", what, rc);
}

static const struct command_option *passed_option(int i)
{
	return &command_find("create")->options[i];
}

/* Options that mean the same to xl; those we act upon are not among them. */
static size_t add_passed(const struct args *args, char (*flags)[3],
			 const char **argv)
{
	size_t count = 0;

	for (int i = CREATE_PASSED; passed_option(i)->name; i++) {
		if (!args->option[i])
			continue;
		flags[count][0] = '-';
		flags[count][1] = passed_option(i)->letter;
		flags[count][2] = '\0';
		argv[count] = flags[count];
		count++;
	}
	return count;
}

static int xl_create(struct creation *creation, const char *mode)
{
	const struct args *args = creation->args;
	size_t room = FIXED_ARGS + (size_t)args->count, used = 1;
	const char **argv = calloc(room, sizeof(*argv));
	char flags[ARGS_OPTIONS][3];
	int rc;

	if (!argv)
		return fail_xl(creation, -ENOMEM, "xl");
	argv[used++] = "create";
	if (mode)
		argv[used++] = mode;
	used += add_passed(args, flags, argv + used);
	for (int i = 0; i < args->count; i++)
		argv[used++] = args->at[i];
	rc = spawn_xl(argv, creation->cli->json);
	free(argv);
	return rc ? fail_xl(creation, rc, "xl create") : 0;
}

/* xl VERB DOMAIN */
static int xl_domain(struct creation *creation, const char *verb,
		     const char *domain)
{
	const char *argv[] = { NULL, verb, domain, NULL };

	return spawn_xl(argv, creation->cli->json);
}

/* 0, or xl's exit status if there is no domain of the name, or an errno. */
static int find_domid(struct creation *creation)
{
	const char *argv[] = { NULL, "domid", creation->config.name, NULL };
	int rc = spawn_xl_line(argv, creation->domid, sizeof(creation->domid));
	size_t digits = strspn(creation->domid, "0123456789");

	return rc || (digits && !creation->domid[digits]) ? rc : -ENODATA;
}

static int check_name(struct creation *creation)
{
	int rc = find_domid(creation);

	if (rc < 0)
		return fail_xl(creation, rc, "xl domid");
	if (rc)
		return 0;
	return cli_fail(
		creation->cli, CLI_REFUSED, EEXIST,
		"there is a domain %s already (domain %s), and it stays as it is: choose another name, or hv-mgr attach gives it carveouts",
		creation->config.name, creation->domid);
}

static int find_created(struct creation *creation)
{
	if (!find_domid(creation))
		return 0;
	return cli_fail(
		creation->cli, CLI_FAILED, 0,
		"xl domid does not find %s, which xl create just made; it may be there, paused",
		creation->config.name);
}

/* A guest that somebody has let run meanwhile is his. */
static void undo(struct creation *creation)
{
	struct xl_list listed;
	int rc = xl_list(creation->domid, &listed);

	if (!rc && !listed.paused) {
		cli_note(
			creation->cli,
			"%s (domain %s) was unpaused by somebody: it runs without its carveouts, and is left alone",
			creation->config.name, creation->domid);
		return;
	}
	rc = xl_domain(creation, "destroy", creation->domid);
	if (!rc)
		cli_note(creation->cli, "%s (domain %s) was destroyed again",
			 creation->config.name, creation->domid);
	else
		cli_note(
			creation->cli,
			"%s (domain %s) is still there, paused: xl destroy failed",
			creation->config.name, creation->domid);
}

static int unpause(struct creation *creation)
{
	int rc;

	if (creation->args->option[CREATE_PAUSED]) {
		cli_note(creation->cli, "%s is ready and paused: xl unpause %s",
			 creation->config.name, creation->domid);
		return 0;
	}
	rc = xl_domain(creation, "unpause", creation->domid);
	return rc ? fail_xl(creation, rc, "xl unpause") : 0;
}

static int console(struct creation *creation)
{
	const struct args *args = creation->args;
	int rc;

	if (!args->option[CREATE_CONSOLE] || args->option[CREATE_PAUSED])
		return 0;
	rc = xl_domain(creation, "console", creation->domid);
	return rc ? fail_xl(creation, rc, "xl console") : 0;
}

static int attach(struct creation *creation, struct control_message *reply)
{
	const char *const *specs =
		(const char *const *)creation->config.carveouts;

	if (interrupt_seen())
		return cli_fail(creation->cli, CLI_FAILED, EINTR,
				"interrupted");
	return cli_send(creation->cli,
			specs_request(creation->domid, specs,
				      creation->config.count),
			NULL, 0, reply);
}

static void show_reply(struct cli *cli, struct json_object *reply)
{
	progress_end(&cli->progress);
	if (cli->json)
		cli_print_json(reply, stdout);
	else
		show_outcome(reply, stdout);
	fflush(stdout);
}

static int create_and_attach(struct creation *creation)
{
	CLEAN_MESSAGE struct control_message reply = { 0 };
	int rc = xl_create(creation, "-p");

	if (!rc)
		rc = find_created(creation);
	if (rc)
		return rc;
	rc = create_memory_take(creation->cli, &creation->config);
	if (!rc)
		rc = attach(creation, &reply);
	if (rc) {
		undo(creation);
		return rc;
	}
	rc = unpause(creation);
	if (rc)
		return rc;
	show_reply(creation->cli, reply.json);
	return console(creation);
}

/* xl alone, with nothing to attach. */
static int only_xl(struct creation *creation, const char *mode)
{
	int rc = xl_create(creation, mode);

	if (!rc && creation->cli->json)
		puts("{\"ok\":true,\"carveouts\":[]}");
	return rc;
}

static const char *mode_of(const struct args *args)
{
	if (args->option[CREATE_DRYRUN])
		return "-n";
	if (args->option[CREATE_PAUSED])
		return "-p";
	return args->option[CREATE_CONSOLE] ? "-c" : NULL;
}

static int create(struct creation *creation)
{
	const struct args *args = creation->args;
	bool dry = args->option[CREATE_DRYRUN];
	int rc;

	if (!creation->config.count) {
		cli_note(
			creation->cli,
			"%s has no carveout list: nothing to attach, as xl create",
			args->at[0]);
		return only_xl(creation, mode_of(args));
	}
	rc = create_check(creation->cli, &creation->config, dry);
	if (!rc && dry)
		return only_xl(creation, "-n");
	if (!rc)
		rc = check_name(creation);
	if (rc)
		return rc;
	/* From here on there may be a guest to put away again. */
	interrupt_catch();
	return create_and_attach(creation);
}

/* "-q" or "--quiet". */
static bool is_passed(const char *extra)
{
	for (int i = CREATE_PASSED; passed_option(i)->name; i++) {
		const struct command_option *o = passed_option(i);

		if (extra[1] == o->letter && !extra[2])
			return true;
		if (extra[1] == '-' && !strcmp(extra + 2, o->name))
			return true;
	}
	return false;
}

/*
 * Only options that are known to change nothing of the story: with -h or
 * --dryrun xl create makes no guest and says that all is well, with -F it
 * returns when the guest is dead, -f would be another config than ours; and xl
 * takes abbreviations of all of them.
 */
static int check_extra(struct cli *cli, const struct args *args)
{
	for (int i = 1; i < args->count; i++) {
		const char *extra = args->at[i];

		if (*extra == '-' && !is_passed(extra))
			return cli_fail(
				cli, CLI_USAGE, EINVAL,
				"%s: hv-mgr create passes on to xl create only the options that hv-mgr help create names",
				extra);
		if (*extra != '-' && !strchr(extra, '='))
			return cli_fail(cli, CLI_USAGE, EINVAL,
					"%s: neither KEY=VALUE nor an option",
					extra);
	}
	return 0;
}

/* xl takes for the config's what has a = in it, whatever it begins with. */
static size_t config_lines(const struct args *args, const char **lines)
{
	size_t count = 0;

	for (int i = 1; i < args->count; i++)
		if (*args->at[i] != '-')
			lines[count++] = args->at[i];
	return count;
}

static int read_config(struct creation *creation)
{
	const struct args *args = creation->args;
	const char **lines = calloc((size_t)args->count, sizeof(*lines));
	char error[512];
	int rc;

	if (!lines)
		return cli_fail(creation->cli, CLI_NO_SPACE, ENOMEM,
				"out of memory");
	rc = xlcfg_read(args->at[0], lines, config_lines(args, lines),
			&creation->config, SENTENCE(error));
	free(lines);
	if (!rc)
		return specs_read_roots(creation->cli,
					creation->config.carveouts,
					creation->config.count);
	return cli_fail(creation->cli, rc == -ENOMEM ? CLI_NO_SPACE : CLI_USAGE,
			-rc, "%s", error);
}

int cmd_create(struct cli *cli, const struct args *args)
{
	struct creation creation = { .cli = cli, .args = args };
	int rc = check_extra(cli, args);

	if (!rc)
		rc = read_config(&creation);
	if (!rc)
		rc = create(&creation);
	xlcfg_free(&creation.config);
	return rc;
}
