// SPDX-License-Identifier: GPL-2.0-only
#include "cli/cli.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/hex.h"
#include "base/hide.h"
#include "carveoutif.h"
#include "cli/args.h"
#include "cli/help.h"
#include "cli/reply.h"
#include "control/utf8.h"

static void print_line(const struct cli *cli, const char *text)
{
	if (cli->command)
		fprintf(stderr, "hv-mgr %s: %s\n", cli->command, text);
	else
		fprintf(stderr, "hv-mgr: %s\n", text);
}

/* What is repeated of the command line need not be UTF-8; JSON is. */
void cli_print_json(struct json_object *json, FILE *to)
{
	const char *text = json_object_to_json_string_ext(
		json, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);
	size_t raw = text ? strlen(text) : 0;
	char *repaired = malloc(3 * raw + 1);

	if (!text || !repaired)
		return;
	repaired[utf8_repaired(text, raw, repaired)] = '\0';
	fprintf(to, "%s\n", repaired);
	free(repaired);
}

static void print_error_json(int error, const char *text)
{
	CLEAN_JSON struct json_object *json = json_object_new_object();

	json_object_object_add(json, "ok", json_object_new_boolean(false));
	json_object_object_add(json, "errno", json_object_new_int(error));
	json_object_object_add(json, "error", json_object_new_string(text));
	cli_print_json(json, stdout);
}

