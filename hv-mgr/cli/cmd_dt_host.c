// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/cmd.h"
#include "cli/output.h"
#include "cli/text.h"
#include "config/dtb_file.h"
#include "config/host_tree.h"
#include "config/number.h"

struct planning {
	struct cli *cli;
	const struct args *args;
	const char *file; /* NULL: standard output */
	struct dtb_range avoid[ARGS_REPEATS];
	struct host_request request;
	struct host_plan plan;
	void *fdt;
	size_t size;
	struct dtb_blob overlay, merged;
};

static int read_number(struct planning *planning, int option, uint64_t *number)
{
	const char *text = planning->args->option[option];

	if (!text)
		return 0;
	if (number_parse(text, strlen(text), number) && *number)
		return 0;
	return cli_fail(
		planning->cli, CLI_USAGE, EINVAL,
		"%.40s: neither bytes nor a number with K, M or G, above 0",
		text);
}

static int read_avoid(struct planning *planning, size_t i)
{
	const char *text = planning->args->repeated[i];
	const char *plus = strchr(text, '+');
	struct dtb_range *range = &planning->avoid[i];

	if (plus &&
	    number_parse(text, (size_t)(plus - text), &range->address) &&
	    number_parse(plus + 1, strlen(plus + 1), &range->size) &&
	    range->size)
		return 0;
	return cli_fail(planning->cli, CLI_USAGE, EINVAL,
			"--avoid %.60s: it wants START+SIZE: 0x80000000+2M",
			text);
}

static int read_request(struct planning *planning)
{
	const struct args *args = planning->args;
	struct host_request *request = &planning->request;
	int rc = 0;

	if (!args->option[DT_HOST_TREE])
		return cli_fail(
			planning->cli, CLI_USAGE, EINVAL,
			"--tree FILE is missing: the device tree that the board's firmware gives to Xen. dom0's own (/sys/firmware/fdt) is only what Xen made of it. Take the file that the firmware loads; QEMU writes its own with -machine ...,dumpdtb=FILE");
	if (!args->option[DT_HOST_SIZE])
		return cli_fail(
			planning->cli, CLI_USAGE, EINVAL,
			"--size SIZE is missing: how much to set aside");
	rc = read_number(planning, DT_HOST_SIZE, &request->size);
	if (!rc)
		rc = read_number(planning, DT_HOST_AT, &request->address);
	for (size_t i = 0; !rc && i < args->repeats; i++)
		rc = read_avoid(planning, i);
	request->name = args->option[DT_HOST_NAME];
	request->avoid = planning->avoid;
	request->avoid_count = args->repeats;
	return rc;
}

static enum cli_exit code_of(int rc)
{
	switch (rc) {
	case -EINVAL:
	case -EEXIST:
		return CLI_USAGE;
	case -ENOMEM:
	case -ENOSPC:
		return CLI_NO_SPACE;
	default:
		return CLI_FAILED;
	}
}

static int make(struct planning *planning)
{
	char text[512] = "";
	struct sentence error = { text, sizeof(text) };
	int rc = dtb_file_read(planning->args->option[DT_HOST_TREE],
			       &planning->fdt, &planning->size, error);

	if (!rc)
		rc = host_tree_plan(planning->fdt, planning->size,
				    &planning->request, &planning->plan, error);
	if (!rc)
		rc = host_tree_overlay(planning->fdt, &planning->plan,
				       &planning->overlay, error);
	/* Also if only the overlay is wanted: that it can be applied. */
	if (!rc)
		rc = host_tree_merge(planning->fdt, &planning->overlay,
				     &planning->plan, &planning->merged, error);
	if (rc)
		return cli_fail(planning->cli, code_of(rc), -rc, "%s", text);
	return 0;
}

static int write_tree(struct planning *planning)
{
	const struct dtb_blob *blob = planning->args->option[DT_HOST_MERGED] ?
					      &planning->merged :
					      &planning->overlay;

	return output_write(planning->cli, planning->file, blob->data,
			    blob->size);
}

static void tell_people(struct planning *planning)
{
	const struct host_plan *plan = &planning->plan;
	char size[TEXT_BYTES_MAX];

	for (size_t i = 0; i < HOST_WARNINGS_MAX; i++)
		if (*plan->warnings.at[i])
			cli_note(planning->cli, "warning: %s",
				 plan->warnings.at[i]);
	cli_note(planning->cli,
		 "pool %s, %s at 0x%" PRIx64 " to 0x%" PRIx64 ", in %s of %s",
		 plan->name, text_bytes(plan->size, size), plan->address,
		 plan->address + plan->size - 1,
		 planning->args->option[DT_HOST_MERGED] ? "a copy" :
							  "an overlay",
		 planning->args->option[DT_HOST_TREE]);
}

static void tell_json(struct planning *planning)
{
	CLEAN_JSON struct json_object *json = json_object_new_object();
	struct json_object *warnings = json_object_new_array();
	const struct host_plan *plan = &planning->plan;

	json_object_object_add(json, "ok", json_object_new_boolean(true));
	json_object_object_add(json, "name",
			       json_object_new_string(plan->name));
	json_object_object_add(json, "address",
			       json_object_new_uint64(plan->address));
	json_object_object_add(json, "size",
			       json_object_new_uint64(plan->size));
	json_object_object_add(json, "file",
			       json_object_new_string(planning->file));
	json_object_object_add(json, "merged",
			       json_object_new_boolean(
				       planning->args->option[DT_HOST_MERGED] !=
				       NULL));
	for (size_t i = 0; i < HOST_WARNINGS_MAX; i++)
		if (*plan->warnings.at[i])
			json_object_array_add(
				warnings,
				json_object_new_string(plan->warnings.at[i]));
	json_object_object_add(json, "warnings", warnings);
	cli_print_json(json, stdout);
}

int cmd_dt_host(struct cli *cli, const struct args *args)
{
	struct planning planning = { .cli = cli, .args = args };
	int rc = read_request(&planning);

	if (!rc)
		rc = output_target(cli, args->option[DT_HOST_OUTPUT],
				   &planning.file);
	if (!rc)
		rc = make(&planning);
	if (!rc)
		rc = write_tree(&planning);
	if (!rc && cli->json)
		tell_json(&planning);
	else if (!rc)
		tell_people(&planning);
	free(planning.fdt);
	free(planning.overlay.data);
	free(planning.merged.data);
	return rc;
}
