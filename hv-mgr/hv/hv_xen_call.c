// SPDX-License-Identifier: GPL-2.0-only
/* Hypercalls, counted. */
#include "hv_xen.h"

#include <errno.h>

#include "base/crash_point.h"

void xen_count(struct hv *hv, uint64_t hypercalls)
{
	hv->hypercalls += hypercalls;
	crash_point();
}

int xen_result(struct hv *hv, int rc)
{
	xen_count(hv, 1);
	if (rc >= 0)
		return 0;
	return errno ? -errno : -EIO;
}
