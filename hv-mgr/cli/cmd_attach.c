// SPDX-License-Identifier: GPL-2.0-only
#include "cli/cli.h"
#include "cli/cmd.h"
#include "cli/show.h"
#include "cli/specs.h"

int cmd_attach(struct cli *cli, const struct args *args)
{
	const char *const *specs = args->at + 1;
	size_t count = (size_t)args->count - 1;
	struct json_object *request;
	int rc = specs_check(cli, "SPEC", specs, count);

	if (rc)
		return rc;
	request = specs_request(args->at[0], specs, count);
	return cli_run(cli, request, show_outcome);
}
