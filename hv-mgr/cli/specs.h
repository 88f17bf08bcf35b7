/* SPDX-License-Identifier: GPL-2.0-only */
/* Carveout stanzas on their way to the daemon. */
#ifndef CLI_SPECS_H
#define CLI_SPECS_H

#include <stddef.h>

#include "cli/cli.h"
#include "config/stanza.h"

/*
 * Check each of them and all together, before anything is asked of anybody.
 * where: what to call them.  Returns 0, or an exit code, told.
 */
int specs_check(struct cli *cli, const char *where, const char *const *specs,
		size_t count);

/*
 * The same, and what they say, for as many as a guest may have.
 */
int specs_parse(struct cli *cli, const char *where, const char *const *specs,
		size_t count, struct stanza stanzas[STANZAS_MAX]);

/*
 * The daemon opens no file: a root that is named by its file is replaced by its
 * certificate's digest, before anything is checked.  specs: strings of
 * malloc()'s.  Returns 0, or an exit code, told.
 */
int specs_read_roots(struct cli *cli, char **specs, size_t count);

/* A list that ends by NULL, for specs_free().  Returns 0, or an exit code, told.
 */
int specs_copy(struct cli *cli, const char *const *specs, size_t count,
	       char ***copy);
void specs_free(char **specs);

/* The request to attach them. */
struct json_object *specs_request(const char *domain, const char *const *specs,
				  size_t count);

#endif
