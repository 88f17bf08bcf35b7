/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CARVEOUT_LINK_H
#define CARVEOUT_LINK_H

struct carveout;

void carveout_link_lock(struct carveout *c, unsigned int *noio);
void carveout_link_unlock(struct carveout *c, unsigned int noio);
int carveout_link_make(struct carveout *c);
void carveout_link_drop(struct carveout *c, int reason);
void carveout_link_lost(struct carveout *c);

#endif
