/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef XEN_CARVEOUT_FIRMWARE_FIND_H
#define XEN_CARVEOUT_FIRMWARE_FIND_H

struct xen_carveout;
struct firmware_source;
struct firmware_unpacker;

int xen_carveout_fw_find(struct xen_carveout *c, const char *name,
			 struct firmware_source *src,
			 const struct firmware_unpacker **unpacker);

#endif
