// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/label.h"

#include <stdio.h>

#include "daemon/device.h"
#include "daemon/tenant.h"

struct label label_of(hv_domid domid, const char *name)
{
	struct label label;

	snprintf(label.text, sizeof(label.text), "domain %u carveout %s", domid,
		 name);
	return label;
}

struct label label_of_device(const struct device *device)
{
	return label_of(device->tenant->guest.domid, device->stanza.name);
}
