// SPDX-License-Identifier: GPL-2.0-only
#include "cli/specs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/hex.h"
#include "image/root.h"

static int parse_each(struct cli *cli, const char *where,
		      const char *const *specs, size_t count,
		      struct stanza *stanzas)
{
	char error[256];

	for (size_t i = 0; i < count; i++)
		if (stanza_parse(specs[i], &stanzas[i], SENTENCE(error)))
			return cli_fail(cli, CLI_USAGE, EINVAL, "%s %zu: %s",
					where, i + 1, error);
	return 0;
}

int specs_parse(struct cli *cli, const char *where, const char *const *specs,
		size_t count, struct stanza stanzas[STANZAS_MAX])
{
	char error[256];
	size_t room = count < STANZAS_MAX ? count : STANZAS_MAX;
	int code = parse_each(cli, where, specs, room, stanzas);
	int rc;

	if (code)
		return code;
	/* Of too many it says only that. */
	rc = stanza_check_all(stanzas, count, SENTENCE(error));
	return rc ? cli_fail(cli, CLI_USAGE, -rc, "%s: %s", where, error) : 0;
}

int specs_check(struct cli *cli, const char *where, const char *const *specs,
		size_t count)
{
	struct stanza stanzas[STANZAS_MAX];

	return specs_parse(cli, where, specs, count, stanzas);
}

struct json_object *specs_request(const char *domain, const char *const *specs,
				  size_t count)
{
	struct json_object *request = cli_request("attach", domain, NULL);
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < count; i++)
		json_object_array_add(array, json_object_new_string(specs[i]));
	json_object_object_add(request, "specs", array);
	return request;
}

/* ---- roots that are named by their files ---- */

#define ROOT "root"
#define BLANKS " \t"
#define DIGEST CARVEOUTIF_DIGEST ":"

/* A file's name, or NULL: the item is something else. */
static const char *root_file(const char *item)
{
	item += strspn(item, BLANKS);
	if (strncmp(item, ROOT, strlen(ROOT)) != 0)
		return NULL;
	item += strlen(ROOT);
	item += strspn(item, BLANKS);
	if (*item++ != '=')
		return NULL;
	item += strspn(item, BLANKS);
	return strncmp(item, DIGEST, strlen(DIGEST)) ? item : NULL;
}

static int write_item(struct cli *cli, const char *item, FILE *to)
{
	const char *path = root_file(item);
	uint8_t digest[SHA256_SIZE];
	char hex[2 * SHA256_SIZE + 1], error[640];

	if (!path) {
		fputs(item, to);
		return 0;
	}
	if (image_root_read(path, digest, SENTENCE(error)))
		return cli_fail(cli, CLI_USAGE, EINVAL, ROOT "=%s", error);
	hex_write(hex, digest, sizeof(digest));
	fprintf(to, ROOT "=" DIGEST "%s", hex);
	return 0;
}

static int write_items(struct cli *cli, char *spec, FILE *to)
{
	int code = 0;

	for (char *item; !code && (item = strsep(&spec, ","));) {
		code = write_item(cli, item, to);
		if (spec)
			fputc(',', to);
	}
	return code;
}

static int out_of_memory(struct cli *cli)
{
	return cli_fail(cli, CLI_NO_SPACE, ENOMEM, "out of memory");
}

static int replace_spec(struct cli *cli, char **spec)
{
	char *written = NULL;
	size_t length;
	FILE *to = open_memstream(&written, &length);
	int code;

	if (!to)
		return out_of_memory(cli);
	code = write_items(cli, *spec, to);
	fclose(to);
	free(*spec);
	*spec = written;
	return code;
}

int specs_read_roots(struct cli *cli, char **specs, size_t count)
{
	int code = 0;

	for (size_t i = 0; !code && i < count; i++)
		if (strstr(specs[i], ROOT))
			code = replace_spec(cli, &specs[i]);
	return code;
}

int specs_copy(struct cli *cli, const char *const *specs, size_t count,
	       char ***copy)
{
	*copy = calloc(count + 1, sizeof(char *));
	for (size_t i = 0; *copy && i < count; i++) {
		(*copy)[i] = strdup(specs[i]);
		if (!(*copy)[i]) {
			specs_free(*copy);
			*copy = NULL;
		}
	}
	return *copy ? 0 : out_of_memory(cli);
}

void specs_free(char **specs)
{
	for (size_t i = 0; specs && specs[i]; i++)
		free(specs[i]);
	free(specs);
}
