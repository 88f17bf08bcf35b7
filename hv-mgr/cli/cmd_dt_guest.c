// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/cmd.h"
#include "cli/output.h"
#include "cli/specs.h"
#include "config/guest_tree.h"
#include "config/xlcfg.h"

static int read_config(struct cli *cli, const char *path, struct xlcfg *config)
{
	char error[512];
	int rc = xlcfg_read(path, NULL, 0, config, SENTENCE(error));

	if (rc)
		return cli_fail(cli, rc == -ENOMEM ? CLI_NO_SPACE : CLI_USAGE,
				-rc, "%s", error);
	if (!config->count)
		return cli_fail(
			cli, CLI_USAGE, EINVAL,
			"%s has no carveout list; write: carveout = [ \"name=modem, size=64M\" ]",
			path);
	rc = specs_read_roots(cli, config->carveouts, config->count);
	return rc ? rc :
		    specs_check(cli, "carveout",
				(const char *const *)config->carveouts,
				config->count);
}

/* Of stanzas that specs_check() took. */
static int make_tree(struct cli *cli, const struct xlcfg *config,
		     struct dtb_blob *tree)
{
	struct stanza *stanzas = calloc(config->count, sizeof(*stanzas));
	char error[512] = "out of memory";
	int rc = stanzas ? 0 : -ENOMEM;

	for (size_t i = 0; !rc && i < config->count; i++)
		rc = stanza_parse(config->carveouts[i], &stanzas[i],
				  SENTENCE(error));
	if (!rc)
		rc = guest_tree_make(stanzas, config->count, tree,
				     SENTENCE(error));
	free(stanzas);
	if (!rc)
		return 0;
	return cli_fail(
		cli, rc == -ENOMEM || rc == -ENOSPC ? CLI_NO_SPACE : CLI_USAGE,
		-rc, "%s", error);
}

/* Is the tree that was written, maybe by a shell's redirection, the one that
 * the config names? */
static bool is_used(const struct xlcfg *config, const char *file)
{
	struct stat named, written;

	return config->device_tree && !stat(config->device_tree, &named) &&
	       !(file ? stat(file, &written) :
			fstat(STDOUT_FILENO, &written)) &&
	       named.st_dev == written.st_dev && named.st_ino == written.st_ino;
}

static void tell_json(const struct xlcfg *config, const char *file)
{
	CLEAN_JSON struct json_object *json = json_object_new_object();

	json_object_object_add(json, "ok", json_object_new_boolean(true));
	json_object_object_add(json, "file", json_object_new_string(file));
	json_object_object_add(
		json, "device_tree",
		config->device_tree ?
			json_object_new_string(config->device_tree) :
			NULL);
	json_object_object_add(json, "used",
			       json_object_new_boolean(is_used(config, file)));
	cli_print_json(json, stdout);
}

/* libxl takes one tree. */
static void tell(struct cli *cli, const struct xlcfg *config, const char *path,
		 const char *file)
{
	const char *written = file ? file : "FILE";

	if (cli->json)
		tell_json(config, file);
	else if (!config->device_tree)
		cli_note(
			cli,
			"%s does not use it yet: write there device_tree = \"%s\"",
			path, written);
	else if (!is_used(config, file))
		cli_note(
			cli,
			"%s does not use it: its device_tree is %s, and a guest gets only one. To make one of both: { dtc -I dtb -O dts %s; dtc -I dtb -O dts %s | sed 1d; } | dtc -I dts -O dtb -o both.dtb; then write there device_tree = \"both.dtb\"",
			path, config->device_tree, config->device_tree,
			written);
}

int cmd_dt_guest(struct cli *cli, const struct args *args)
{
	struct xlcfg config = { 0 };
	struct dtb_blob tree = { 0 };
	const char *file;
	int rc = output_target(cli, args->option[DT_GUEST_OUTPUT], &file);

	if (!rc)
		rc = read_config(cli, args->at[0], &config);
	if (!rc)
		rc = make_tree(cli, &config, &tree);
	if (!rc)
		rc = output_write(cli, file, tree.data, tree.size);
	if (!rc)
		tell(cli, &config, args->at[0], file);
	free(tree.data);
	xlcfg_free(&config);
	return rc;
}
