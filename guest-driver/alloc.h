/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CARVEOUT_ALLOC_H
#define CARVEOUT_ALLOC_H

struct carveout;

void carveout_pool_destroy(struct carveout *c);

#endif
