// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/cmd.h"
#include "cli/show.h"
#include "config/number.h"

int cmd_seal(struct cli *cli, const struct args *args)
{
	const char *sha256 = args->option[SEAL_SHA256];
	const char *length = args->at[2];
	struct json_object *request;
	uint64_t bytes = 0;
	int rc = cli_check_digest(cli, sha256);

	if (rc)
		return rc;
	if (length && (!number_parse(length, strlen(length), &bytes) || !bytes))
		return cli_fail(
			cli, CLI_USAGE, EINVAL,
			"%.40s: a length is 1 or more, in bytes or with K, M or G",
			length);
	request = cli_request("seal", args->at[0], args->at[1]);
	if (length)
		json_object_object_add(request, "length",
				       json_object_new_uint64(bytes));
	if (sha256)
		json_object_object_add(request, "sha256",
				       json_object_new_string(sha256));
	return cli_run(cli, request, show_outcome);
}
