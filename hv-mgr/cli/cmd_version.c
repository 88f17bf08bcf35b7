// SPDX-License-Identifier: GPL-2.0-only
#include "cli/cli.h"
#include "cli/cmd.h"

int cmd_version(struct cli *cli, const struct args *args)
{
	CLEAN_JSON struct json_object *json = NULL;

	(void)args;
	if (!cli->json) {
		puts("hv-mgr " HV_MGR_VERSION);
		return CLI_OK;
	}
	json = json_object_new_object();
	json_object_object_add(json, "ok", json_object_new_boolean(true));
	json_object_object_add(json, "version",
			       json_object_new_string(HV_MGR_VERSION));
	cli_print_json(json, stdout);
	return CLI_OK;
}
