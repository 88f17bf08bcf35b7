// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/cmd.h"
#include "cli/interrupt.h"
#include "cli/output.h"
#include "cli/reply.h"
#include "state.h"

struct dump {
	struct cli *cli;
	const char *domain, *name;
	const char *file; /* NULL: standard output */
	struct output output;
	uint64_t length;
};

static int fail_file(struct dump *dump, int error)
{
	enum cli_exit code = exit_code_of(error);

	/* ENOENT and the like speak of carveouts in a reply; not here. */
	if (code != CLI_NO_SPACE)
		code = CLI_FAILED;
	return cli_fail(dump->cli, code, error, "%s: %s",
			dump->file ? dump->file : "standard output",
			strerror(error));
}

static int dump_piece(struct dump *dump, uint64_t offset, uint32_t length)
{
	CLEAN_MESSAGE struct control_message reply = { 0 };
	struct json_object *request =
		cli_request("read", dump->domain, dump->name);
	int rc, error;

	json_object_object_add(request, "offset",
			       json_object_new_uint64(offset));
	json_object_object_add(request, "length",
			       json_object_new_uint64(length));
	rc = cli_send(dump->cli, request, NULL, 0, &reply);
	if (rc)
		return rc;
	if (reply.data_length != length)
		return cli_fail(dump->cli, CLI_FAILED, EPROTO,
				"the daemon sent %" PRIu32
				" bytes instead of %" PRIu32,
				reply.data_length, length);
	error = output_put(&dump->output, reply.data, length);
	return error ? fail_file(dump, error) : 0;
}

static int dump_all(struct dump *dump)
{
	uint64_t offset = 0;
	int rc;

	while (offset < dump->length) {
		uint64_t left = dump->length - offset;
		uint32_t length = left < CONTROL_DATA_MAX ? (uint32_t)left :
							    CONTROL_DATA_MAX;

		if (interrupt_seen())
			return fail_file(dump, EINTR);
		rc = dump_piece(dump, offset, length);
		if (rc)
			return rc;
		offset += length;
		progress_show(&dump->cli->progress, "dump", offset,
			      dump->length);
	}
	return 0;
}

static int dump_to_file(struct dump *dump)
{
	int error = output_open(&dump->output, dump->file);
	int rc;

	if (error)
		return fail_file(dump, error);
	rc = dump_all(dump);
	error = output_close(&dump->output, !rc);
	return error && !rc ? fail_file(dump, error) : rc;
}

/* The length; and that there is something to be had, before a file is made. */
static int look(struct dump *dump, struct control_message *reply)
{
	const char *state;
	struct json_object *c;
	int rc = cli_send(dump->cli,
			  cli_request("status", dump->domain, dump->name), NULL,
			  0, reply);

	if (rc)
		return rc;
	c = reply_carveout(reply->json, 0);
	state = reply_string(c, "state");
	if (!state || strcmp(state, carveout_state_name(CARVEOUT_SEALED)))
		return cli_fail(dump->cli, CLI_REFUSED, ENODATA,
				"%s is %s: only what is SEALED can be dumped",
				dump->name, state ? state : "not there");
	dump->length = reply_number(c, "length");
	return 0;
}

static int check_target(struct dump *dump)
{
	if (dump->file)
		return 0;
	if (dump->cli->json)
		return cli_fail(
			dump->cli, CLI_USAGE, EINVAL,
			"standard output cannot take both the content and --json: give a FILE");
	if (isatty(STDOUT_FILENO))
		return cli_fail(
			dump->cli, CLI_USAGE, EINVAL,
			"standard output is a terminal: give a FILE, or redirect it");
	return 0;
}

/* "-" is standard output, as for `hv-mgr load` it is standard input. */
static const char *file_argument(const char *file)
{
	return file && strcmp(file, "-") ? file : NULL;
}

int cmd_dump(struct cli *cli, const struct args *args)
{
	CLEAN_MESSAGE struct control_message reply = { 0 };
	struct dump dump = {
		.cli = cli,
		.domain = args->at[0],
		.name = args->at[1],
		.file = file_argument(args->at[2]),
	};
	int rc = check_target(&dump);

	if (!rc)
		rc = cli_hide(cli);
	if (!rc)
		rc = look(&dump, &reply);
	if (rc)
		return rc;
	interrupt_catch();
	rc = dump_to_file(&dump);
	progress_end(&cli->progress);
	if (!rc && cli->json)
		cli_print_json(reply.json, stdout);
	return rc;
}
