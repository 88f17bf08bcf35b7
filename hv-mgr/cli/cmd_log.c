// SPDX-License-Identifier: GPL-2.0-only
/* Read from the file itself, so that a daemon need not run, nor have lived. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/cmd.h"
#include "cli/show_log.h"
#include "daemon/record_fd.h"

/* A daemon may be writing: what does not hold is looked at again. */
#define TRIES 5
#define AGAIN_NS 50000000

static ssize_t read_all(int fd, char *at, size_t room)
{
	size_t used = 0;

	while (used < room) {
		ssize_t got = read(fd, at + used, room - used);

		if (got < 0)
			return -errno;
		if (!got)
			break;
		used += (size_t)got;
	}
	return (ssize_t)used;
}

/* What is missing of it stays without entries: then it is cut. */
static int read_lines(const char *path, trail_line *lines)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got;

	if (fd < 0)
		return -errno;
	memset(lines, 0, TRAIL_BYTES);
	got = read_all(fd, (char *)lines, TRAIL_BYTES);
	close(fd);
	return got < 0 ? (int)got : 0;
}

static int read_log(const char *path, trail_line *lines,
		    struct trail_check *check)
{
	const struct timespec again = { .tv_nsec = AGAIN_NS };
	int rc = 0;

	for (int i = 0; !rc && i < TRIES; i++) {
		if (i)
			nanosleep(&again, NULL);
		rc = read_lines(path, lines);
		if (rc)
			return rc;
		trail_check((const trail_line *)lines, check);
		if (!*check->problem)
			break;
	}
	return rc;
}

static int fail_to_read(struct cli *cli, const char *path, int rc)
{
	if (rc == -ENOENT)
		return cli_fail(
			cli, CLI_NOT_FOUND, ENOENT,
			"%s: there is no log: no daemon has run since the host came up",
			path);
	return cli_fail(cli, rc == -ENOMEM ? CLI_NO_SPACE : exit_code_of(-rc),
			-rc, "%s: %s", path, strerror(-rc));
}

static void tell(struct cli *cli, const struct args *args,
		 const struct log_read *log)
{
	CLEAN_JSON struct json_object *reply = NULL;
	bool check = args->option[LOG_CHECK], head = args->option[LOG_HEAD];

	if (cli->json) {
		reply = json_log(log, !check && !head);
		cli_print_json(reply, stdout);
		return;
	}
	if (check)
		show_log_check(log, stdout);
	if (head)
		show_log_head(log, stdout);
	if (!check && !head)
		show_log(log, stdout);
	if (!check && *log->check.problem)
		cli_note(cli, "the log does not hold: %s (--check tells more)",
			 log->check.problem);
}

int cmd_log(struct cli *cli, const struct args *args)
{
	const char *path = args->option[LOG_FILE];
	struct log_read log = {
		.lines = malloc(TRAIL_BYTES),
		.domain = args->count > 0 ? args->at[0] : NULL,
		.name = args->count > 1 ? args->at[1] : NULL,
	};
	int rc = -ENOMEM;

	if (log.domain && (args->option[LOG_CHECK] || args->option[LOG_HEAD]))
		rc = cli_fail(cli, CLI_USAGE, EINVAL,
			      "--check and --head are about the whole log");
	else if (!log.lines || (rc = read_log(path ? path : TRAIL_FILE,
					      log.lines, &log.check)))
		rc = fail_to_read(cli, path ? path : TRAIL_FILE, rc);
	else
		tell(cli, args, &log);
	free(log.lines);
	return rc ? rc : *log.check.problem ? CLI_LOG : CLI_OK;
}
