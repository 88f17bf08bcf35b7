// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>

#include "cli/cli.h"
#include "cli/cmd.h"
#include "cli/show_image.h"

/* NULL: text. */
static void tell(struct json_object *images, const struct image_report *report)
{
	if (images)
		json_object_array_add(images, json_image(report));
	else
		show_image(report, stdout);
}

static int look_at(struct cli *cli, const char *path,
		   struct json_object *images)
{
	char text[IMAGE_PROBLEM_MAX] = "";
	struct image_report *report = malloc(sizeof(*report));
	int rc;

	if (!report)
		return cli_fail(cli, CLI_NO_SPACE, ENOMEM, "out of memory");
	rc = image_report_make(report, path, SENTENCE(text));
	if (rc) {
		rc = cli_fail(cli, CLI_FAILED, -rc, "%s", text);
	} else {
		tell(images, report);
		rc = report->problem_count ? CLI_IMAGE : CLI_OK;
	}
	image_report_free(report);
	free(report);
	return rc;
}

/* One that cannot be read ends it; a bad one does not: the others are told of,
 * too. */
int cmd_image(struct cli *cli, const struct args *args)
{
	CLEAN_JSON struct json_object *reply = NULL;
	struct json_object *images = NULL;
	int worst = CLI_OK;

	if (cli->json) {
		reply = json_object_new_object();
		images = json_object_new_array();
		json_object_object_add(reply, "images", images);
	}
	for (int i = 0; i < args->count; i++) {
		int rc = look_at(cli, args->at[i], images);

		if (rc && rc != CLI_IMAGE)
			return rc;
		if (rc)
			worst = rc;
	}
	if (reply) {
		json_object_object_add(reply, "ok",
				       json_object_new_boolean(!worst));
		cli_print_json(reply, stdout);
	}
	return worst;
}
