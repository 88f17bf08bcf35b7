/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CLI_XL_LIST_H
#define CLI_XL_LIST_H

#include <stdbool.h>
#include <stdint.h>

/* What xl list says of a domain. */
struct xl_list {
	uint64_t mib; /* of memory */
	bool paused;
};

/* Returns 0, xl's exit status, or a negated errno. */
int xl_list(const char *domid, struct xl_list *listed);

#endif
