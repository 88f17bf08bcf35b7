/* SPDX-License-Identifier: GPL-2.0-only */
/* What hv-mgr wants to know from an xl domain config. */
#ifndef CONFIG_XLCFG_H
#define CONFIG_XLCFG_H

#include <stddef.h>

struct xlcfg {
	char *name;
	char *device_tree; /* the partial one for the guest, or NULL */
	char **carveouts;  /* the stanzas, as written */
	size_t count;	   /* 0: there is no carveout in it */
};

/*
 * Read the config at path.  extra: as many as extra_count lines "key=value"
 * that count as if they stood at its end, as with xl create.  Returns 0, or a
 * negated errno with a sentence in error: -EINVAL for what is written there,
 * anything else for not being able to read it.
 */
int xlcfg_read(const char *path, const char *const *extra, size_t extra_count,
	       struct xlcfg *config, char *error, size_t error_size);

void xlcfg_free(struct xlcfg *config); /* accepts a zeroed one */

#endif
