// SPDX-License-Identifier: GPL-2.0-only
/* The carveout's addresses, kept from whatever else this kernel might do there.
 */
#include <linux/ioport.h>

#include <xen/xenbus.h>

#include "internal.h"
#include "region.h"

/*
 * Claim the range, so that nothing of this kernel's (hotplugged, ballooned or
 * foreign memory; another driver) is or will be put there.  It must be within
 * what this processor can address (x86: the width that CPUID tells, which the
 * guest's config may have made less than the host's).
 */
int xen_carveout_claim_region(struct xen_carveout *c,
			      const struct xen_carveout_limits *l)
{
	if (l->base + l->size - 1 > iomem_resource.end) {
		xenbus_dev_error(
			c->xbdev, -ERANGE,
			"carveout %s: guest addresses %#llx-%#llx are beyond this guest's, which end at %#llx: attach it at a lower base (gpa=)",
			l->name, l->base, l->base + l->size - 1,
			(u64)iomem_resource.end);
		return -ERANGE;
	}
	if (region_intersects(l->base, l->size, IORESOURCE_SYSTEM_RAM,
			      IORES_DESC_NONE) != REGION_DISJOINT)
		goto busy;
	/* The resource keeps the pointer: c->limits lives as long as it. */
	c->region = request_mem_region(l->base, l->size, c->limits.name);
	if (c->region)
		return 0;
busy:
	xenbus_dev_error(
		c->xbdev, -EBUSY,
		"carveout %s: guest addresses %#llx-%#llx are in use (see /proc/iomem): attach it at another base, or unload what is there and reload this module",
		l->name, l->base, l->base + l->size - 1);
	return -EBUSY;
}

void xen_carveout_unclaim_region(struct xen_carveout *c)
{
	if (c->region)
		release_mem_region(c->limits.base, c->limits.size);
	c->region = NULL;
}
