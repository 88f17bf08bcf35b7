// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/failure.h"

#include <stdio.h>
#include <string.h>

struct failure failure_of(int rc)
{
	const char *name = strerrorname_np(-rc);
	struct failure failure;

	snprintf(failure.text, sizeof(failure.text),
		 "the hypervisor or xenstore failed (%s: %s)",
		 name ? name : "?", strerror(-rc));
	return failure;
}
