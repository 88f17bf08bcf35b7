/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CARVEOUT_CONTROL_H
#define CARVEOUT_CONTROL_H

#include <linux/types.h>

struct carveout;
struct carveoutif_state;

int carveout_query(struct carveout *c, struct carveoutif_state *state);
void carveout_abort(struct carveout *c);
int carveout_reset_claimed(struct carveout *c);
int carveout_reset_idle(struct carveout *c);

#endif
