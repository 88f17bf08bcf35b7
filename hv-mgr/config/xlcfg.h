/* SPDX-License-Identifier: GPL-2.0-only */
/* What hv-mgr wants to know from an xl domain config. */
#ifndef CONFIG_XLCFG_H
#define CONFIG_XLCFG_H

#include <stddef.h>
#include <stdint.h>

#include "config/sentence.h"

struct xlcfg {
	char *name;
	char *device_tree; /* the partial one for the guest, or NULL */
	char **carveouts;  /* the stanzas, as written */
	size_t count;	   /* 0: there is no carveout in it */
	uint64_t memory;   /* bytes that it begins with; 0: not said */
	uint64_t most;	   /* bytes that it may ever have */
};

/*
 * Read the config at path.  extra: as many as extra_count lines "key=value"
 * that count as if they stood at its end, as with xl create.  Returns 0, or a
 * negated errno with a sentence in error: -EINVAL for what is written there,
 * anything else for not being able to read it.
 */
int xlcfg_read(const char *path, const char *const *extra, size_t extra_count,
	       struct xlcfg *config, struct sentence error);

/* autoballoon of /etc/xen/xl.conf; XLCFG_AUTO also if it does not say. */
enum xlcfg_switch { XLCFG_AUTO, XLCFG_ON, XLCFG_OFF };
enum xlcfg_switch xlcfg_autoballoon(void);

/* For tests: another file. */
#define XLCFG_XL_CONF_VARIABLE "XL_CONF"

void xlcfg_free(struct xlcfg *config); /* accepts a zeroed one */

#endif
