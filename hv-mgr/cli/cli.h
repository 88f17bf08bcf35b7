/* SPDX-License-Identifier: GPL-2.0-only */
/* What the commands share. */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "cli/command.h"
#include "cli/exit_codes.h"
#include "cli/progress.h"
#include "control/client.h"

#ifndef HV_MGR_VERSION
#error "the build gives HV_MGR_VERSION"
#endif

struct cli {
	bool json;		  /* --json */
	const char *socket;	  /* --socket, or NULL */
	const char *command;	  /* for messages; NULL before it is known */
	struct client *client;	  /* once connected */
	struct progress progress; /* since then */
};

/* All of hv-mgr: returns what main() is to return. */
int cli_main(int argc, char **argv);

/*
 * Tell an error, as a line on stderr or as the one JSON object on stdout.
 * error: a positive errno, for the JSON; 0: none.  Returns code.
 */
__attribute__((format(printf, 4, 5))) int cli_fail(struct cli *cli,
						   enum cli_exit code,
						   int error,
						   const char *format, ...);

/* The same for a word that begins no command, or only the half of one. */
int cli_fail_command(struct cli *cli, const char *word);

/* Content is to pass through: neither swap nor a core dump shall have it. */
int cli_hide(struct cli *cli);

/* For people only: a line on stderr, prefixed, unless --json. */
__attribute__((format(printf, 2, 3))) void cli_note(struct cli *cli,
						    const char *format, ...);

/*
 * Finish stdout and return code, or CLI_NO_SPACE or CLI_FAILED if what was
 * written to it did not arrive.
 */
int cli_flush(struct cli *cli, int code);

/* { "command": command, "domain": domain, "name": name }, NULLs left out. */
struct json_object *cli_request(const char *command, const char *domain,
				const char *name);

/*
 * Send a request, which is consumed, and wait for the reply, with a bar on a
 * terminal if it takes long.  Returns 0 and the reply, or an exit code, told.
 */
int cli_send(struct cli *cli, struct json_object *request, const void *data,
	     uint32_t data_length, struct control_message *reply);

/*
 * The same, but that no client's error is told: a negated errno instead, as of
 * client_request(), and cli_fail_client() tells it.  The request stays the
 * caller's.  After an error the next one connects anew.
 */
int cli_try(struct cli *cli, struct json_object *request, const void *data,
	    uint32_t data_length, struct control_message *reply);
int cli_fail_client(struct cli *cli, int rc);

/* 0, or an exit code, told, if the reply is a refusal. */
int cli_check_reply(struct cli *cli, struct json_object *reply);

/*
 * The whole of a simple command: send, and show the reply: as JSON, or by
 * show(), which may be NULL: nothing to say.  With data that go with it, or
 * without.
 */
typedef void cli_show(struct json_object *reply, FILE *to);
int cli_run(struct cli *cli, struct json_object *request, cli_show *show);
int cli_run_with(struct cli *cli, struct json_object *request, const void *data,
		 uint32_t data_length, cli_show *show);

void cli_print_json(struct json_object *json, FILE *to);

/* Is it a digest in hex digits?  If not, returns an exit code, told.  NULL is fine. */
int cli_check_digest(struct cli *cli, const char *hex);

static inline void cleanup_message(struct control_message *message)
{
	control_message_free(message);
}

static inline void cleanup_json(struct json_object **json)
{
	json_object_put(*json);
}

/* A message that is freed when it goes out of scope. */
#define CLEAN_MESSAGE __attribute__((cleanup(cleanup_message)))
#define CLEAN_JSON __attribute__((cleanup(cleanup_json)))

#endif
