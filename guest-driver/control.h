/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef XEN_CARVEOUT_CONTROL_H
#define XEN_CARVEOUT_CONTROL_H

#include <linux/types.h>

struct xen_carveout;
struct xen_carveout_buffer;
struct carveoutif_state;

int xen_carveout_query(struct xen_carveout *c, struct carveoutif_state *state);
int xen_carveout_seal_with(struct xen_carveout *c, u64 length,
			   const struct xen_carveout_buffer *evidence,
			   u32 bytes);
void xen_carveout_abort(struct xen_carveout *c);
int xen_carveout_reset_claimed(struct xen_carveout *c);
int xen_carveout_reset_idle(struct xen_carveout *c);

#endif
