// SPDX-License-Identifier: GPL-2.0-only
#include "cli/cli.h"
#include "cli/cmd.h"
#include "cli/show.h"
#include "cli/specs.h"

static int attach(struct cli *cli, const char *domain, const char *const *specs,
		  size_t count)
{
	int rc = specs_check(cli, "SPEC", specs, count);

	if (rc)
		return rc;
	return cli_run(cli, specs_request(domain, specs, count), show_outcome);
}

int cmd_attach(struct cli *cli, const struct args *args)
{
	size_t count = (size_t)args->count - 1;
	char **specs;
	int rc = specs_copy(cli, args->at + 1, count, &specs);

	if (!rc)
		rc = specs_read_roots(cli, specs, count);
	if (!rc)
		rc = attach(cli, args->at[0], (const char *const *)specs,
			    count);
	specs_free(specs);
	return rc;
}
