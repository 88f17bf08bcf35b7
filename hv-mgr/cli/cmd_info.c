// SPDX-License-Identifier: GPL-2.0-only
#include <inttypes.h>
#include <stdio.h>

#include "cli/cli.h"
#include "cli/cmd.h"
#include "cli/reply.h"

/* Those that there were. */
static void show_phases(struct json_object *reply, FILE *to)
{
	struct json_object *phases;

	if (!json_object_object_get_ex(reply, "phases", &phases))
		return;
	json_object_object_foreach(phases, name, phase)
	{
		uint64_t count = reply_number(phase, "count");

		if (count)
			fprintf(to,
				"%-22s : %" PRIu64 " ms, %" PRIu64 " times\n",
				name, reply_number(phase, "ns") / 1000000,
				count);
	}
}

/* In the form of `xl info`. */
static void show_info(struct json_object *reply, FILE *to)
{
	fprintf(to, "%-22s : %s\n", "version", reply_string(reply, "version"));
	fprintf(to, "%-22s : %" PRIu64 "\n", "pid", reply_number(reply, "pid"));
	fprintf(to, "%-22s : %s\n", "xen", reply_string(reply, "xen"));
	fprintf(to, "%-22s : %s\n", "built_for_xen",
		reply_string(reply, "built_for_xen"));
	fprintf(to, "%-22s : %s\n", "scrubs_freed_pages",
		reply_bool(reply, "scrubs_freed_pages") ? "yes" : "no");
	fprintf(to, "%-22s : %" PRIu64 "\n", "free_memory",
		reply_number(reply, "free_bytes") >> 20);
	fprintf(to, "%-22s : %" PRIu64 "\n", "hypercalls",
		reply_number(reply, "hypercalls"));
	show_phases(reply, to);
}

int cmd_info(struct cli *cli, const struct args *args)
{
	(void)args;
	return cli_run(cli, cli_request("info", NULL, NULL), show_info);
}
