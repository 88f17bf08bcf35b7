/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CARVEOUT_STATUS_H
#define CARVEOUT_STATUS_H

#include <linux/types.h>
#include <linux/workqueue.h>

#include "carveoutif.h"

struct carveout;

/* What the manager said last, in the order of its answers (status.c). */
struct carveout_status {
	bool told;   /* `state` is this connection's */
	bool asking; /* a QUERY is under way */
	bool stale;  /* ask again */
	struct carveoutif_state state;
	struct work_struct notify;
};

void carveout_status_init(struct carveout *c);
void carveout_status_refresh(struct carveout *c);
void carveout_status_answer(struct carveout *c,
			    const struct carveoutif_response *rsp);
void carveout_status_lost(struct carveout *c);
bool carveout_status_get(struct carveout *c, struct carveoutif_state *state);

#endif
