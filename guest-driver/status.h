/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef XEN_CARVEOUT_STATUS_H
#define XEN_CARVEOUT_STATUS_H

#include <linux/types.h>
#include <linux/workqueue.h>

#include "carveoutif.h"

struct xen_carveout;

/* What the manager said last, in the order of its answers (status.c). */
struct xen_carveout_status {
	bool told;   /* `state` is this connection's */
	bool asking; /* a QUERY is under way */
	bool stale;  /* ask again */
	struct carveoutif_state state;
	struct work_struct notify;
};

void xen_carveout_status_init(struct xen_carveout *c);
void xen_carveout_status_refresh(struct xen_carveout *c);
void xen_carveout_status_answer(struct xen_carveout *c,
				const struct carveoutif_response *rsp);
void xen_carveout_status_disconnected(struct xen_carveout *c);
bool xen_carveout_status_get(struct xen_carveout *c,
			     struct carveoutif_state *state);

#endif
