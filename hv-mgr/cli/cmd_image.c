// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/cmd.h"
#include "cli/show_image.h"
#include "config/verify.h"
#include "image/root.h"

/* NULL: text. */
static void tell(struct json_object *images, const struct image_report *report)
{
	if (images)
		json_object_array_add(images, json_image(report));
	else
		show_image(report, stdout);
}

static int tell_unread(struct cli *cli, const char *path,
		       struct json_object *images, int rc, const char *text)
{
	if (!images)
		return cli_fail(cli, CLI_FAILED, -rc, "%s", text);
	json_object_array_add(images, json_image_unread(path, -rc, text));
	return CLI_FAILED;
}

static int look_at(struct cli *cli, const char *path, const uint8_t *root,
		   struct json_object *images)
{
	char text[IMAGE_PROBLEM_MAX] = "out of memory";
	struct image_report *report = malloc(sizeof(*report));
	int rc = -ENOMEM;

	if (report)
		rc = image_report_make(report, path, root, SENTENCE(text));
	if (rc) {
		rc = tell_unread(cli, path, images, rc, text);
	} else {
		tell(images, report);
		rc = report->problem_count ? CLI_IMAGE : CLI_OK;
	}
	if (report)
		image_report_free(report);
	free(report);
	return rc;
}

/* As a stanza names it, or its file.  Returns 0, or an exit code, told. */
static int read_root(struct cli *cli, const char *text,
		     uint8_t digest[SHA256_SIZE])
{
	struct verify named = { 0 };
	char error[640];

	if (verify_read_root(text, strlen(text), &named)) {
		memcpy(digest, named.root[0], SHA256_SIZE);
		return 0;
	}
	return image_root_read(text, digest, SENTENCE(error)) ?
		       cli_fail(cli, CLI_USAGE, EINVAL, "--root %s", error) :
		       0;
}

/* Each is told of, whatever the others are; one that cannot be read counts for
 * more than one that is bad. */
int cmd_image(struct cli *cli, const struct args *args)
{
	CLEAN_JSON struct json_object *reply = NULL;
	struct json_object *images = NULL;
	const char *named = args->option[IMAGE_ROOT];
	uint8_t root[SHA256_SIZE];
	int worst = named ? read_root(cli, named, root) : CLI_OK;

	if (worst)
		return worst;
	if (cli->json) {
		reply = json_object_new_object();
		images = json_object_new_array();
		json_object_object_add(reply, "images", images);
	}
	for (int i = 0; i < args->count; i++) {
		int rc = look_at(cli, args->at[i], named ? root : NULL, images);

		if (rc && worst != CLI_FAILED)
			worst = rc;
	}
	if (reply) {
		json_object_object_add(reply, "ok",
				       json_object_new_boolean(!worst));
		cli_print_json(reply, stdout);
	}
	return worst;
}
