/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CARVEOUT_REGION_H
#define CARVEOUT_REGION_H

struct carveout;
struct carveout_limits;

int carveout_claim_region(struct carveout *c, const struct carveout_limits *l);
void carveout_unclaim_region(struct carveout *c);

#endif