int cli_fail(struct cli *cli, enum cli_exit code, int error, const char *format,
	     ...)
{
	char text[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	progress_end(&cli->progress);
	if (cli->json)
		print_error_json(error, text);
	else
		print_line(cli, text);
	return (int)code;
}

int cli_fail_command(struct cli *cli, const char *word)
{
	char family[COMMAND_FAMILY_MAX];

	if (!command_family(word, family))
		return cli_fail(
			cli, CLI_USAGE, EINVAL,
			"%.40s: no such command (hv-mgr --help lists them)",
			word);
	return cli_fail(cli, CLI_USAGE, EINVAL,
			"%.40s wants another word behind it: %s", word, family);
}

int cli_hide(struct cli *cli)
{
	if (!hide_from_swap() && !hide_from_dumps())
		return 0;
	return cli_fail(
		cli, CLI_NO_SPACE, errno,
		"what passes through here cannot be kept from swap and core dumps: %s",
		strerror(errno));
}

void cli_note(struct cli *cli, const char *format, ...)
{
	char text[1024];
	va_list args;

	if (cli->json)
		return;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	progress_end(&cli->progress);
	print_line(cli, text);
}

/* On stderr in any case: nothing can be said on stdout any more. */
int cli_flush(struct cli *cli, int code)
{
	int error;

	if (!fflush(stdout) && !ferror(stdout))
		return code;
	error = errno;
	fprintf(stderr, "hv-mgr %s: cannot write to standard output: %s\n",
		cli->command ? cli->command : "", strerror(error));
	return error == ENOSPC ? CLI_NO_SPACE : CLI_FAILED;
}

/* What keeps one from talking to the daemon has codes of its own. */
static enum cli_exit code_of_client(int error)
{
	switch (error) {
	case EACCES:
	case EPERM:
		return CLI_NOT_DOM0;
	case ENOENT:
	case ECONNREFUSED:
	case EPIPE:
	case ETIMEDOUT:
		return CLI_DAEMON;
	case ENOMEM:
		return CLI_NO_SPACE;
	case EMSGSIZE:
	case ENAMETOOLONG:
		return CLI_USAGE;
	default:
		return CLI_FAILED;
	}
}

int cli_fail_client(struct cli *cli, int rc)
{
	char text[512];

	client_explain(rc, cli->socket, text, sizeof(text));
	return cli_fail(cli, code_of_client(-rc), -rc, "%s", text);
}

/* What became of a request whose answer did not come.  NULL: only asked. */
static const char *what_is_left(struct json_object *request)
{
	static const char *const changing[] = { "attach", "detach", "seal",
						"keep",	  "revoke", "reset" };
	const char *command = reply_string(request, "command");

	/* The daemon ends a load whose client it loses, and so does the next. */
	if (!strcmp(command, "write"))
		return "nothing of the load stays: once one runs again, hv-mgr reset and load it anew";
	for (size_t i = 0; i < sizeof(changing) / sizeof(changing[0]); i++)
		if (!strcmp(command, changing[i]))
			return "all of it may have been done, a part, or nothing: hv-mgr list tells, once one runs again";
	return NULL;
}

static int fail_request(struct cli *cli, struct json_object *request, int rc)
{
	const char *left = what_is_left(request);
	char text[512];

	if (!left || (rc != -EPIPE && rc != -ETIMEDOUT))
		return cli_fail_client(cli, rc);
	client_explain(rc, cli->socket, text, sizeof(text));
	return cli_fail(cli, CLI_DAEMON, -rc, "%s; %s", text, left);
}

/* If need be. */
static int connect_client(struct cli *cli)
{
	int rc;

	if (cli->client)
		return 0;
	rc = client_open(cli->socket, &cli->client);
	if (rc)
		return rc;
	progress_begin(&cli->progress, !cli->json);
	return 0;
}

struct json_object *cli_request(const char *command, const char *domain,
				const char *name)
{
	struct json_object *request = json_object_new_object();

	json_object_object_add(request, "command",
			       json_object_new_string(command));
	if (domain)
		json_object_object_add(request, "domain",
				       json_object_new_string(domain));
	if (name)
		json_object_object_add(request, "name",
				       json_object_new_string(name));
	return request;
}

static void on_progress(struct json_object *told, void *context)
{
	struct cli *cli = context;
	const char *work = reply_string(told, "work");

	progress_show(&cli->progress, work ? work : "working",
		      reply_number(told, "position"),
		      reply_number(told, "end"));
}

/* The daemon's own words, and its own JSON. */
int cli_check_reply(struct cli *cli, struct json_object *reply)
{
	int error = (int)reply_number(reply, "errno");
	const char *text = reply_string(reply, "error");
	enum cli_exit code = error > 0 ? exit_code_of(error) : CLI_FAILED;

	if (reply_bool(reply, "ok"))
		return 0;
	if (!cli->json)
		return cli_fail(cli, code, error, "%s",
				text ? text : strerror(error));
	cli_print_json(reply, stdout);
	return (int)code;
}

int cli_try(struct cli *cli, struct json_object *request, const void *data,
	    uint32_t data_length, struct control_message *reply)
{
	int rc = connect_client(cli);

	*reply = (struct control_message){ 0 };
	if (!rc)
		rc = client_request(cli->client, request, data, data_length,
				    on_progress, cli, reply);
	if (rc) {
		client_close(cli->client);
		cli->client = NULL;
	}
	return rc;
}

int cli_send(struct cli *cli, struct json_object *request, const void *data,
	     uint32_t data_length, struct control_message *reply)
{
	CLEAN_JSON struct json_object *owned = request;
	int rc = cli_try(cli, owned, data, data_length, reply);

	if (rc)
		return fail_request(cli, owned, rc);
	return cli_check_reply(cli, reply->json);
}

int cli_run(struct cli *cli, struct json_object *request, cli_show *show)
{
	return cli_run_with(cli, request, NULL, 0, show);
}

int cli_run_with(struct cli *cli, struct json_object *request, const void *data,
		 uint32_t data_length, cli_show *show)
{
	CLEAN_MESSAGE struct control_message reply = { 0 };
	int rc = cli_send(cli, request, data, data_length, &reply);

	progress_end(&cli->progress);
	if (rc)
		return rc;
	if (cli->json)
		cli_print_json(reply.json, stdout);
	else if (show)
		show(reply.json, stdout);
	return CLI_OK;
}

int cli_check_digest(struct cli *cli, const char *hex)
{
	uint8_t digest[CARVEOUTIF_DIGEST_SIZE];

	if (!hex || hex_read(hex, digest, sizeof(digest)))
		return 0;
	return cli_fail(cli, CLI_USAGE, EINVAL,
			"--" CARVEOUTIF_DIGEST
			" %.80s: such a digest has %zu hex digits",
			hex, 2 * sizeof(digest));
}

static int fail_usage(struct cli *cli, const struct command *command)
{
	return cli_fail(cli, CLI_USAGE, EINVAL, "usage: hv-mgr %s%s%s",
			command->name, *command->arguments ? " " : "",
			command->arguments);
}

static void take_globals(struct cli *cli, const struct args_parsed *parsed)
{
	cli->json = cli->json || parsed->global[GLOBAL_JSON];
	if (parsed->global[GLOBAL_SOCKET])
		cli->socket = parsed->global[GLOBAL_SOCKET];
}

/* "$UNSET" of a script: no command means by it what was meant. */
static int check_empty(struct cli *cli, const struct args *args)
{
	for (int i = 0; i < args->count; i++)
		if (!*args->at[i])
			return cli_fail(
				cli, CLI_USAGE, EINVAL,
				"argument %d is empty: is a variable not set?",
				i + 1);
	return 0;
}

static int run_command(struct cli *cli, const struct command *command, int argc,
		       char **argv)
{
	struct args_parsed parsed;
	int least, most;

	args_parse(argc, argv, command->options, &parsed);
	take_globals(cli, &parsed);
	cli->command = command->name;
	if (parsed.global[GLOBAL_HELP]) {
		help_command(stdout, command);
		return CLI_OK;
	}
	if (*parsed.error)
		return cli_fail(cli, CLI_USAGE, EINVAL,
				"%s (hv-mgr help %s tells more)", parsed.error,
				command->name);
	command_arity(command, &least, &most);
	if (parsed.own.count < least || (most >= 0 && parsed.own.count > most))
		return fail_usage(cli, command);
	if (check_empty(cli, &parsed.own))
		return CLI_USAGE;
	return command->run(cli, &parsed.own);
}

static int find_and_run(struct cli *cli, int argc, char **argv)
{
	const struct command *command;
	struct args_parsed parsed;
	int first, used;

	args_parse(argc, argv, NULL, &parsed);
	take_globals(cli, &parsed);
	if (parsed.global[GLOBAL_HELP]) {
		help_all(stdout);
		return CLI_OK;
	}
	if (parsed.global[GLOBAL_VERSION])
		return command_find("version")->run(cli, &parsed.own);
	if (*parsed.error)
		return cli_fail(cli, CLI_USAGE, EINVAL,
				"%s (hv-mgr --help tells more)", parsed.error);
	if (!parsed.own.count)
		return cli_fail(
			cli, CLI_USAGE, EINVAL,
			"a command is missing (hv-mgr --help lists them)");
	first = argc - parsed.own.count;
	command = command_match(parsed.own.count, parsed.own.at, &used);
	if (!command)
		return cli_fail_command(cli, argv[first]);
	/* Its last word stands where a program's name does. */
	first += used - 1;
	return run_command(cli, command, argc - first, argv + first);
}

int cli_main(int argc, char **argv)
{
	struct cli cli = { 0 };
	int code = find_and_run(&cli, argc, argv);

	client_close(cli.client);
	return cli_flush(&cli, code);
}
