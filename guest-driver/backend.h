/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef XEN_CARVEOUT_BACKEND_H
#define XEN_CARVEOUT_BACKEND_H

#include <linux/types.h>
#include <xen/xenbus.h>

#include "carveoutif.h"
#include "image_format.h"

/* What the back end says of the carveout, checked. */
struct xen_carveout_limits {
	char name[CARVEOUTIF_NAME_MAX + 1];
	u64 base;
	u64 size;
	u64 expected_size; /* 0: not known */
	enum image_format format;
	u32 window_max;
	u32 windows_max;
	bool wants_evidence; /* a seal is to bring what it is judged by */
	bool device_memory;  /* windows are Device memory, not normal */
};

enum xenbus_state xen_carveout_backend_state(const struct xenbus_device *dev);
int xen_carveout_read_limits(struct xenbus_device *dev,
			     struct xen_carveout_limits *l);

#endif
