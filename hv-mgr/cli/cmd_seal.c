// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <string.h>

#include "carveoutif.h"
#include "cli/cli.h"
#include "cli/cmd.h"
#include "cli/show.h"
#include "config/number.h"

int cmd_seal(struct cli *cli, const struct args *args)
{
	const char *digest = args->option[SEAL_DIGEST];
	const char *length = args->at[2];
	struct json_object *request;
	uint64_t bytes = 0;
	int rc = cli_check_digest(cli, digest);

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
	if (digest)
		json_object_object_add(request, CARVEOUTIF_DIGEST,
				       json_object_new_string(digest));
	return cli_run(cli, request, show_outcome);
}
